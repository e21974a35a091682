// The words of the command line, and what becomes of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/args/settings.h"

namespace visq::cli {
namespace {

Result<Parsed> parse(const std::vector<const char*>& words) {
  std::vector<const char*> argv{"vmaf"};
  argv.insert(argv.end(), words.begin(), words.end());
  return parse_arguments(static_cast<int>(argv.size()), argv.data());
}

Settings settings(std::vector<const char*> words) {
  words.insert(words.begin(), {"-r", "a.y4m", "-d", "b.y4m", "-n", "--feature", "psnr"});
  const auto parsed = parse(words);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed->settings : Settings{};
}

std::string refusal(std::vector<const char*> words) {
  words.insert(words.begin(), {"-r", "a.y4m", "-d", "b.y4m"});
  const auto parsed = parse(words);
  EXPECT_FALSE(parsed);
  return parsed ? "" : parsed.error().message;
}

TEST(Arguments, HyphensAreUnderscores) {
  EXPECT_EQ(settings({"--frame-cnt", "5"}).frame_count, 5u);
  EXPECT_EQ(settings({"--frame_skip-ref=7"}).skip_reference, 7u);
  EXPECT_TRUE(
      parse({"-r", "a", "-d", "b", "--no-prediction", "--feature=psnr"})->settings->models.empty());
}

TEST(Arguments, RawFormatNeedsAllFour) {
  const Settings s = settings({"-w", "640", "-h", "360", "-p", "422", "-b", "10"});
  EXPECT_EQ(s.raw->width, 640u);
  EXPECT_EQ(s.raw->height, 360u);
  EXPECT_EQ(s.raw->pixel_format, VMAF_PIX_FMT_YUV422P);
  EXPECT_NE(refusal({"-w", "640"}).find("all of"), std::string::npos);
  EXPECT_NE(refusal({"-w", "640", "-h", "360", "-p", "421", "-b", "8"}).find("421"),
            std::string::npos);
  EXPECT_NE(refusal({"-w", "640", "-h", "360", "-p", "420", "-b", "7"}).find("7"),
            std::string::npos);
}

TEST(Arguments, OutputFormat) {
  EXPECT_EQ(settings({"-o", "x.json"}).format, VMAF_OUTPUT_FORMAT_JSON);
  EXPECT_EQ(settings({"-o", "x.txt"}).format, VMAF_OUTPUT_FORMAT_XML);
  EXPECT_EQ(settings({"-o", "x.json", "--csv"}).format, VMAF_OUTPUT_FORMAT_CSV);
  EXPECT_EQ(settings({"--json", "--sub", "-o", "x.csv"}).format, VMAF_OUTPUT_FORMAT_SUB)
      << "the last flag wins";
}

TEST(Arguments, MasksInEveryBase) {
  EXPECT_EQ(settings({"--cpumask", "0x30"}).cpumask, 48u);
  EXPECT_EQ(settings({"-c", "-1"}).cpumask, ~std::uint64_t{0});
  EXPECT_NE(refusal({"--cpumask", "x"}).find("--cpumask"), std::string::npos);
}

TEST(Arguments, Precision) {
  EXPECT_EQ(settings({"--precision", "max"}).precision, -1);
  EXPECT_EQ(settings({"--precision", "9"}).precision, 9);
  EXPECT_EQ(settings({"--precision", "legacy"}).precision, 0);
  EXPECT_NE(refusal({"--precision", "99"}).find("1 to 17"), std::string::npos);
}

TEST(Arguments, FeaturesAndTheirParameters) {
  const Settings s = settings({"--feature", "psnr=enable_mse=true:min_sse=0.5", "--feature_params",
                               "psnr:enable_apsnr=true", "--feature_params", "lpips:compat=true"});
  ASSERT_EQ(s.features.size(), 3u);
  EXPECT_EQ(s.features[0].options.at("enable_apsnr"), "true")
      << "parameters go to the first of that name";
  EXPECT_EQ(s.features[1].options.at("min_sse"), "0.5");
  EXPECT_EQ(s.features[2].name, "lpips");
  EXPECT_NE(refusal({"--feature", "psnr=enable_mse"}).find("option=value"), std::string::npos);
  EXPECT_NE(refusal({"--feature", "=a=b"}).find("name"), std::string::npos);
}

TEST(Arguments, Models) {
  const auto spec = parse_model_spec(
      "version=v:name=neg:disable_clip:enable_transform=true:vif.vif_enhn_gain_limit=1.0");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "neg");
  EXPECT_EQ(spec->flags, VMAF_MODEL_FLAG_DISABLE_CLIP | VMAF_MODEL_FLAG_ENABLE_TRANSFORM);
  EXPECT_EQ(spec->overloads[0].name, "vif");
  EXPECT_EQ(spec->overloads[0].options.at("vif_enhn_gain_limit"), "1.0");
  EXPECT_EQ(parse({"-r", "a", "-d", "b"})->settings->models[0].version, "vmaf_v0.6.1")
      << "the default";
  for (const char* bad : {"", "name=x", "version=a:path=b", "version=a:what",
                          "version=a:disable_clip=maybe", "version=a:name="})
    EXPECT_FALSE(parse_model_spec(bad)) << bad;
  EXPECT_NE(refusal({"-m", "version=a", "-m", "version=b"}).find("two models"), std::string::npos);
}

TEST(Arguments, PresetsStandForModelsAndMetrics) {
  const auto aom = [](const char* version) {
    return parse({"-r", "a", "-d", "b", "--aom_ctc", version})->settings;
  };
  const Settings first = *aom("v1.0"), third = *aom("v3.0"), seventh = *aom("v7.0");
  EXPECT_EQ(first.models.size(), 2u);
  EXPECT_EQ(first.models[1].name, "vmaf_neg");
  EXPECT_EQ(first.features.size(), 5u);
  EXPECT_EQ(first.features[0].options.at("min_sse"), "0.5");
  EXPECT_FALSE(third.common_depth);
  EXPECT_EQ(third.features.back().name, "cambi");
  EXPECT_EQ(third.features[2].options.count("scale"), 0u);
  EXPECT_TRUE(seventh.common_depth);
  EXPECT_EQ(seventh.features[2].options.at("scale"), "1");
  EXPECT_EQ(parse({"-r", "a", "-d", "b", "--nflx-ctc", "v1.0"})->settings->models[0].version,
            "vmaf_4k_v0.6.1");
  EXPECT_NE(refusal({"--aom_ctc", "v8.0"}).find("v6.0, v7.0"), std::string::npos);
  EXPECT_NE(refusal({"--nflx_ctc", "proposed"}).find("v1.0"), std::string::npos);
}

TEST(Arguments, WhatIsMissingOrUnknown) {
  EXPECT_NE(parse({"-r", "a"}).error().message.find("distorted"), std::string::npos);
  EXPECT_NE(refusal({"-n"}).find("--feature"), std::string::npos);
  EXPECT_FALSE(refusal({"--what"}).empty());
  EXPECT_FALSE(refusal({"--threads", "x"}).empty());
  EXPECT_FALSE(refusal({"--threads", "5000"}).empty());
  EXPECT_NE(parse({"-r", "-", "-d", "-", "-n", "--feature", "psnr"})
                .error()
                .message.find("standard input"),
            std::string::npos);
}

TEST(Arguments, HelpListsEveryMetricAndExitCode) {
  const auto parsed = parse({"--help"});
  ASSERT_TRUE(parsed);
  for (const char* part :
       {"psnr_y", "enable_apsnr", "lpips", "--frame_skip_dist", "4 processing", "-h,--height"})
    EXPECT_NE(parsed->text.find(part), std::string::npos) << part;
  EXPECT_EQ(parse({"--list-devices"})->settings->task, Task::list_devices) << "needs no clips";
  EXPECT_EQ(parse({"--list-models"})->settings->task, Task::list_models);
  EXPECT_EQ(parse({"--verify_models", "--json"})->settings->task, Task::verify_models);
  EXPECT_NE(parse({"--version"})->text.find("visq"), std::string::npos);
}

}  // namespace
}  // namespace visq::cli
