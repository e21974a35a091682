#include "models/codec.h"

#include <cmath>

#include <gtest/gtest.h>

namespace visq {
namespace {

Sidecar version(int number) {
  Sidecar s;
  s.encoders = number == 2
                   ? std::vector<std::string>{"libx264",    "libx265",    "libsvtav1", "libvvenc",
                                              "libvpx-vp9", "h264_nvenc", "unknown"}
                   : std::vector<std::string>{"libx264", "libaom-av1", "libsvtav1"};
  s.encoder_version = number;
  return s;
}

CodecBlock block(const Sidecar& sidecar, const CodecContext& context) {
  const auto result = codec_block(sidecar, sidecar.encoders.size() + 2, context);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result.value_or(CodecBlock{});
}

Error refusal(const Sidecar& sidecar, const CodecContext& context) {
  const auto result = codec_block(sidecar, sidecar.encoders.size() + 2, context);
  return result ? Error{0, ""} : result.error();
}

TEST(Codec, NothingSaidIsTheUnknownSlot) {
  const CodecBlock b = block(version(2), {});
  EXPECT_EQ(b.values, (std::vector<float>{0, 0, 0, 0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(b.encoder, "unknown");
  EXPECT_TRUE(b.warnings.empty());
}

TEST(Codec, WithoutSuchASlotItIsZerosAndAWarning) {
  const CodecBlock b = block(version(3), {});
  EXPECT_EQ(b.values, (std::vector<float>(5, 0)));
  EXPECT_EQ(b.encoder, "");
  ASSERT_EQ(b.warnings.size(), 1u);
}

TEST(Codec, AliasesMeanTheEncodersOfTheVocabulary) {
  const std::pair<const char*, const char*> aliases[] = {
      {"h264", "libx264"},   {"x264", "libx264"},         {"hevc", "libx265"},
      {"x265", "libx265"},   {"av1", "libsvtav1"},        {"vvc", "libvvenc"},
      {"vp9", "libvpx-vp9"}, {"h264_nvenc", "h264_nvenc"}};
  for (const auto& [alias, encoder] : aliases)
    EXPECT_EQ(block(version(2), {alias, "5", 20}).encoder, encoder);
  EXPECT_EQ(block(version(3), {"av1", "5", 20}).encoder, "libsvtav1");
}

TEST(Codec, PresetsOfVersion2AreOrdinalsOver9) {
  const auto norm = [](const char* codec, const char* preset) {
    return block(version(2), {codec, preset, 20}).preset_norm * 9;
  };
  double ordinal = 0;
  for (const char* preset : {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium",
                             "slow", "slower", "veryslow", "placebo"})
    EXPECT_DOUBLE_EQ(norm("libx264", preset), ordinal++) << preset;
  EXPECT_DOUBLE_EQ(norm("libsvtav1", "4"), 4);
  EXPECT_DOUBLE_EQ(norm("libsvtav1", "12"), 9);
  EXPECT_DOUBLE_EQ(norm("libvvenc", "faster"), 1);
  EXPECT_DOUBLE_EQ(norm("libvvenc", "fast"), 3);
  EXPECT_DOUBLE_EQ(norm("libvvenc", "slow"), 7);
  EXPECT_DOUBLE_EQ(norm("libvvenc", "slower"), 8);
  EXPECT_DOUBLE_EQ(norm("libvpx-vp9", "realtime"), 0);
  EXPECT_DOUBLE_EQ(norm("libvpx-vp9", "good"), 5);
  EXPECT_DOUBLE_EQ(norm("libvpx-vp9", "best"), 9);
  const double nvenc[] = {0, 2, 3, 5, 6, 7, 9};
  for (int p = 1; p <= 7; ++p)
    EXPECT_DOUBLE_EQ(norm("h264_nvenc", ("p" + std::to_string(p)).c_str()), nvenc[p - 1]);
}

TEST(Codec, CrfIsNormalisedAsTheModelWasTrained) {
  EXPECT_DOUBLE_EQ(block(version(2), {"libx264", "medium", 28}).crf_norm, 28.0 / 63);
  EXPECT_DOUBLE_EQ(block(version(3), {"libx264", "medium", 28}).crf_norm, 9.0 / 18);
  EXPECT_DOUBLE_EQ(block(version(3), {"libx264", "slow", 28}).preset_norm, 0.5);
  Sidecar ensemble = version(2);
  ensemble.crf_range = {19, 37};
  EXPECT_DOUBLE_EQ(block(ensemble, {"libx264", "medium", 28}).crf_norm, 9.0 / 18);
  EXPECT_DOUBLE_EQ(block(ensemble, {"libx264", "medium", 28}).preset_norm, 5.0 / 9);
}

TEST(Codec, WhatTheModelDoesNotKnowIsAnErrorThatListsWhatItKnows) {
  EXPECT_NE(
      refusal(version(2), {"theora", "medium", 28})
          .message.find("libx264, libx265, libsvtav1, libvvenc, libvpx-vp9, h264_nvenc, unknown"),
      std::string::npos);
  EXPECT_NE(
      refusal(version(2), {"libx264", "p4", 28}).message.find("ultrafast, superfast, veryfast"),
      std::string::npos);
  EXPECT_NE(
      refusal(version(2), {"h264_nvenc", "medium", 28}).message.find("p1, p2, p3, p4, p5, p6, p7"),
      std::string::npos);
  EXPECT_NE(refusal(version(2), {"libsvtav1", "medium", 28}).message.find("numbers from 0 to 13"),
            std::string::npos);
  EXPECT_NE(refusal(version(2), {"libx264", "medium", 64}).message.find("it knows 0 to 63"),
            std::string::npos);
  EXPECT_NE(refusal(version(3), {"libx264", "medium", 18}).message.find("it knows 19 to 37"),
            std::string::npos);
  EXPECT_EQ(refusal(version(3), {"libx264", "p4", 20}).code, EINVAL);
  EXPECT_EQ(refusal(version(3), {"vvc", "medium", 20}).code, EINVAL);
  for (const CodecContext& context : {CodecContext{"libx264", "10", 20},
                                      {"libx264", "-1", 20},
                                      {"libx264", "nan", 20},
                                      {"libx264", "medium", NAN},
                                      {"", "medium", {}},
                                      {"", "", 20}})
    EXPECT_EQ(refusal(version(2), context).code, EINVAL) << context.preset;
}

TEST(Codec, APlaceThatIsLeftOutIsWarnedOf) {
  EXPECT_EQ(block(version(2), {"libx264", "", {}}).warnings.size(), 2u);
  EXPECT_EQ(block(version(3), {"libx264", "", 20}).warnings.size(), 0u)
      << "whose preset is always 0.5";
}

TEST(Codec, TheLayoutDecidesWhatStandsWhere) {
  Sidecar s = version(2);
  s.codec_layout = {"crf_norm", "encoder_onehot[libx265]", "encoder_onehot[libx264]"};
  const auto swapped = codec_block(s, 3, {"libx264", "medium", 63});
  ASSERT_TRUE(swapped);
  EXPECT_EQ(swapped->values, (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(codec_block(s, 4, {}).error().code, EBADMSG);
  s.codec_layout = {"bitrate"};
  EXPECT_EQ(codec_block(s, 1, {}).error().code, EBADMSG);
  EXPECT_EQ(codec_block(version(2), 7, {"x264", "medium", 20})->values,
            (std::vector<float>{1, 0, 0, 0, 0, 0, 0}))
      << "one-hot alone";
  EXPECT_EQ(codec_block(Sidecar{}, 0, {}).error().code, EBADMSG);
}

}  // namespace
}  // namespace visq
