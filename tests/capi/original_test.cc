// Pictures that were converted: who reads the original, and who does not.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"

namespace {

constexpr unsigned kSide = 32;

VmafPicture noise(VmafPixelFormat format, unsigned seed, const VmafPictureColor& color) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc(&picture, format, 8, kSide, kSide), 0);
  EXPECT_EQ(vmaf_picture_set_color(&picture, color), 0);
  for (int p = 0; p < 3; ++p)
    for (unsigned y = 0; y < picture.h[p]; ++y) {
      auto* const row = static_cast<std::uint8_t*>(picture.data[p]) +
                        static_cast<std::ptrdiff_t>(y) * picture.stride[p];
      for (unsigned x = 0; x < picture.w[p]; ++x) {
        seed = seed * 1664525 + 1013904223;
        row[x] = static_cast<std::uint8_t>(seed >> 24);
      }
    }
  return picture;
}

VmafPicture rgb(unsigned seed) {
  return noise(VMAF_PIX_FMT_YUV444P, seed, {0, 2, VMAF_COLOR_RANGE_FULL});
}

// A picture of samples that only their seed tells apart, made of `original`.
VmafPicture converted(unsigned seed, VmafPicture original) {
  VmafPicture picture = noise(VMAF_PIX_FMT_YUV420P, seed, {1, 2, VMAF_COLOR_RANGE_LIMITED});
  EXPECT_EQ(vmaf_picture_set_original(&picture, &original), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_picture_unref(&original), 0) << "the picture has a share of its own";
  return picture;
}

