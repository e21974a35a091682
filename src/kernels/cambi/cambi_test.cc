#include "kernels/cambi/cambi.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::cambi {
namespace {

template <typename T>
void expect_equal(PlaneView<T> fast, PlaneView<T> plain, const std::string& what) {
  for (int y = 0; y < plain.height; ++y)
    for (int x = 0; x < plain.width; ++x)
      ASSERT_EQ(fast.row(y)[x], plain.row(y)[x])
          << what << " at " << x << "," << y << " of " << plain.width << "x" << plain.height;
}

// Bands of nearly equal values with a little dither: what CAMBI looks for.
void fill_bands(PlaneView<std::uint16_t> plane, int base, int step, unsigned dither,
                unsigned seed = 5) {
  std::mt19937 random(seed);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      plane.row(y)[x] = static_cast<std::uint16_t>(
          std::clamp(base + step * ((x + y / 2) / 9) + (random() % 8 < dither ? 1 : 0), 0, 1024));
}

void mark_at_random(PlaneView<std::uint16_t> plane, unsigned of_eight) {
  std::mt19937 random(3);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      if (random() % 8 < of_eight) plane.row(y)[x] |= kFlat;
}

constexpr std::pair<int, int> kSizes[] = {{1, 1},   {2, 1},  {1, 9},   {3, 3},   {7, 8},   {15, 5},
                                          {16, 16}, {17, 6}, {33, 34}, {64, 40}, {131, 70}};

Samples samples_of(PlaneView<const std::uint8_t> plane, int) { return plane; }
Samples samples_of(PlaneView<const std::uint16_t> plane, int bits) { return {plane, bits}; }

unsigned make_first(const Samples& in, Preparation how, PlaneView<std::uint16_t> out) {
  Scratch scratch;
  return first_scale(in, how, {0, in.height}, out, scratch);
}

template <typename T>
void compare_depth(int width, int height, int bits) {
  std::mt19937 random(7);
  test::Poisoned<T> in(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      in.plane.row(y)[x] =
          static_cast<T>(random() % 4 == 0 ? (1u << bits) - 1 : random() & ((1u << bits) - 1));
  for (const Preparation how : {Preparation{false, false}, {true, false}, {true, true}}) {
    test::Poisoned<std::uint16_t> fast(width, height), plain(width, height);
    const Samples samples = samples_of(in.view(), bits);
    EXPECT_EQ(make_first(samples, how, fast.plane), first_scale_ref(samples, how, plain.plane));
    EXPECT_EQ(fast.memory, plain.memory) << "bits " << bits << " " << width << "x" << height;
  }
}

TEST(CambiPrepare, EveryTargetTakesEveryDepthAsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kSizes) {
      compare_depth<std::uint8_t>(width, height, 8);
      for (int bits = 9; bits <= 16; ++bits) compare_depth<std::uint16_t>(width, height, bits);
    }
  });
}

TEST(CambiPrepare, SamplesBeyondTheDepthAreTold) {
  std::vector<std::uint16_t> row(40, 1023);
  std::vector<std::uint16_t> out(40);
  const auto seen = [&](const std::vector<std::uint16_t>& samples) {
    return make_first({PlaneView<const std::uint16_t>{samples.data(), 40, 40, 1}, 10}, {},
                      {out.data(), 40, 40, 1});
  };
  for (std::size_t at : {std::size_t{3}, std::size_t{39}}) {
    auto wrong = row;
    wrong[at] = 1024;
    EXPECT_EQ(seen(row) >> 10, 0u);
    EXPECT_NE(seen(wrong) >> 10, 0u);
  }
}

// The whole plane at once, and rows in parts.
void compare_scales(const test::Poisoned<std::uint16_t>& in, Preparation how,
                    const std::vector<int>& cuts) {
  const int width = in.plane.width, height = in.plane.height, half = (height + 1) / 2;
  test::Poisoned<std::uint16_t> fast(width, height), plain(width, height),
      fast_half((width + 1) / 2, half), plain_half((width + 1) / 2, half);
  first_scale_ref({in.view(), 10}, how, plain.plane);
  next_scale_ref(plain.view(), plain_half.plane);
  Scratch scratch;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
    first_scale({in.view(), 10}, how, {cuts[i], cuts[i + 1]}, fast.plane, scratch);
  EXPECT_EQ(fast.memory, plain.memory) << width << "x" << height;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
    next_scale(plain.view(), {std::min(half, cuts[i]), std::min(half, cuts[i + 1])},
               fast_half.plane, scratch);
  EXPECT_EQ(fast_half.memory, plain_half.memory) << width << "x" << height;
}

