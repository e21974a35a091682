#include "kernels/adm/adm.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace visq::adm {
namespace {

// The transform as the definition says it, coefficient by coefficient.
struct Rounding {
  std::int64_t low_offset, high_offset;
  int shift;
};

constexpr std::int64_t kLow[4] = {15826, 27411, 7345, -4240}, kHigh[4] = {-4240, -7345, 27411, -15826};

int mirrored(int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - i - 1 : i; }

template <typename At>
std::int64_t filtered(bool low, int i, int n, const Rounding& r, At at) {
  std::int64_t sum = low ? r.low_offset : r.high_offset;
  for (int k = 0; k < 4; ++k) sum += (low ? kLow : kHigh)[k] * at(mirrored(2 * i - 1 + k, n));
  return sum >> r.shift;
}

Rounding vertical_rounding(int level, int bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  if (level == 0) return {half - 46342 * half, half, bits};  // samples lose their middle, so that 16 bits hold the result
  return level == 1 ? Rounding{0, 0, 0} : Rounding{32768, 32768, 16};
}
Rounding horizontal_rounding(int level) { return level == 0 || level == 2 ? Rounding{32768, 32768, 16} : Rounding{16384, 16384, 15}; }

struct Pass {
  bool low_rows, low_columns;
};

template <typename T>
std::int64_t expected(PlaneView<const T> in, int level, int bits, Pass pass, int x, int y) {
  return filtered(pass.low_columns, x, in.width, horizontal_rounding(level), [&](int column) {
    return filtered(pass.low_rows, y, in.height, vertical_rounding(level, bits), [&](int row) { return static_cast<std::int64_t>(in.row(row)[column]); });
  });
}

template <typename T>
void compare_bands(PlaneView<const T> in, int level, int bits, const Bands& bands) {
  for (int y = 0; y < bands.height(); ++y)
    for (int x = 0; x < bands.width(); ++x) {
      ASSERT_EQ(bands.approximation.row(y)[x], expected(in, level, bits, {true, true}, x, y)) << x << "," << y;
      ASSERT_EQ(bands.vertical.row(y)[x], expected(in, level, bits, {true, false}, x, y)) << x << "," << y;
      ASSERT_EQ(bands.horizontal.row(y)[x], expected(in, level, bits, {false, true}, x, y)) << x << "," << y;
      ASSERT_EQ(bands.diagonal.row(y)[x], expected(in, level, bits, {false, false}, x, y)) << x << "," << y;
    }
}

// Samples in the middle of poison, with an odd stride and a misaligned start.
template <typename T>
struct Poisoned {
  std::vector<T> memory;
  PlaneView<const T> view;
  Poisoned(int width, int height, std::int64_t low, std::int64_t high) : memory(static_cast<std::size_t>((width + 7) * (height + 2) + 1), static_cast<T>(0x5AC3)) {
    std::mt19937_64 random(static_cast<std::uint64_t>(width * 1000 + height));
    T* const start = memory.data() + 1 + width + 7;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) start[y * (width + 7) + x] = static_cast<T>(low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1)));
    view = {start, width + 7, width, height};
  }
};

constexpr std::pair<int, int> kSizes[] = {{3, 3}, {4, 5}, {7, 16}, {16, 7}, {17, 18}, {33, 31}, {64, 3}, {65, 40}, {131, 9}};

TEST(AdmTransform, LevelZeroIsItsDefinitionAtEveryDepthAndSize) {
  Scratch scratch;
  for (const auto& [width, height] : kSizes) {
    scratch.reset();
    const Bands bands = take_bands(scratch, width, height);
    ASSERT_EQ(bands.width(), (width + 1) / 2);
    ASSERT_EQ(bands.height(), (height + 1) / 2);
    const Poisoned<std::uint8_t> bytes(width, height, 0, 255);
    transform(bytes.view, 8, bands, scratch);
    compare_bands(bytes.view, 0, 8, bands);
    for (const int bits : {9, 10, 12, 16}) {
      const Poisoned<std::uint16_t> words(width, height, 0, (1 << bits) - 1);
      transform(words.view, bits, bands, scratch);
      compare_bands(words.view, 0, bits, bands);
    }
  }
}

