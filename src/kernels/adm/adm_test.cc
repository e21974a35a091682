// Every step of ADM beside plain C++ on odd sizes and extreme values, on every target.
#include "kernels/adm/adm.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"
#include "tests/support/sanitized.h"

namespace visq::adm {
namespace {

// The transform as the definition says it, coefficient by coefficient.
struct Rounding {
  std::int64_t low_offset, high_offset;
  int shift;
};

constexpr std::int64_t kLow[4] = {15826, 27411, 7345, -4240},
                       kHigh[4] = {-4240, -7345, 27411, -15826};

int mirrored(int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - i - 1 : i; }

template <typename At>
std::int64_t filtered(bool low, int i, int n, const Rounding& r, At at) {
  std::int64_t sum = low ? r.low_offset : r.high_offset;
  for (int k = 0; k < 4; ++k) sum += (low ? kLow : kHigh)[k] * at(mirrored(2 * i - 1 + k, n));
  return sum >> r.shift;
}

Rounding vertical_rounding(int level, int bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  if (level == 0)
    return {half - 46342 * half, half,
            bits};  // samples lose their middle, so that 16 bits hold the result
  return level == 1 ? Rounding{0, 0, 0} : Rounding{32768, 32768, 16};
}
Rounding horizontal_rounding(int level) {
  return level == 0 || level == 2 ? Rounding{32768, 32768, 16} : Rounding{16384, 16384, 15};
}

struct Pass {
  bool low_rows, low_columns;
};

template <typename T>
std::int64_t expected(PlaneView<const T> in, int level, int bits, Pass pass, int x, int y) {
  return filtered(pass.low_columns, x, in.width, horizontal_rounding(level), [&](int column) {
    return filtered(pass.low_rows, y, in.height, vertical_rounding(level, bits),
                    [&](int row) { return static_cast<std::int64_t>(in.row(row)[column]); });
  });
}

template <typename T>
void compare_bands(PlaneView<const T> in, int level, int bits, const Bands& bands) {
  for (int y = 0; y < bands.height(); ++y)
    for (int x = 0; x < bands.width(); ++x) {
      ASSERT_EQ(bands.approximation.row(y)[x], expected(in, level, bits, {true, true}, x, y))
          << x << "," << y;
      ASSERT_EQ(bands.vertical.row(y)[x], expected(in, level, bits, {true, false}, x, y))
          << x << "," << y;
      ASSERT_EQ(bands.horizontal.row(y)[x], expected(in, level, bits, {false, true}, x, y))
          << x << "," << y;
      ASSERT_EQ(bands.diagonal.row(y)[x], expected(in, level, bits, {false, false}, x, y))
          << x << "," << y;
    }
}

// Samples in the middle of poison, with an odd stride and a misaligned start.
template <typename T>
struct Poisoned {
  std::vector<T> memory;
  PlaneView<const T> view;
  Poisoned(int width, int height, std::int64_t low, std::int64_t high)
      : memory(static_cast<std::size_t>((width + 7) * (height + 2) + 1), static_cast<T>(0x5AC3)) {
    std::mt19937_64 random(static_cast<std::uint64_t>(width * 1000 + height));
    T* const start = memory.data() + 1 + width + 7;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        start[y * (width + 7) + x] = static_cast<T>(
            low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1)));
    view = {start, width + 7, width, height};
  }
  Poisoned(const Poisoned&) = delete;
  T& at(int x, int y) {
    return memory[static_cast<std::size_t>(1 + (y + 1) * (view.width + 7) + x)];
  }
};

constexpr std::pair<int, int> kSizes[] = {{3, 3},   {4, 5},  {7, 16},  {16, 7}, {17, 18},
                                          {33, 31}, {64, 3}, {65, 40}, {131, 9}};

