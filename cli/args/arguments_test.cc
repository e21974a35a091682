// The words of the command line, and what becomes of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/args/settings.h"
#include "job/tiny_models.h"

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

std::string wrong(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  EXPECT_FALSE(parsed);
  return parsed ? "" : parsed.error().message;
}

std::string refusal(std::vector<const char*> words) {
  words.insert(words.begin(), {"-r", "a.y4m", "-d", "b.y4m"});
  return wrong(words);
}

TEST(Arguments, HyphensAreUnderscores) {
  EXPECT_EQ(settings({"--frame-cnt", "5"}).job.frame_count, 5u);
  EXPECT_EQ(settings({"--frame_skip-ref=7"}).job.skip_reference, 7u);
  EXPECT_TRUE(parse({"-r", "a", "-d", "b", "--no-prediction", "--feature=psnr"})
                  ->settings->job.models.empty());
}

TEST(Arguments, RawFormatNeedsAllFour) {
  const Settings s = settings({"-w", "640", "-h", "360", "-p", "422", "-b", "10"});
  EXPECT_EQ(s.job.raw->width, 640u);
  EXPECT_EQ(s.job.raw->height, 360u);
  EXPECT_EQ(s.job.raw->pixel_format, VMAF_PIX_FMT_YUV422P);
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
  EXPECT_EQ(settings({"--cpumask", "0x30"}).job.cpumask, 48u);
  EXPECT_EQ(settings({"-c", "-1"}).job.cpumask, ~std::uint64_t{0});
  EXPECT_NE(refusal({"--cpumask", "x"}).find("--cpumask"), std::string::npos);
}

TEST(Arguments, Precision) {
  EXPECT_EQ(settings({"--precision", "max"}).job.precision, -1);
  EXPECT_EQ(settings({"--precision", "9"}).job.precision, 9);
  EXPECT_EQ(settings({"--precision", "legacy"}).job.precision, 0);
  EXPECT_NE(refusal({"--precision", "99"}).find("1 to 17"), std::string::npos);
}

TEST(Arguments, FeaturesAndTheirParameters) {
  const Settings s = settings({"--feature", "psnr=enable_mse=true:min_sse=0.5", "--feature_params",
                               "psnr:enable_apsnr=true", "--feature_params", "lpips:compat=true"});
  ASSERT_EQ(s.job.features.size(), 3u);
  EXPECT_EQ(s.job.features[0].options.at("enable_apsnr"), "true")
      << "parameters go to the first of that name";
  EXPECT_EQ(s.job.features[1].options.at("min_sse"), "0.5");
  EXPECT_EQ(s.job.features[2].name, "lpips");
  EXPECT_NE(refusal({"--feature", "psnr=enable_mse"}).find("option=value"), std::string::npos);
  EXPECT_NE(refusal({"--feature", "=a=b"}).find("name"), std::string::npos);
}

TEST(Arguments, Models) {
  EXPECT_EQ(parse({"-r", "a", "-d", "b"})->settings->job.models[0].version, "vmaf_v0.6.1")
      << "the default";
  EXPECT_NE(refusal({"-m", "version=a", "-m", "version=b"}).find("two models"), std::string::npos);
}

TEST(Arguments, PresetsStandForModelsAndMetrics) {
  const auto aom = [](const char* version) {
    return parse({"-r", "a", "-d", "b", "--aom_ctc", version})->settings;
  };
  const Settings first = *aom("v1.0"), third = *aom("v3.0"), seventh = *aom("v7.0");
  EXPECT_EQ(first.job.models.size(), 2u);
  EXPECT_EQ(first.job.models[1].name, "vmaf_neg");
  EXPECT_EQ(first.job.features.size(), 5u);
  EXPECT_EQ(first.job.features[0].options.at("min_sse"), "0.5");
  EXPECT_FALSE(third.job.common_depth);
  EXPECT_EQ(third.job.features.back().name, "cambi");
  EXPECT_EQ(third.job.features[2].options.count("scale"), 0u);
  EXPECT_TRUE(seventh.job.common_depth);
  EXPECT_EQ(seventh.job.features[2].options.at("scale"), "1");
  EXPECT_EQ(parse({"-r", "a", "-d", "b", "--nflx-ctc", "v1.0"})->settings->job.models[0].version,
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

TEST(Arguments, AreReadWithEitherKindOfDash) {
  const auto parsed = parse({"-r",
                             "a",
                             "-d",
                             "b",
                             "--tiny-model",
                             "m.onnx",
                             "--tiny_model",
                             "id",
                             "--tiny-codec",
                             "x264",
                             "--tiny-preset",
                             "slow",
                             "--tiny-crf",
                             "23.5",
                             "--tiny-quant",
                             "int8",
                             "--tiny-device",
                             "cuda:1",
                             "--tiny-threads",
                             "3",
                             "--tiny-fp16",
                             "--tiny-model-verify",
                             "-n"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  const job::TinySettings& tiny = parsed->settings->job.tiny;
  EXPECT_EQ(tiny.models, (std::vector<std::string>{"m.onnx", "id"}));
  EXPECT_EQ(tiny.codec, "x264");
  EXPECT_EQ(tiny.preset, "slow");
  EXPECT_EQ(tiny.crf, 23.5);
  EXPECT_EQ(tiny.quant, "int8");
  EXPECT_TRUE(tiny.fp16 && tiny.verify);
  const auto config = job::dnn_config(tiny);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->device, VMAF_DNN_DEVICE_CUDA);
  EXPECT_EQ(config->device_index, 1);
  EXPECT_EQ(config->threads, 3);
  EXPECT_TRUE(parsed->settings->job.models.empty());
}

TEST(Arguments, WithoutAReferenceNothingThatNeedsOneIsAssumed) {
  const auto alone = parse({"-d", "b", "--no-reference", "--tiny-model", "nr"});
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_TRUE(alone->settings->job.models.empty()) << "no VMAF model";
  EXPECT_NE(wrong({"-d", "b"}).find("-r"), std::string::npos);
  EXPECT_NE(refusal({"--no-reference"}).find("leave out one"), std::string::npos);
  EXPECT_NE(wrong({"--no-reference", "--tiny-model", "nr"}).find("-d"), std::string::npos);
  EXPECT_NE(wrong({"-d", "b", "--no-reference"}).find("--tiny-model"), std::string::npos);
}

TEST(Arguments, NonsenseOfLearnedModelsIsRefused) {
  EXPECT_NE(refusal({"--tiny-crf", "high"}), "");
  EXPECT_NE(refusal({"--tiny-threads", "-1"}), "");
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
