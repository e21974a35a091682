#include <cstdint>

#include <gtest/gtest.h>

#include "base/aligned.h"
#include "base/buffer_pool.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(EINVAL, "odd");
  return value / 2;
}
Result<int> quarter(int value) {
  VISQ_ASSIGN(const int once, half(value));
  VISQ_ASSIGN(const int twice, half(once));
  return twice;
}
Status check_quarter(int value) {
  VISQ_TRY(quarter(value));
  return {};
}

TEST(Result, MacrosPassValuesAndErrorsOn) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_TRUE(check_quarter(4));
  EXPECT_EQ(check_quarter(7).error().code, EINVAL);
}

TEST(Aligned, IsAlignedAndZeroed) {
  auto buffer = AlignedBuffer<std::uint16_t>::zeroed(33);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % kAlignment, 0u);
  for (std::size_t i = 0; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], 0);
  EXPECT_EQ(AlignedBuffer<int>(0).size(), 0u);
}

// Larger than any memory; and with a size in bytes that does not fit std::size_t.
constexpr std::size_t kAbsurd[] = {static_cast<std::size_t>(-1) / 32,
                                   static_cast<std::size_t>(-1) / 4};

TEST(Memory, ThatCannotBeHadIsBadAlloc) {
  for (const std::size_t size : kAbsurd) {
    EXPECT_THROW(AlignedBuffer<double>{size}, std::bad_alloc);
    EXPECT_THROW(AlignedBuffer<double>::zeroed(size), std::bad_alloc);
    EXPECT_THROW(BufferPool<double>().take(size), std::bad_alloc);
    Scratch scratch;
    double* const first = scratch.take<double>(10);
    EXPECT_THROW(scratch.take<double>(size), std::bad_alloc);
    double* const second = scratch.take<double>(20);
    scratch.reset();
    EXPECT_EQ(scratch.take<double>(10), first);
    EXPECT_EQ(scratch.take<double>(20), second) << "the stack is as it was";
  }
}

TEST(BufferPool, GivesMemoryAgainOnlyInTheSameSize) {
  BufferPool<float> pool;
  auto first = pool.take(100);
  float* const memory = first.data();
  pool.give(std::move(first));
  auto again = pool.take(100);
  EXPECT_EQ(again.data(), memory);
  pool.give(std::move(again));
  EXPECT_EQ(pool.take(50).size(), 50u);
}

TEST(Plane, RowsStartAlignedAndViewsKeepThem) {
  Plane<float> plane(17, 3);
  for (int y = 0; y < 3; ++y)
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plane.row(y)) % kAlignment, 0u);
  plane.row(2)[16] = 5;
  const PlaneView<const float> view = plane.view();
  EXPECT_EQ(view.row(2)[16], 5);
  EXPECT_EQ(view.width, 17);
}

TEST(Scratch, GivesTheSameMemoryAgainAfterAReset) {
  Scratch scratch;
  int* const first = scratch.take<int>(100);
  int* const second = scratch.take<int>(10);
  EXPECT_NE(first, second);
  scratch.reset();
  EXPECT_EQ(scratch.take<int>(50), first);
  EXPECT_EQ(scratch.take<int>(10), second);
  const auto plane = scratch.take_plane<std::uint8_t>(65, 2);
  EXPECT_EQ(plane.stride, 128);
}

TEST(Log, PassesOnWhatItsLevelAllows) {
  std::string heard;
  const Log log(LogLevel::warning, [&](LogLevel, std::string_view sentence) { heard += sentence; });
  log.info("no");
  log.warning("yes");
  log.error("!");
  EXPECT_EQ(heard, "yes!");
  Log().error("into the void");
}

TEST(Nearest, FindsTyposOnly) {
  const std::string_view known[] = {"psnr", "lpips", "float_ssim"};
  EXPECT_EQ(nearest("psrn", known), "psnr");
  EXPECT_EQ(nearest("float_sim", known), "float_ssim");
  EXPECT_EQ(nearest("something else", known), "");
}

}  // namespace
}  // namespace visq