TEST(AdmTransform, LevelZeroIsItsDefinitionAtEveryDepthAndSize) {
  for (const auto& [width, height] : kSizes) {
    const Poisoned<std::uint8_t> bytes(width, height, 0, 255);
    const Bands bands = transform_ref(bytes.view);
    ASSERT_EQ(bands.width(), (width + 1) / 2);
    ASSERT_EQ(bands.height(), (height + 1) / 2);
    compare_bands(bytes.view, 0, 8, bands);
    for (const int bits : {9, 10, 12, 16}) {
      const Poisoned<std::uint16_t> words(width, height, 0, (1 << bits) - 1);
      compare_bands(words.view, 0, bits, transform_ref(Samples(words.view, bits)));
    }
  }
}

// The largest approximation that any picture can give to levels 1 to 3: the absolute taps sum to
// 54822.
constexpr std::int64_t kLargest[] = {0, 22930, 2103000000, 1471000000};

TEST(AdmTransform, LaterLevelsAreTheirDefinitionUpToTheLargestInput) {
  for (const auto& [width, height] : kSizes)
    for (const int level : {1, 2, 3}) {
      const Poisoned<std::int32_t> approximation(width, height, -kLargest[level], kLargest[level]);
      compare_bands(approximation.view, level, 8, transform_ref(approximation.view, level));
    }
}

TEST(AdmTransform, AFlatPictureHasNoDetail) {
  for (const int size : {1, 2, 3, 17, 64}) {
    const Poisoned<std::uint8_t> flat(size, size, 200, 200);
    const Bands bands = transform_ref(flat.view);
    for (int y = 0; y < bands.height(); ++y)
      for (int x = 0; x < bands.width(); ++x)
        EXPECT_TRUE(bands.horizontal.row(y)[x] == 0 && bands.vertical.row(y)[x] == 0 &&
                    bands.diagonal.row(y)[x] == 0)
            << size;
  }
}

Settings settings_of(double gain_limit = 100) {
  constexpr float kStraight[] = {.0173815f, .0319848f, .0433727f, .0456734f},
                  kDiagonal[] = {.0058907f, .0142991f, .0243969f, .0313127f};
  Settings settings;
  settings.gains = {gain_limit};
  for (std::size_t s = 0; s < kScales; ++s) {
    ScaleRule& rule = settings.rules[s];
    rule = {static_cast<int>(s), {kStraight[s], kStraight[s], kDiagonal[s]}, {36453, 36453, 49417}};
    for (std::size_t o = 0; s > 0 && o < 3; ++o)
      rule.fixed[o] = static_cast<std::uint32_t>(rule.contrast[o] * 4294967296.0);
  }
  return settings;
}

// ---- how the textures are made ----

// Contents that reach the edges of the arithmetic, and what is done to them.
enum class Content { noise, texture, blocks, checkers, lines, gradient };
enum class Change { none, other, noise, gain, steps, inverse };
struct Case {
  Content content;
  Change change;
};

std::int64_t content_at(Content content, int x, int y, std::int64_t top, std::mt19937& random) {
  const auto any = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
  };
  switch (content) {
    case Content::noise:
      return any(top + 1);
    case Content::texture:
      return (x * 5 + y * 3 + any(8)) % 96 * top / 128;
    case Content::blocks:
      return (x / 7 + y / 5) % 2 == 0 ? 0 : top;
    case Content::checkers:
      return (x + y) % 2 == 0 ? 0 : top;
    case Content::lines:  // thin ones, whose masking has a sign slip
      return x % 9 == 3 || y % 11 == 5 || random() % 64 == 0 ? top : 0;
    case Content::gradient:
      break;
  }
  return (x + 2 * y) * 3 % (top + 1);
}

std::int64_t changed(Change change, std::int64_t value, std::int64_t top, std::mt19937& random) {
  const auto any = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
  };
  switch (change) {
    case Change::other:
      return any(top + 1);
    case Change::noise:
      return value + any(top / 16 + 2) - top / 32;
    case Change::gain:
      return top / 2 + (value - top / 2) * 9 / 8;
    case Change::steps:
      return value / (top / 16 + 1) * (top / 16 + 1) + top / 32;
    case Change::inverse:
      return top - value;
    case Change::none:
      break;
  }
  return value;
}

