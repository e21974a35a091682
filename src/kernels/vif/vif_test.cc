#include "kernels/vif/vif.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

constexpr std::array<double, 3> kLimits{100, 1, 1.4};

enum class Content { noise, texture, extremes, flat };

template <typename T>
int sample(Content content, int x, int y, unsigned top, std::mt19937& random) {
  const auto range = static_cast<int>(top);
  switch (content) {
    case Content::noise:
      return static_cast<int>(random() % (top + 1));
    case Content::texture:
      return (x * 5 + y * 3 + static_cast<int>(random() % 8)) % 96 * range / 128;
    case Content::extremes:
      return (x / 7 + y / 5) % 2 == 0 ? 0 : range;
    case Content::flat:
      break;
  }
  return range / 2 + static_cast<int>(random() % 2);
}

template <typename T>
void fill(PlaneView<T> plane, Content content, int bits, std::mt19937& random) {
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      plane.row(y)[x] = static_cast<T>(sample<T>(content, x, y, (1u << bits) - 1, random));
}

// The reference with less or more contrast, and a little noise.
template <typename T>
void distort(PlaneView<const T> from, PlaneView<T> to, double contrast, int bits,
             std::mt19937& random) {
  const double top = (1u << bits) - 1;
  for (int y = 0; y < to.height; ++y)
    for (int x = 0; x < to.width; ++x) {
      const double noise = static_cast<double>(random() % 9) / 256 * top / 8;
      to.row(y)[x] = static_cast<T>(
          std::clamp((from.row(y)[x] - top / 2) * contrast + top / 2 + noise, 0.0, top));
    }
}

void expect_equal(const VifSums& fast, const VifSums& plain) {
  EXPECT_EQ(fast.den_log, plain.den_log);
  EXPECT_EQ(fast.den_nonlog, plain.den_nonlog);
  EXPECT_EQ(fast.num_nonlog, plain.num_nonlog);
  for (std::size_t i = 0; i < kLimits.size(); ++i)
    EXPECT_EQ(fast.num_log[i], plain.num_log[i]) << "limit " << kLimits[i];
}

// Several pictures at once, and the first of them by itself.
template <typename T>
void compare(int width, int height, int bits, int scale) {
  std::mt19937 random(7);
  Scratch scratch;
  const VifScale what{scale, bits, kLimits};
  test::Poisoned<T> ref(width, height), less(width, height), same(width, height),
      more(width, height);
  const PlaneView<const T> dist[] = {less.view(), same.view(), more.view()};
  for (const Content content :
       {Content::noise, Content::texture, Content::extremes, Content::flat}) {
    SCOPED_TRACE(testing::Message() << width << "x" << height << " bits " << bits << " scale "
                                    << scale << " content " << static_cast<int>(content));
    fill(ref.plane, content, bits, random);
    distort<T>(ref.plane, less.plane, 0.6, bits, random);
    distort<T>(ref.plane, same.plane, 1.0, bits, random);
    distort<T>(ref.plane, more.plane, 1.3, bits, random);
    for (const std::size_t count : {3, 1}) {
      std::vector<VifSums> sums(count, {-1, -1, -1, {}});
      scratch.reset();
      ASSERT_TRUE(vif_sums(ref.view(), std::span(dist).first(count), what, scratch, sums));
      for (std::size_t i = 0; i < count; ++i)
        expect_equal(sums[i], vif_sums_ref(ref.view(), dist[i], what));
    }
  }
}

template <typename T>
void compare_downsampled(int width, int height, int bits, int scale) {
  std::mt19937 random(9);
  Scratch scratch;
  test::Poisoned<T> in(width, height);
  test::Poisoned<std::uint16_t> fast(width / 2, height / 2), plain(width / 2, height / 2);
  for (const Content content : {Content::noise, Content::extremes}) {
    fill(in.plane, content, bits, random);
    ASSERT_TRUE(vif_downsample(in.view(), bits, scale, fast.plane, scratch));
    vif_downsample_ref(in.view(), bits, scale, plain.plane);
    EXPECT_EQ(fast.memory, plain.memory)
        << width << "x" << height << " bits " << bits << " scale " << scale;
  }
}

TEST(VifSums, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : {std::pair{1, 1},
                                        {2, 3},
                                        {3, 2},
                                        {8, 8},
                                        {9, 17},
                                        {16, 5},
                                        {17, 4},
                                        {33, 9},
                                        {100, 7},
                                        {257, 6},
                                        {530, 3}}) {
      compare<std::uint8_t>(width, height, 8, 0);
      for (const int bits : {9, 10, 12, 15, 16}) compare<std::uint16_t>(width, height, bits, 0);
      for (const int scale : {1, 2, 3}) compare<std::uint16_t>(width, height, 16, scale);
    }
  });
}

TEST(VifDownsample, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : {std::pair{2, 2},
                                        {3, 5},
                                        {8, 9},
                                        {15, 4},
                                        {16, 16},
                                        {31, 7},
                                        {33, 10},
                                        {64, 3},
                                        {131, 12},
                                        {270, 6}}) {
      compare_downsampled<std::uint8_t>(width, height, 8, 1);
      for (const int bits : {9, 10, 12, 16})
        compare_downsampled<std::uint16_t>(width, height, bits, 1);
      for (const int scale : {2, 3}) compare_downsampled<std::uint16_t>(width, height, 16, scale);
    }
  });
}

// Every mantissa of 16 bits, with the smallest and the largest bits below it.
std::vector<std::int32_t> all_mantissas(int shift) {
  std::vector<std::int32_t> values;
  for (std::int32_t i = 32768; i < 65536; ++i) {
    values.push_back(i << shift);
    values.push_back((i << shift) + ((1 << shift) - 1));
  }
  return values;
}

TEST(VifLogs, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const int shift : {2, 3, 7, 8, 9, 10, 15}) {
      const auto values = all_mantissas(shift);
      std::vector<std::int32_t> logs(values.size());
      vif_logs(values, logs);
      for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(logs[i], vif_log_ref(static_cast<std::uint64_t>(values[i]))) << values[i];
    }
  });
}

TEST(VifFilter, WeightsAddUpToOne) {
  for (int scale = 0; scale < kVifScales; ++scale) {
    int sum = 0;
    for (const int weight : vif_filter(scale)) sum += weight;
    EXPECT_EQ(sum, 65536) << scale;
  }
}

}  // namespace
}  // namespace visq