TEST(CambiPrepare, EveryTargetMakesScalesAsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kSizes)
      for (const unsigned dither : {0u, 1u, 4u}) {
        test::Poisoned<std::uint16_t> in(width, height);
        fill_bands(in.plane, 100, 2, dither);
        for (const Preparation how : {Preparation{}, {true, true}, {true, false}}) {
          compare_scales(in, how, {0, height});
          if (height >= 5) compare_scales(in, how, {0, 1, 3, height / 2, height - 1, height});
        }
      }
  });
}

TEST(CambiPrepare, MarksFlatAreasOnly) {
  Plane<std::uint16_t> flat(64, 64), busy(64, 64), out(64, 64);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      flat.row(y)[x] = 200;
      busy.row(y)[x] = static_cast<std::uint16_t>(200 + (x + y) % 2);
    }
  const auto marks = [&](const Plane<std::uint16_t>& in) {
    make_first({in.view(), 10}, {false, false}, out.view());
    int count = 0;
    for (int y = 0; y < 64; ++y)
      for (int x = 0; x < 64; ++x) count += (out.row(y)[x] & kFlat) != 0;
    return count;
  };
  EXPECT_EQ(marks(flat), 64 * 64);
  EXPECT_EQ(out.row(63)[63], 200 | kFlat);
  EXPECT_EQ(marks(busy), 0);
}

TEST(CambiPrepare, FlatLimitGrowsWithThePicture) {
  EXPECT_EQ(flat_limit(63, 63), 7);
  EXPECT_EQ(flat_limit(1920, 1080), 21);
  EXPECT_EQ(flat_limit(3840, 2160), 24);
}

Visibility all_visible(int differences, int low = 0, int high = kValues - 1) {
  Visibility v;
  v.differences = differences;
  v.low = low;
  v.high = high;
  v.weights.assign(static_cast<std::size_t>(kValues * differences), 0);
  for (int value = low; value <= high; ++value)
    for (int d = 1; d <= differences; ++d)
      if (value - d >= low && value + d <= high)
        v.weights[static_cast<std::size_t>(value * differences + d - 1)] =
            static_cast<std::uint8_t>(1 + d % 9);
  return v;
}

struct Found {
  std::vector<float> values;
  Plane<float> map;
  Contrasts contrasts;
  Found(int width, int height)
      : values(static_cast<std::size_t>(width * height)),
        map(width, height),
        contrasts{values.data(), 0, map.view()} {}
};

void compare_contrasts(PlaneView<const std::uint16_t> plane, int side,
                       const Visibility& visibility) {
  Scratch scratch;
  Found fast(plane.width, plane.height), plain(plane.width, plane.height);
  contrasts_ref(plane, {0, plane.height}, side, visibility, plain.contrasts);
  std::size_t count = 0;
  for (const RowRange rows : {RowRange{0, plane.height / 3}, {plane.height / 3, plane.height}}) {
    fast.contrasts.values = fast.values.data() + count;
    contrasts(plane, rows, side, visibility, scratch, fast.contrasts);
    count += fast.contrasts.count;
  }
  ASSERT_EQ(count, plain.contrasts.count);
  for (std::size_t i = 0; i < plain.contrasts.count; ++i)
    ASSERT_EQ(fast.values[i], plain.values[i]) << i << " window " << side;
  expect_equal(fast.map.view(), plain.map.view(), "map");
}

TEST(CambiContrasts, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kSizes)
      for (const int side : {1, 3, 15, 33, 65})
        for (const int differences : {4, 8, 16, 32}) {
          test::Poisoned<std::uint16_t> plane(width, height);
          fill_bands(plane.plane, 60, differences / 3, 3);
          mark_at_random(plane.plane, side == 15 ? 2 : 7);
          compare_contrasts(plane.view(), side, all_visible(differences));
          compare_contrasts(plane.view(), side, all_visible(differences, 70, 95 + 2 * differences));
        }
  });
}

TEST(CambiContrasts, EveryTargetEqualsTheReferenceAtTheEndsOfTheRange) {
  test::on_every_target([] {
    for (const int base : {0, 1000, 1023})
      for (const int differences : {4, 32}) {
        test::Poisoned<std::uint16_t> plane(90, 40);
        fill_bands(plane.plane, base, 3, 4);
        mark_at_random(plane.plane, 8);
        Visibility v = all_visible(differences);
        std::fill(v.weights.begin(), v.weights.end(), std::uint8_t{9});
        compare_contrasts(plane.view(), 65, v);
      }
  });
}

