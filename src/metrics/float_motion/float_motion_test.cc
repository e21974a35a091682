// Golden scores of float_motion are in tests/; here is what they do not say.
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/disordered.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

enum Feature : std::size_t { kMotion2, kMotion, kMotion3 };

PicturePtr flat(const PictureFormat& format, int luma, int chroma) {
  return test::picture_of(format,
                          [=](std::size_t plane, int, int) { return plane == 0 ? luma : chroma; });
}

using Values = std::map<std::size_t, double>;

struct Reader final : ScoreReader {
  std::vector<Values> frames;
  std::optional<double> at(std::size_t feature, unsigned frame) const override {
    if (frame >= frames.size() || !frames[frame].count(feature)) return std::nullopt;
    return frames[frame].at(feature);
  }
};

Result<std::unique_ptr<Metric>> motion(const OptionStrings& given) {
  const Descriptor& metric = *find_metric("float_motion");
  VISQ_ASSIGN(const Options options, Options::parse("float_motion", metric.options, given));
  return metric.create(options, {});
}

// Frames of one grey each, luma as given, chroma three times as far apart.
std::vector<Values> score(const std::vector<int>& greys, const OptionStrings& given) {
  const PictureFormat format{PixelFormat::yuv420, 8, 21, 13};
  const auto metric = motion(given);
  Scratch scratch;
  Reader reader;
  PicturePtr before;
  for (unsigned i = 0; i < greys.size(); ++i) {
    const PicturePtr now = flat(format, greys[i], 3 * greys[i]);
    test::ScoreMap sink;
    const std::vector<PicturePtr> previous(before == nullptr ? 0 : 1, before);
    EXPECT_TRUE((*metric)->extract({i, now, now, previous, {}}, scratch, sink));
    reader.frames.push_back(sink.values);
    before = now;
  }
  for (unsigned i = 0; i < greys.size(); ++i) {
    test::ScoreMap sink;
    EXPECT_TRUE((*metric)->derive(i, reader, sink));
    for (const auto& [feature, value] : sink.values) reader.frames[i][feature] = value;
  }
  return reader.frames;
}

void expect(const std::vector<Values>& frames, std::size_t feature,
            const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(frames[i].at(feature), values[i], 1e-5) << "feature " << feature << " frame " << i;
}

TEST(FloatMotion, TakesTheSmallerOfTwoNeighbours) {
  const auto frames = score({10, 13, 20, 22}, {});
  expect(frames, kMotion, {0, 3, 7, 2});
  expect(frames, kMotion2, {0, 3, 2, 2});
  expect(frames, kMotion3, {3, 3, 2, 2});
}

TEST(FloatMotion, OfOneFrameIsZero) {
  const auto frames = score({10}, {});
  for (const std::size_t feature : {kMotion, kMotion2, kMotion3})
    EXPECT_EQ(frames[0].at(feature), 0);
}

TEST(FloatMotion, WeighsBlendsAndLimits) {
  const auto frames = score({10, 20, 40}, {{"motion_fps_weight", "2"},
                                           {"motion_blend_factor", "0.5"},
                                           {"motion_blend_offset", "10"},
                                           {"motion_max_val", "18"}});
  expect(frames, kMotion, {0, 18, 18});
  expect(frames, kMotion2, {0, 18, 18});
  expect(frames, kMotion3, {15, 15, 18});
}

TEST(FloatMotion, AddsHalfSizeAndChroma) {
  expect(score({10, 13}, {{"motion_add_scale1", "true"}}), kMotion, {0, 6});
  expect(score({10, 13}, {{"motion_add_uv", "true"}}), kMotion, {0, 3 + 9 + 9});
}

double motion_of(const std::array<PicturePtr, 2>& pictures, const OptionStrings& given,
                 Parallel* parallel) {
  const auto metric = motion(given);
  Scratch scratch;
  test::ScoreMap sink;
  const std::vector<PicturePtr> previous{pictures[0]};
  const Frame frame{1, pictures[1], pictures[1], previous, {}, {}, parallel};
  EXPECT_TRUE((*metric)->extract(frame, scratch, sink));
  return sink.values.at(kMotion);
}

// The battery does so without options. Chroma, too, is high enough for several parts.
TEST(FloatMotion, SameBitsInWhateverOrderPartsAreDoneWithEachOption) {
  const OptionStrings all{{"motion_add_scale1", "true"}, {"motion_add_uv", "true"}};
  for (const int bits : {8, 10, 16})
    for (const OptionStrings& given :
         {OptionStrings{}, {{"motion_filter_size", "3"}}, {{"motion_filter_size", "1"}}, all}) {
      const PictureFormat format{PixelFormat::yuv420, bits, 37, 1051};
      const auto pattern = [&](int factor) {
        return test::picture_of(format, [=](std::size_t plane, int x, int y) {
          return (x * x * factor + y * 31 + static_cast<int>(plane)) % 251 << (bits - 8);
        });
      };
      const std::array<PicturePtr, 2> pictures{pattern(3), pattern(17)};
      const double in_order = motion_of(pictures, given, serial());
      const test::PoisonedMemory poisoned;
      test::Disordered disordered;
      EXPECT_EQ(motion_of(pictures, given, &disordered), in_order) << bits << " bits";
      EXPECT_GE(disordered.parts(), 4u);
    }
}

TEST(FloatMotion, ForcedToZeroNeedsNoFrameBefore) {
  const auto metric = motion({{"motion_force_zero", "true"}});
  EXPECT_EQ((*metric)->window(), 0);
  expect(score({10, 50}, {{"motion_force_zero", "true"}}), kMotion3, {0, 0});
}

TEST(FloatMotion, SaysWhatItMisses) {
  const auto metric = motion({{"motion_add_uv", "true"}});
  EXPECT_FALSE((*metric)->prepare({PixelFormat::yuv400, 8, 64, 64}));
  const PicturePtr picture = flat({PixelFormat::yuv420, 8, 16, 16}, 1, 1);
  Scratch scratch;
  test::ScoreMap sink;
  const Status status = (*metric)->extract({7, picture, picture, {}, {}}, scratch, sink);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("frame 6"), std::string::npos);
}

}  // namespace
}  // namespace visq
