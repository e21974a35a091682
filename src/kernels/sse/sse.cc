#include "kernels/sse/sse.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sse/sse.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

std::uint64_t plane8(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b) {
  return sum_squared_error_ref(a, b);
}
std::uint64_t plane16(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b) {
  return sum_squared_error_ref(a, b);
}

#else

std::uint64_t tail(const auto* a, const auto* b, int from, int to) {
  std::uint64_t total = 0;
  for (int x = from; x < to; ++x) {
    const auto difference = std::int64_t{a[x]} - b[x];
    total += static_cast<std::uint64_t>(difference * difference);
  }
  return total;
}

// A lane of 32 bits takes two squares of up to 2^16 a step: good for 2^15 steps.
constexpr int kMaxSteps = 1 << 14;

std::uint64_t row8(const std::uint8_t* HWY_RESTRICT a, const std::uint8_t* HWY_RESTRICT b,
                   int width) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::uint8_t, decltype(d16)> d8;
  const hn::Repartition<std::int32_t, decltype(d16)> d32;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  std::uint64_t total = 0;
  int x = 0;
  while (x + lanes <= width) {
    auto even = hn::Zero(d32), odd = hn::Zero(d32);
    for (int step = 0; step < kMaxSteps && x + lanes <= width; ++step, x += lanes) {
      const auto difference = hn::Sub(hn::PromoteTo(d16, hn::LoadU(d8, a + x)),
                                      hn::PromoteTo(d16, hn::LoadU(d8, b + x)));
      even = hn::ReorderWidenMulAccumulate(d32, difference, difference, even, odd);
    }
    const hn::RebindToUnsigned<decltype(d32)> du32;
    const auto sum = hn::BitCast(du32, hn::Add(even, odd));
    const hn::Repartition<std::uint64_t, decltype(du32)> d64;
    const auto wide = hn::BitCast(d64, sum);
    const auto low = hn::And(wide, hn::Set(d64, 0xFFFFFFFFu)), high = hn::ShiftRight<32>(wide);
    total += hn::GetLane(hn::SumOfLanes(d64, hn::Add(low, high)));
  }
  return total + tail(a, b, x, width);
}

std::uint64_t row16(const std::uint16_t* HWY_RESTRICT a, const std::uint16_t* HWY_RESTRICT b,
                    int width) {
  const hn::ScalableTag<std::uint16_t> d16;
  const hn::Repartition<std::uint32_t, decltype(d16)> d32;
  const hn::Repartition<std::uint64_t, decltype(d16)> d64;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  const auto low_half = hn::Set(d64, 0xFFFFFFFFu);
  auto sum = hn::Zero(d64);
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    const auto va = hn::LoadU(d16, a + x), vb = hn::LoadU(d16, b + x);
    const auto difference = hn::Or(hn::SaturatedSub(va, vb), hn::SaturatedSub(vb, va));  // |a - b|
    const auto wide = hn::BitCast(d32, difference);
    const auto even = hn::And(wide, hn::Set(d32, 0xFFFFu)), odd = hn::ShiftRight<16>(wide);
    for (const auto half :
         {hn::BitCast(d64, hn::Mul(even, even)), hn::BitCast(d64, hn::Mul(odd, odd))})
      sum = hn::Add(sum, hn::Add(hn::And(half, low_half), hn::ShiftRight<32>(half)));
  }
  return hn::GetLane(hn::SumOfLanes(d64, sum)) + tail(a, b, x, width);
}

std::uint64_t plane8(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b) {
  std::uint64_t total = 0;
  for (int y = 0; y < a.height; ++y) total += row8(a.row(y), b.row(y), a.width);
  return total;
}

std::uint64_t plane16(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b) {
  std::uint64_t total = 0;
  for (int y = 0; y < a.height; ++y) total += row16(a.row(y), b.row(y), a.width);
  return total;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(plane8);
HWY_EXPORT(plane16);

std::uint64_t sum_squared_error(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b) {
  return HWY_DYNAMIC_DISPATCH(plane8)(a, b);
}
std::uint64_t sum_squared_error(PlaneView<const std::uint16_t> a,
                                PlaneView<const std::uint16_t> b) {
  return HWY_DYNAMIC_DISPATCH(plane16)(a, b);
}

}  // namespace visq
#endif