template <typename T>
struct Pair {
  Poisoned<T> first, second;
  Samples ref, dist;
  Pair(int width, int height, int bits, const Case& c)
      : first(width, height, 0, 0), second(width, height, 0, 0) {
    fill(bits, c, width, height);
    ref = samples(first.view, bits);
    dist = samples(second.view, bits);
  }
  void fill(int bits, const Case& c, int width, int height) {
    std::mt19937 random(static_cast<unsigned>(width * 31 + height));
    const std::int64_t top = (1 << bits) - 1;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const std::int64_t value = content_at(c.content, x, y, top, random);
        first.at(x, y) = static_cast<T>(value);
        second.at(x, y) =
            static_cast<T>(std::clamp<std::int64_t>(changed(c.change, value, top, random), 0, top));
      }
  }
  static Samples samples(PlaneView<const T> view, int bits) {
    if constexpr (sizeof(T) == 1)
      return view;
    else
      return {view, bits};
  }
};

template <typename T>
void compare(int width, int height, int bits, const Settings& settings, const Case& c) {
  SCOPED_TRACE(testing::Message() << width << "x" << height << " " << bits << " bits, content "
                                  << static_cast<int>(c.content) << ", change "
                                  << static_cast<int>(c.change) << ", gain "
                                  << settings.gains.front());
  const Pair<T> pair(width, height, bits, c);
  std::vector<Sums> expected_sums;
  for (const double gain : settings.gains)
    expected_sums.push_back(sums_ref(pair.ref, pair.dist, settings, gain));
  test::on_every_target([&] {
    Scratch scratch;
    std::vector<Sums> found(expected_sums.size());
    sums(pair.ref, {&pair.dist, 1}, settings, *serial(), scratch, found);
    for (std::size_t g = 0; g < found.size(); ++g)
      for (std::size_t s = 0; s < kScales; ++s)
        ASSERT_TRUE(found[g][s] == expected_sums[g][s]) << "scale " << s << ", gain " << g;
  });
}

constexpr Case kCases[] = {{Content::texture, Change::noise},    {Content::noise, Change::steps},
                           {Content::noise, Change::other},      {Content::gradient, Change::gain},
                           {Content::blocks, Change::gain},      {Content::blocks, Change::inverse},
                           {Content::checkers, Change::inverse}, {Content::checkers, Change::other},
                           {Content::noise, Change::none},       {Content::texture, Change::gain},
                           {Content::lines, Change::noise},      {Content::lines, Change::gain},
                           {Content::lines, Change::other}};

