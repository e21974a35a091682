// xpsnr of the clips of tests/golden/xpsnr.json and ../shared/golden/xpsnr.json.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/score.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-9, kFilterTolerance = 5e-5;
constexpr const char* kNames[] = {"xpsnr_y", "xpsnr_cb", "xpsnr_cr"};

// As the golden files have them: "inf" for what reports call null.
double number(const Json& value) { return value.is_string() ? NAN : value.get<double>(); }

void expect_planes(const Json& expected, const std::map<std::string, double>& actual,
                   double tolerance, const std::string& where) {
  for (std::size_t plane = 0; plane < expected.size(); ++plane) {
    const double target = number(expected[plane]);
    ASSERT_TRUE(actual.count(kNames[plane])) << where;
    const double value = actual.at(kNames[plane]);
    if (std::isnan(target))
      EXPECT_TRUE(std::isnan(value)) << where << " " << kNames[plane];
    else
      EXPECT_NEAR(value, target, tolerance) << where << " " << kNames[plane];
  }
}

// Pictures with chroma rounded up, which `fill` fills.
struct Maker {
  GeneratedClip clip;
  std::function<void(VmafPicture*, unsigned frame, Side)> fill;
};

NextPair made_pair(const Maker& maker) {
  return
      [maker, frame = 0u](VmafPicture* reference, VmafPicture* distorted) mutable -> Result<bool> {
        const GeneratedClip& clip = maker.clip;
        if (frame == clip.frames) return false;
        for (VmafPicture* const picture : {reference, distorted}) {
          if (vmaf_picture_alloc_full_chroma(picture, clip.pixel_format, clip.bits, clip.width,
                                             clip.height) != 0)
            return fail(ENOMEM, vmaf_last_error());
          maker.fill(picture, frame, picture == reference ? Side::reference : Side::distorted);
        }
        ++frame;
        return true;
      };
}

// The "uhd formula" of ../shared/golden/xpsnr.json, in 8 bits.
int formula(int x, int y, int plane, int t, Side side) {
  if (plane == 0) {
    const int value = (3 * x + 5 * y + 7 * t + ((x * y) >> 6) + 13 * (x >> 4) * (y >> 3)) & 255;
    if (side == Side::reference) return value;
    return std::clamp(value + (7 * x + 11 * y + 3 * t) % 9 - 4, 0, 255);
  }
  const int value = plane == 1 ? 128 + (x + 2 * y + t) % 32 : (x ^ y) & 255;
  if (side == Side::reference) return value;
  return plane == 1 ? value + x * y % 5 : std::clamp(value + (x + y + t) % 3, 0, 255);
}

void fill_formula(VmafPicture* picture, unsigned frame, Side side) {
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < static_cast<int>(picture->h[plane]); ++y) {
      auto* const row =
          static_cast<std::uint8_t*>(picture->data[plane]) + y * picture->stride[plane];
      for (int x = 0; x < static_cast<int>(picture->w[plane]); ++x) {
        const int value = formula(x, y, plane, static_cast<int>(frame), side);
        if (picture->bpc == 8)
          row[x] = static_cast<std::uint8_t>(value);
        else
          reinterpret_cast<std::uint16_t*>(row)[x] =
              static_cast<std::uint16_t>(4 * value + (side == Side::reference ? 1 : 3));
      }
    }
}

VmafPixelFormat pixel_format(const std::string& chroma) {
  return chroma == "400"   ? VMAF_PIX_FMT_YUV400P
         : chroma == "420" ? VMAF_PIX_FMT_YUV420P
         : chroma == "422" ? VMAF_PIX_FMT_YUV422P
                           : VMAF_PIX_FMT_YUV444P;
}

Result<NextPair> pair_of(const std::string& name, const Json& golden) {
  const GeneratedClip clip{golden["size"][0], golden["size"][1], pixel_format(golden["chroma"]),
                           golden["bits"], static_cast<unsigned>(golden["frames"].size())};
  if (name.starts_with("gen_")) return made_pair({clip, fill_generated});
  if (name.starts_with("uhd_")) return made_pair({clip, fill_formula});
  return open_clip((*shared_folder() / "clips" / name.substr(0, name.rfind("_fps"))).string());
}

void compare(const std::string& name, const Json& golden) {
  const auto scores = score_clip(
      {"--no_prediction", "--feature", fmt::format("xpsnr=fps={}", golden["fps"].get<double>())},
      pair_of(name, golden).value());
  ASSERT_TRUE(scores) << name << ": " << scores.error().message;
  ASSERT_EQ(scores->frames.size(), golden["frames"].size()) << name;
  for (std::size_t i = 0; i < scores->frames.size(); ++i)
    expect_planes(golden["frames"][i], scores->frames[i], kTolerance,
                  fmt::format("{} frame {}", name, i));
  expect_planes(golden["total"], scores->aggregates, kTolerance, name + " total");
  // Where it is wrong, its frames are given, too.
  if (golden.contains("filter_total") && !golden.contains("filter_frames"))
    expect_planes(golden["filter_total"], scores->aggregates, kFilterTolerance, name + " filter");
}

std::size_t compare_all(const std::filesystem::path& path) {
  std::ifstream file(path);
  const Json document = Json::parse(file);
  for (const auto& [name, golden] : document["cases"].items()) compare(name, golden);
  return document["cases"].size();
}

TEST(XpsnrGolden, ClipsOfTheContract) {
  VISQ_NEED_SHARED();
  EXPECT_EQ(compare_all(*shared_folder() / "golden/xpsnr.json"), 47u);
}

TEST(XpsnrGolden, GeneratedClips) {
  EXPECT_GE(compare_all(VISQ_SOURCE_DIR "/tests/golden/xpsnr.json"), 1u);
}

}  // namespace
}  // namespace visq::test