// The largest approximation that any picture can give to levels 1 to 3: the absolute taps sum to 54822.
constexpr std::int64_t kLargest[] = {0, 22930, 2103000000, 1471000000};

TEST(AdmTransform, LaterLevelsAreTheirDefinitionUpToTheLargestInput) {
  Scratch scratch;
  for (const auto& [width, height] : kSizes)
    for (const int level : {1, 2, 3}) {
      scratch.reset();
      const Bands bands = take_bands(scratch, width, height);
      const Poisoned<std::int32_t> approximation(width, height, -kLargest[level], kLargest[level]);
      transform(approximation.view, level, bands, scratch);
      compare_bands(approximation.view, level, 8, bands);
    }
}

ScaleRule rule_of(int scale) {
  ScaleRule rule;
  rule.scale = scale;
  rule.contrast = {0.0319848f, 0.0319848f, 0.0142991f};
  for (std::size_t i = 0; i < 3; ++i) {
    const double unit = scale != 0 ? 4294967296.0 : i == 2 ? 8388608.0 : 2097152.0;
    rule.fixed[i] = static_cast<std::uint32_t>(rule.contrast[i] * unit);
  }
  return rule;
}

struct Scene {
  Scratch scratch;
  Bands reference, distorted;
  Scene(int scale, bool spoiled) {
    const Poisoned<std::uint16_t> a(96, 80, 0, 1023);
    Poisoned<std::uint16_t> b = a;
    b.view.data = b.memory.data() + (a.view.data - a.memory.data());
    if (spoiled)
      for (std::uint16_t& sample : b.memory) sample = static_cast<std::uint16_t>(sample & ~0xFFu);
    reference = bands_of(a.view, scale);
    distorted = bands_of(b.view, scale);
  }
  Bands bands_of(PlaneView<const std::uint16_t> samples, int scale) {
    Bands bands = take_bands(scratch, samples.width, samples.height);
    transform(samples, 10, bands, scratch);
    for (int level = 1; level <= scale; ++level) {
      const Bands next = take_bands(scratch, bands.width(), bands.height());
      transform(bands.approximation, level, next, scratch);
      bands = next;
    }
    return bands;
  }
};

TEST(AdmScore, NothingIsAddedToAnIdenticalPicture) {
  for (int scale = 0; scale < kScales; ++scale) {
    Scene scene(scale, false);
    const ScaleScore same = score_scale(scene.reference, scene.distorted, rule_of(scale), scene.scratch);
    EXPECT_NEAR(same.restored / same.reference, 1, 1e-2) << scale;
    EXPECT_EQ(same.additive, 0) << scale;
  }
}

TEST(AdmScore, ASpoiledPictureLosesDetailAndGainsImpairment) {
  for (int scale = 0; scale < kScales; ++scale) {
    Scene clean(scale, false), spoiled(scale, true);
    const ScaleScore same = score_scale(clean.reference, clean.distorted, rule_of(scale), clean.scratch);
    const ScaleScore worse = score_scale(spoiled.reference, spoiled.distorted, rule_of(scale), spoiled.scratch);
    EXPECT_EQ(worse.reference, same.reference) << scale;
    EXPECT_LT(worse.restored, same.restored) << scale;
    EXPECT_GT(worse.additive, 0) << scale;
  }
}

TEST(AdmScore, ImpairmentIsLeftOutWhereNotAskedFor) {
  Scene scene(0, true);
  ScaleRule rule = rule_of(0);
  rule.additive = false;
  const ScaleScore without = score_scale(scene.reference, scene.distorted, rule, scene.scratch);
  EXPECT_EQ(without.additive, 0);
  EXPECT_EQ(without.restored, score_scale(scene.reference, scene.distorted, rule_of(0), scene.scratch).restored);
}

}  // namespace
}  // namespace visq::adm