// Counted by the definition, sample by sample.
float contrast_by_definition(PlaneView<const std::uint16_t> plane, int x, int y, int radius,
                             const Visibility& visibility) {
  const int value = plane.row(y)[x] & kValueBits;
  const auto count = [&](int wanted) {
    int n = 0;
    for (int j = std::max(0, y - radius); j <= std::min(plane.height - 1, y + radius); ++j)
      for (int i = std::max(0, x - radius); i <= std::min(plane.width - 1, x + radius); ++i)
        n += plane.row(j)[i] == (wanted | kFlat);
    return n;
  };
  double largest = 0;
  for (int d = 1; d <= visibility.differences; ++d) {
    const int own = count(value),
              other = std::max(count(value + d), value >= d ? count(value - d) : 0);
    largest = std::max(
        largest, static_cast<double>(visibility.of(value)[d - 1]) * own * other / (own + other));
  }
  return static_cast<float>(largest);
}

TEST(CambiContrasts, TheReferenceFollowsTheDefinition) {
  test::Poisoned<std::uint16_t> plane(41, 23);
  fill_bands(plane.plane, 90, 1, 3);
  mark_at_random(plane.plane, 6);
  const Visibility visibility = all_visible(4);
  Found found(41, 23);
  contrasts_ref(plane.view(), {0, 23}, 9, visibility, found.contrasts);
  for (int y = 0; y < 23; ++y)
    for (int x = 0; x < 41; ++x) {
      const bool flat = (plane.plane.row(y)[x] & kFlat) != 0;
      EXPECT_NEAR(found.map.row(y)[x],
                  flat ? contrast_by_definition(plane.view(), x, y, 4, visibility) : 0, 1e-5);
    }
}

TEST(CambiContrasts, NothingVisibleIsNothing) {
  Scratch scratch;
  Plane<std::uint16_t> plane(20, 10);
  for (int y = 0; y < 10; ++y)
    std::fill_n(plane.row(y), 20, static_cast<std::uint16_t>(100 | kFlat));
  Visibility none = all_visible(4);
  none.high = -1;
  Found found(20, 10);
  contrasts(plane.view(), {0, 10}, 9, none, scratch, found.contrasts);
  EXPECT_EQ(found.contrasts.count, 0u);
}

TEST(CambiPool, MeanOfTheLargest) {
  std::mt19937 random(1);
  std::vector<float> values(5000);
  for (float& v : values) v = random() % 3 == 0 ? 0 : static_cast<float>(random() % 2000) * 0.37f;
  std::vector<float> sorted = values;
  std::sort(sorted.rbegin(), sorted.rend());
  const Contrasts parts[] = {{values.data(), 1700, {}}, {values.data() + 1700, 3300, {}}};
  for (const std::size_t largest : {std::size_t{1}, std::size_t{2}, std::size_t{999},
                                    std::size_t{4999}, std::size_t{5000}, std::size_t{7000}}) {
    const double sum = std::accumulate(
        sorted.begin(),
        sorted.begin() + static_cast<std::ptrdiff_t>(std::min(largest, sorted.size())), 0.0);
    EXPECT_NEAR(mean_of_largest(parts, 8000, largest), sum / static_cast<double>(largest), 1e-9)
        << largest;
  }
}

TEST(CambiPool, OfEqualValuesIsThatValue) {
  std::vector<float> values(100, 2.5f);
  const Contrasts all[] = {{values.data(), 100, {}}}, some[] = {{values.data(), 30, {}}};
  EXPECT_EQ(mean_of_largest(all, 100, 60), 2.5);
  EXPECT_EQ(mean_of_largest(some, 100, 60), 1.25);
}

TEST(CambiReciprocals, AreThoseOfNineDigits) {
  EXPECT_EQ(reciprocals()[1], 1.0f);
  EXPECT_EQ(reciprocals()[3], 0.333333333f);
  EXPECT_EQ(reciprocals()[82], 0.012195122f);
  int other = 0;
  for (int n = 1; n < kLargestArea; ++n) other += reciprocals()[n] != 1.0f / static_cast<float>(n);
  EXPECT_EQ(other, 42);
}

}  // namespace
}  // namespace visq::cambi
