#include "kernels/vif/vif.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::vif {
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
Samples samples(const test::Poisoned<T>& plane, int bits) {
  if constexpr (sizeof(T) == 1)
    return plane.view();
  else
    return {plane.view(), bits};
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

void expect_equal(const Sums& fast, const Sums& plain) {
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
  const Scale what{scale, kLimits};
  test::Poisoned<T> ref(width, height), less(width, height), same(width, height),
      more(width, height);
  const Samples from = samples(ref, bits),
                dist[] = {samples(less, bits), samples(same, bits), samples(more, bits)};
  for (const Content content :
       {Content::noise, Content::texture, Content::extremes, Content::flat}) {
    SCOPED_TRACE(testing::Message() << width << "x" << height << " bits " << bits << " scale "
                                    << scale << " content " << static_cast<int>(content));
    fill(ref.plane, content, bits, random);
    distort<T>(ref.plane, less.plane, 0.6, bits, random);
    distort<T>(ref.plane, same.plane, 1.0, bits, random);
    distort<T>(ref.plane, more.plane, 1.3, bits, random);
    for (const std::size_t count : {3, 1}) {
      std::vector<Sums> sums(count, {-1, -1, -1, {}});
      scratch.reset();
      vif::sums(from, std::span(dist).first(count), what, *serial(), scratch, sums);
      for (std::size_t i = 0; i < count; ++i) expect_equal(sums[i], sums_ref(from, dist[i], what));
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
    downsample(samples(in, bits), scale, fast.plane, *serial(), scratch);
    downsample_ref(samples(in, bits), scale, plain.plane);
    EXPECT_EQ(fast.memory, plain.memory)
        << width << "x" << height << " bits " << bits << " scale " << scale;
  }
}

TEST(Sums, EveryTargetEqualsTheReference) {
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

// Blocks of samples near both ends of the range, of sizes that vary: the largest moments, gains of
// either sign, and differences of large numbers.
TEST(VifSums, EveryTargetEqualsTheReferenceAtTheEndsOfTheRange) {
  constexpr int kWidth = 150, kHeight = 21;
  test::on_every_target([] {
    std::mt19937 random(11);
    Scratch scratch;
    test::Poisoned<std::uint16_t> ref(kWidth, kHeight), dist(kWidth, kHeight);
    for (int round = 0; round < 16; ++round) {
      const int bits = round % 2 == 0 ? 16 : 10, scale = bits == 16 ? round / 2 % 4 : 0;
      const int block = 1 + static_cast<int>(random() % 24);
      const unsigned top = (1u << bits) - 1, noise = 1 + random() % 3;
      const auto end = [&](int x, int y) {
        const bool high = (x / block + y / block + round / 4) % 2 == 0;
        const unsigned from_end = random() % noise;
        return static_cast<std::uint16_t>(high ? top - from_end : from_end);
      };
      for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
          ref.plane.row(y)[x] = end(x, y);
          dist.plane.row(y)[x] = end(round % 3 == 0 ? x : x + block / 2, y);
        }
      const Samples from = samples(ref, bits), views[] = {samples(dist, bits)};
      const Scale what{scale, kLimits};
      std::vector<Sums> sums(1);
      vif::sums(from, views, what, *serial(), scratch, sums);
      SCOPED_TRACE(testing::Message() << "round " << round);
      expect_equal(sums[0], sums_ref(from, views[0], what));
      scratch.reset();
    }
  });
}

// Does the last part first, each with memory of its own, as threads may.
class Backwards final : public Parallel {
 public:
  void run(std::size_t count, Scratch&, const Part& part) override {
    for (std::size_t i = count; i-- > 0;) {
      Scratch own;
      part(i, own);
    }
  }
};

TEST(VifParallel, PartsMayBeDoneInAnyOrder) {
  std::mt19937 random(12);
  Scratch scratch;
  Backwards backwards;
  const auto ref = test::noise<std::uint8_t>(600, 300, 255, random),
             less = test::noise<std::uint8_t>(600, 300, 200, random),
             more = test::noise<std::uint8_t>(600, 300, 255, random);
  const Samples dist[] = {less.view(), more.view()};
  const Scale what{0, kLimits};
  std::vector<Sums> sums(2);
  vif::sums(ref.view(), dist, what, backwards, scratch, sums);
  for (std::size_t i = 0; i < sums.size(); ++i)
    expect_equal(sums[i], sums_ref(ref.view(), dist[i], what));
  test::Poisoned<std::uint16_t> half(300, 150), plain(300, 150);
  downsample(ref.view(), 1, half.plane, backwards, scratch);
  downsample_ref(ref.view(), 1, plain.plane);
  EXPECT_EQ(half.memory, plain.memory);
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
      vif::logs(values, logs);
      for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(logs[i], log_ref(static_cast<std::uint64_t>(values[i]))) << values[i];
    }
  });
}

TEST(VifFilter, WeightsAddUpToOne) {
  for (int scale = 0; scale < kScales; ++scale) {
    int sum = 0;
    for (const int weight : filter(scale)) sum += weight;
    EXPECT_EQ(sum, 65536) << scale;
  }
}

}  // namespace
}  // namespace visq::vif