double score(const char* metric, const char* feature, VmafPicture reference,
             VmafPicture distorted) {
  VmafContext* context = nullptr;
  EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
  EXPECT_EQ(vmaf_use_feature(context, metric, nullptr), 0);
  EXPECT_EQ(vmaf_read_pictures(context, &reference, &distorted, 0), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
  double value = 0;
  EXPECT_EQ(vmaf_feature_score_at_index(context, feature, &value, 0), 0);
  EXPECT_EQ(vmaf_close(context), 0);
  return value;
}

TEST(Original, IsWhatMetricsOfRgbRead) {
  EXPECT_EQ(score("ssimulacra2", "ssimulacra2", converted(1, rgb(7)), converted(2, rgb(7))), 100)
      << "the originals are the same";
  const double different = score("ssimulacra2", "ssimulacra2", rgb(7), rgb(8));
  EXPECT_LT(different, 90);
  EXPECT_EQ(score("ssimulacra2", "ssimulacra2", converted(1, rgb(7)), converted(1, rgb(8))),
            different);
}

TEST(Original, IsNothingToMetricsOfSamples) {
  EXPECT_EQ(score("psnr", "psnr_y", converted(1, rgb(7)), converted(1, rgb(8))), 60);
  EXPECT_LT(score("psnr", "psnr_y", converted(1, rgb(7)), converted(2, rgb(7))), 20);
}

TEST(Original, IsOfTheSameSizeAndSaidInTime) {
  VmafPicture picture = converted(1, rgb(7)), other = rgb(1), small{};
  EXPECT_EQ(vmaf_picture_set_original(nullptr, &other), -EINVAL);
  EXPECT_EQ(vmaf_picture_set_original(&other, nullptr), -EINVAL);
  EXPECT_EQ(vmaf_picture_set_original(&other, &other), -EINVAL);
  EXPECT_EQ(vmaf_picture_set_original(&other, &picture), -EINVAL) << "which has one";
  ASSERT_EQ(vmaf_picture_alloc(&small, VMAF_PIX_FMT_YUV444P, 8, 16, kSide), 0);
  EXPECT_EQ(vmaf_picture_set_original(&other, &small), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("sizes must be the same"), std::string::npos);
  VmafPicture read{};
  ASSERT_EQ(vmaf_picture_ref(&read, &picture), 0);
  score("psnr", "psnr_y", picture, converted(2, rgb(3)));
  EXPECT_EQ(vmaf_picture_set_original(&read, &other), -EINVAL);
  for (VmafPicture* held : {&read, &other, &small}) vmaf_picture_unref(held);
}

TEST(Original, MatricesWithoutRgbAreRefusedByName) {
  VmafContext* context = nullptr;
  ASSERT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
  ASSERT_EQ(vmaf_use_feature(context, "ssimulacra2", nullptr), 0);
  constexpr VmafPictureColor kConstantLuminance{10, 14, VMAF_COLOR_RANGE_LIMITED};
  VmafPicture reference = noise(VMAF_PIX_FMT_YUV420P, 1, kConstantLuminance),
              distorted = noise(VMAF_PIX_FMT_YUV420P, 2, kConstantLuminance);
  ASSERT_LE(vmaf_read_pictures(context, &reference, &distorted, 0), 0);
  EXPECT_LT(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
  EXPECT_NE(std::string(vmaf_last_error()).find("have matrix 10 of"), std::string::npos)
      << vmaf_last_error();
  EXPECT_EQ(vmaf_close(context), 0);
  EXPECT_LT(score("psnr", "psnr_y", noise(VMAF_PIX_FMT_YUV420P, 1, kConstantLuminance),
                  noise(VMAF_PIX_FMT_YUV420P, 2, kConstantLuminance)),
            20)
      << "samples are compared";
}

TEST(Conversions, AreInJsonReports) {
  VmafContext* context = nullptr;
  ASSERT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
  const char* const sentences[] = {"a: full range to limited range"};
  EXPECT_EQ(vmaf_set_output_conversions(nullptr, sentences, 1), -EINVAL);
  EXPECT_EQ(vmaf_set_output_conversions(context, nullptr, 1), -EINVAL);
  EXPECT_EQ(vmaf_set_output_conversions(context, nullptr, 0), 0);
  ASSERT_EQ(vmaf_set_output_conversions(context, sentences, 1), 0);
  std::string json;
  const auto append = [](void* user, const char* text, size_t size) {
    static_cast<std::string*>(user)->append(text, size);
  };
  EXPECT_EQ(vmaf_output_text(context, VMAF_OUTPUT_FORMAT_JSON, append, &json), 0);
  EXPECT_NE(json.find("\"conversions\": [\n    \"a: full range to limited range\"\n  ]"),
            std::string::npos)
      << json;
  EXPECT_EQ(vmaf_close(context), 0);
}

TEST(DamagedFrames, AreInJsonReportsAndLeftOutOfStatistics) {
  VmafContext* context = nullptr;
  ASSERT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
  ASSERT_EQ(vmaf_use_feature(context, "psnr", nullptr), 0);
  for (const unsigned frame : {0u, 1u, 2u}) {
    VmafPicture a = noise(VMAF_PIX_FMT_YUV400P, 1, {2, 2, VMAF_COLOR_RANGE_LIMITED}),
                b = noise(VMAF_PIX_FMT_YUV400P, frame == 1 ? 2 : 1,
                          {2, 2, VMAF_COLOR_RANGE_LIMITED});
    ASSERT_EQ(vmaf_read_pictures(context, &a, &b, frame), 0);
  }
  ASSERT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
  const unsigned frames[] = {1};
  EXPECT_EQ(vmaf_set_output_damaged(nullptr, frames, 1, 0), -EINVAL);
  EXPECT_EQ(vmaf_set_output_damaged(context, nullptr, 1, 0), -EINVAL);
  const auto json = [&](int left_out) {
    EXPECT_EQ(vmaf_set_output_damaged(context, frames, 1, left_out), 0);
    std::string text;
    const auto append = [](void* user, const char* part, size_t size) {
      static_cast<std::string*>(user)->append(part, size);
    };
    EXPECT_EQ(vmaf_output_text(context, VMAF_OUTPUT_FORMAT_JSON, append, &text), 0);
    return text;
  };
  EXPECT_NE(json(0).find("\"damaged_frames\": [1]"), std::string::npos);
  EXPECT_EQ(json(0).find("\"mean\": 60.000000"), std::string::npos);
  EXPECT_NE(json(1).find("\"damaged_frames\": [1]"), std::string::npos);
  EXPECT_NE(json(1).find("\"mean\": 60.000000"), std::string::npos);
  EXPECT_EQ(vmaf_set_output_damaged(context, nullptr, 0, 0), 0);
  EXPECT_EQ(vmaf_close(context), 0);
}

}  // namespace