TEST(AdmSums, EveryTargetGivesThePlainOnesAtEveryWidth) {
  for (int width = 1; width <= 600; width += test::kSlow && width > 70 ? 7 : 1) {
    const int height = 17 + width % 23;
    const Case& c = kCases[static_cast<std::size_t>(width) % std::size(kCases)];
    compare<std::uint8_t>(width, height, 8, settings_of(width % 3 == 0 ? 1 : 100), c);
    compare<std::uint16_t>(width, height, 10, settings_of(width % 3 == 1 ? 1 : 100), c);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(AdmSums, EveryTargetGivesThePlainOnesAtEveryHeight) {
  for (int height = 1; height <= 120; ++height) {
    compare<std::uint8_t>(75, height, 8, settings_of(),
                          kCases[static_cast<std::size_t>(height) % std::size(kCases)]);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(AdmSums, EveryTargetGivesThePlainOnesOfEveryContentDepthAndGain) {
  for (const Case& c : kCases)
    for (const double gain : {100.0, 1.0, 1.2, 37.0}) {
      compare<std::uint8_t>(203, 77, 8, settings_of(gain), c);
      for (const int bits : {9, 10, 12, 14, 15, 16})
        compare<std::uint16_t>(203, 77, bits, settings_of(gain), c);
    }
}

TEST(AdmSums, TwoGainLimitsHaveTheSumsOfEachAlone) {
  for (const Case& c : kCases)
    for (const auto& [first, second] : {std::pair{1.0, 100.0}, {100.0, 1.0}, {1.2, 1.0}}) {
      Settings settings = settings_of();
      settings.gains = {first, second};
      compare<std::uint8_t>(203, 77, 8, settings, c);
      compare<std::uint16_t>(131, 90, 10, settings, c);
    }
}

TEST(AdmSums, PartsOfATallPictureHaveTheSumsOfTheWhole) {
  for (const int height : {1023, 1024, 1537, 2161})
    for (const bool skip_scale0 : {false, true}) {
      Settings settings = settings_of();
      settings.skip_scale0 = skip_scale0;
      compare<std::uint8_t>(67, height, 8, settings,
                            kCases[static_cast<std::size_t>(height) % std::size(kCases)]);
    }
}

TEST(AdmSums, SwitchesAndFactorsAreHeeded) {
  Settings settings = settings_of();
  settings.skip_scale0 = true;
  compare<std::uint8_t>(131, 90, 8, settings, kCases[0]);
  settings = settings_of();
  for (ScaleRule& rule : settings.rules) rule.additive = false;
  compare<std::uint8_t>(131, 90, 8, settings, kCases[0]);
  for (const std::uint32_t factor : {0u, 1u, 2u, 16384u, 32768u, 39000u, 40000u, 42999u, 43001u,
                                     65535u}) {  // halfway between two results; wrapping
    settings = settings_of();
    settings.rules[0].fixed = {factor, factor, factor};
    compare<std::uint8_t>(131, 90, 8, settings, kCases[5]);
    compare<std::uint8_t>(131, 90, 8, settings, kCases[1]);
    compare<std::uint8_t>(131, 90, 8, settings, kCases[11]);
    settings.rules[0].fixed = {factor / 2, 36453, 65534};
    compare<std::uint8_t>(131, 90, 8, settings, kCases[12]);
    for (std::size_t s = 1; s < kScales; ++s) settings.rules[s].fixed.fill(factor << 16 | factor);
    compare<std::uint8_t>(131, 90, 8, settings, kCases[2]);
  }
}

// Samples of all extremes, whose detail is as large as any.
TEST(AdmSums, ExtremesOfNoiseAreThePlainOnes) {
  std::mt19937 random(11);
  for (int round = 0; round < 30; ++round) {
    Pair<std::uint8_t> pair(97 + round, 70, 8, {Content::noise, Change::none});
    const unsigned levels = 2 + random() % 3;
    for (int y = 0; y < 70; ++y)
      for (int x = 0; x < 97 + round; ++x) {
        const auto level = [&] {
          return static_cast<std::uint8_t>(random() % levels * 255 / (levels - 1));
        };
        pair.first.at(x, y) = level();
        pair.second.at(x, y) = random() % 8 < 6 ? pair.first.at(x, y) : level();
      }
    const Settings settings = settings_of(round % 2 == 0 ? 100 : 1);
    const Sums expected_sums = sums_ref(pair.ref, pair.dist, settings, settings.gains[0]);
    test::on_every_target([&] {
      Scratch scratch;
      Sums found;
      sums(pair.ref, {&pair.dist, 1}, settings, *serial(), scratch, {&found, 1});
      ASSERT_TRUE(found == expected_sums) << round;
    });
  }
}

// ---- several distorted pictures ----

constexpr Change kChanges[] = {Change::steps, Change::none, Change::other, Change::gain};

template <typename T>
void compare_together(int width, int height, int bits, const Settings& settings, Content content) {
  SCOPED_TRACE(testing::Message() << width << "x" << height << " " << bits << " bits, content "
                                  << static_cast<int>(content));
  std::deque<Pair<T>> pairs;
  std::vector<Samples> dist;
  std::vector<Sums> alone;
  for (const Change change : kChanges) {
    const Pair<T>& pair = pairs.emplace_back(width, height, bits, Case{content, change});
    dist.push_back(pair.dist);
    for (const double gain : settings.gains)
      alone.push_back(sums_ref(pairs[0].ref, pair.dist, settings, gain));
  }
  test::on_every_target([&] {
    for (std::size_t count = 2; count <= kMostDistorted; ++count) {
      Scratch scratch;
      std::vector<Sums> together(alone.size());
      sums(pairs[0].ref, std::span(dist).first(count), settings, *serial(), scratch, together);
      for (std::size_t i = 0; i < count * settings.gains.size(); ++i)
        ASSERT_TRUE(together[i] == alone[i]) << "picture and gain " << i << " of " << count;
    }
  });
}

TEST(AdmTogether, EachOfSeveralHasTheSumsThatItHasAlone) {
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {15, 40},
                                      {16, 17},
                                      {17, 17},
                                      {40, 16},
                                      {33, 31},
                                      {131, 90},
                                      {203, 77},
                                      {515, 21}})
    for (const bool skip_scale0 : {false, true}) {
      Settings settings = settings_of();
      settings.skip_scale0 = skip_scale0;
      compare_together<std::uint8_t>(width, height, 8, settings, Content::texture);
      settings.gains = {100, 1};
      compare_together<std::uint16_t>(width, height, 10, settings, Content::noise);
      compare_together<std::uint16_t>(width, height, 16, settings, Content::noise);
    }
}

TEST(AdmTogether, MoreThanItTakesAreRefused) {
  const Poisoned<std::uint8_t> flat(40, 40, 7, 7);
  const std::vector<Samples> dist(kMostDistorted + 1, flat.view);
  std::vector<Sums> out(dist.size());
  Settings settings = settings_of();
  test::on_every_target([&] {
    Scratch scratch;
    EXPECT_THROW(sums(flat.view, dist, settings, *serial(), scratch, out), std::length_error);
  });
  settings.gains.assign(kMostGains + 1, 2.0);
  Scratch scratch;
  EXPECT_THROW(sums(flat.view, {dist.data(), 1}, settings, *serial(), scratch, out),
               std::length_error);
}

// ---- scores ----

std::array<ScaleScore, kScales> scores(const Case& c, const Settings& settings) {
  const Pair<std::uint16_t> pair(192, 160, 10, c);
  const Sums all = sums_ref(pair.ref, pair.dist, settings, 100);
  std::array<ScaleScore, kScales> parts;
  for (std::size_t s = 0; s < kScales; ++s)
    parts[s] = score_of(all[s], settings.rules[s], 96 >> s, 80 >> s);
  return parts;
}

TEST(AdmScore, NothingIsAddedToAnIdenticalPicture) {
  for (const ScaleScore& same : scores({Content::noise, Change::none}, settings_of())) {
    EXPECT_NEAR(same.restored / same.reference, 1, 1e-2);
    EXPECT_EQ(same.additive, 0);
  }
}

TEST(AdmScore, ASpoiledPictureLosesDetailAndGainsImpairment) {
  const auto clean = scores({Content::noise, Change::none}, settings_of()),
             spoiled = scores({Content::noise, Change::other}, settings_of());
  for (std::size_t s = 0; s < kScales; ++s) {
    EXPECT_LT(spoiled[s].restored / spoiled[s].reference, clean[s].restored / clean[s].reference)
        << s;
    EXPECT_GT(spoiled[s].additive, 0) << s;
  }
}

TEST(AdmScore, ImpairmentIsLeftOutWhereNotAskedFor) {
  Settings without = settings_of();
  for (ScaleRule& rule : without.rules) rule.additive = false;
  const auto with_it = scores({Content::noise, Change::other}, settings_of()),
             without_it = scores({Content::noise, Change::other}, without);
  for (std::size_t s = 0; s < kScales; ++s) {
    EXPECT_EQ(without_it[s].additive, 0);
    EXPECT_EQ(without_it[s].restored, with_it[s].restored);
  }
}

}  // namespace
}  // namespace visq::adm
