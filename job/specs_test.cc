#include "job/specs.h"

#include <limits>

#include <gtest/gtest.h>

#include "job/presets.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

// A job to which an option was set.
Result<Job> with(const char* option, const std::string& value) {
  Job job;
  VISQ_TRY(text_option(option)->set(job, value));
  return job;
}

std::string refusal(const char* option, const std::string& value) {
  const auto job = with(option, value);
  return job ? "" : job.error().message;
}

TEST(Specs, Features) {
  const auto spec = parse_feature_spec("psnr=enable_mse=true:min_sse=0.5");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "psnr");
  EXPECT_EQ(spec->options, (OptionMap{{"enable_mse", "true"}, {"min_sse", "0.5"}}));
  EXPECT_TRUE(parse_feature_spec("psnr")->options.empty());
  EXPECT_EQ(parse_feature_spec("m=p=a=b")->options.at("p"), "a=b") << "the first = parts";
  for (const char* bad : {"", "=a=b", "psnr=", "psnr=a", "psnr=a=1:b", "psnr=:"}) {
    const auto refused = parse_feature_spec(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  }
}

TEST(Specs, Models) {
  const auto spec = parse_model_spec(
      "version=v:name=neg:disable_clip:enable_transform=true:vif.vif_enhn_gain_limit=1.0");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "neg");
  EXPECT_EQ(spec->label(), "v");
  EXPECT_EQ(parse_model_spec("path=a\\:b.json")->path, "a:b.json");
  EXPECT_EQ(model_part("a:b.json"), "a\\:b.json");
  for (const char* bad : {"", "name=x", "version=a:path=b", "version=a:what",
                          "version=a:disable_clip=maybe", "version=a:name="})
    EXPECT_FALSE(parse_model_spec(bad)) << bad;
}

TEST(Specs, AModelThatGoesBySizeIsWrittenInManyWays) {
  for (const char* text : {"auto", "version=auto", "version=\"auto\"", "version=x:version=auto",
                           "disable_clip:version=auto", "auto:vif.a=\"b:c\"", "auto:vif.a=b\\:c"}) {
    const auto spec = parse_model_spec(text);
    ASSERT_TRUE(spec) << text << ": " << spec.error().message;
    EXPECT_TRUE(spec->goes_by_size()) << text;
    EXPECT_EQ(spec->name, "vmaf_v0.6.1") << text;
    const auto large = model_for(*spec, 2160);
    ASSERT_TRUE(large) << text << ": " << large.error().message;
    EXPECT_EQ(large->version, "vmaf_4k_v0.6.1") << text;
    EXPECT_EQ(large->name, "vmaf_4k_v0.6.1") << text;
  }
  for (const char* text : {"auto:name=vmaf", "name=\"vmaf\":version=\"auto\""})
    EXPECT_EQ(model_for(*parse_model_spec(text), 2160)->name, "vmaf") << text;
  EXPECT_EQ(parse_model_spec("auto:name=x\\").error().message,
            "model \"auto:name=x\\\" ends with a backslash, and a part of it may not");
  EXPECT_EQ(parse_model_spec(std::string("auto\0:name=x", 12)).error().message,
            "model \"auto\" is followed by a NUL");
}

TEST(Specs, SizesAreWordsOrNumbers) {
  EXPECT_EQ(with("scale", "auto")->scale.mode, ScaleTo::largest);
  EXPECT_EQ(with("scale", "distorted")->scale.mode, ScaleTo::distorted);
  const auto sized = with("scale", "640x360");
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->scale.mode, ScaleTo::size);
  EXPECT_EQ(sized->scale.width, 640u);
  EXPECT_EQ(sized->scale.height, 360u);
  for (const char* bad : {"", "x", "640", "640x", "x360", "0x360", "640x0", "32769x1", "640x360x2",
                          "640x-1", "+640x360", " 640x360", "99999999999x1"})
    EXPECT_NE(refusal("scale", bad).find("WIDTHxHEIGHT"), std::string::npos) << bad;
}

TEST(Specs, FrameRatesAreNumbersOrFractions) {
  EXPECT_EQ(with("frame_rate", "25")->frame_rate.per_second(), 25);
  EXPECT_EQ(with("frame_rate", "29.97")->frame_rate.per_second(), 29.97);
  EXPECT_NEAR(with("frame_rate", "30000/1001")->frame_rate.per_second(), 29.97, 1e-3);
  EXPECT_NEAR(with("frame_rate", "30000:1001")->frame_rate.per_second(), 29.97, 1e-3);
  for (const char* bad :
       {"", "0", "-25", "25/0", "25/", "/25", "1e2", "nan", "inf", "10001", "25,0"})
    EXPECT_NE(refusal("frame_rate", bad).find("is not a rate"), std::string::npos) << bad;
  Job raw;
  ASSERT_TRUE(set_raw_format(raw, {64, 48, 8, "420"}));
  ASSERT_TRUE(text_option("frame_rate")->set(raw, "50"));
  EXPECT_EQ(raw.raw->rate.per_second(), 50) << "raw files have the rate that is given";
}

TEST(Specs, ThresholdsAreOfAScore) {
  const auto job = with("threshold", "integer_adm3_csf_2:-0.5");
  ASSERT_TRUE(job);
  ASSERT_EQ(job->thresholds.size(), 1u);
  EXPECT_EQ(job->thresholds[0].score, "integer_adm3_csf_2");
  EXPECT_EQ(job->thresholds[0].value, -0.5);
  for (const char* bad : {"", "vmaf", "vmaf:", ":70", "vmaf:70%", "vmaf:nan", "vmaf:inf"})
    EXPECT_NE(refusal("threshold", bad).find("is not SCORE:VALUE, such as vmaf:70"),
              std::string::npos)
        << bad;
}

TEST(Specs, MasksComeInSeveralBases) {
  EXPECT_EQ(with("cpumask", "48")->cpumask, 48u);
  EXPECT_EQ(with("cpumask", "0x30")->cpumask, 48u);
  EXPECT_EQ(with("cpumask", "-1")->cpumask, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(with("gpumask", "1")->gpumask, 1u);
  for (const char* bad : {"", "x", "0x", "--1", "1 ", "99999999999999999999"})
    EXPECT_NE(refusal("cpumask", bad).find("48, 0x30 or -1"), std::string::npos) << bad;
}

TEST(Specs, WordsAreListedWhenAnotherIsGiven) {
  EXPECT_EQ(refusal("scaler", "cubic"), "\"cubic\" is not bicubic, lanczos or bilinear");
  EXPECT_EQ(refusal("sync", "yes"), "\"yes\" is not auto");
  EXPECT_EQ(refusal("tiny_quant", "int4"), "\"int4\" is not none or int8");
  EXPECT_EQ(refusal("to_pixel_format", "400"), "\"400\" is not auto, 420, 422 or 444");
  EXPECT_TRUE(with("to_bitdepth", "auto")->common_depth);
  EXPECT_EQ(with("to_bitdepth", "12")->to_bits, 12u);
  EXPECT_NE(refusal("to_bitdepth", "11"), "");
  EXPECT_EQ(with("precision", "max")->precision, -1);
  EXPECT_EQ(with("precision", "17")->precision, 17);
  for (const char* bad : {"0", "18", "1.5", "min"})
    EXPECT_NE(refusal("precision", bad).find("1 to 17"), std::string::npos) << bad;
  for (const TextOption& option : text_options())
    for (const std::string_view choice : option.choices)
      EXPECT_TRUE(with(std::string(option.name).c_str(), std::string(choice)))
          << option.name << " " << choice;
  EXPECT_EQ(text_option("nothing"), nullptr);
}

TEST(Specs, RawFormatsAreWholeOrNotThere) {
  Job job;
  ASSERT_TRUE(set_raw_format(job, {}));
  EXPECT_FALSE(job.raw);
  job.spelling = Spelling::python;
  const Status incomplete = set_raw_format(job, {64, 0, 8, ""});
  ASSERT_FALSE(incomplete);
  EXPECT_EQ(incomplete.error().message,
            "raw .yuv input needs all of width, height, pixel_format and bitdepth: height, "
            "pixel_format is missing");
  EXPECT_FALSE(set_raw_format(job, {64, 48, 8, "411"}));
  EXPECT_FALSE(set_raw_format(job, {64, 48, 7, "420"}));
  EXPECT_FALSE(set_raw_format(job, {32769, 48, 8, "420"}));
  ASSERT_TRUE(set_raw_format(job, {64, 48, 10, "400"}));
  EXPECT_EQ(job.raw->pixel_format, VMAF_PIX_FMT_YUV400P);
}

TEST(Specs, OptionsAreSpelledAsTheirUsersWriteThem) {
  Job job;
  EXPECT_EQ(job.option("scale", "auto"), "--scale auto");
  EXPECT_EQ(job.option("shortest", "true"), "--shortest");
  EXPECT_EQ(job.option("scale"), "--scale");
  job.spelling = Spelling::python;
  EXPECT_EQ(job.option("scale", "auto"), "scale=\"auto\"");
  EXPECT_EQ(job.option("shortest", "true"), "shortest=True");
  EXPECT_EQ(job.option("scale"), "scale");
}

class SpecFiles : public test::InTempFolder {};

// VMAF's own models are .json files, too.
TEST_F(SpecFiles, TheManifestOfAnEnsembleIsATinyModel) {
  const auto named = [&](const std::string& name, const std::string& content) {
    const std::string path = write(name, content);
    Job job;
    EXPECT_TRUE(add_metric(job, path, {})) << path;
    EXPECT_EQ(job.models.size() + job.tiny.models.size(), 1u);
    return job.tiny.models == std::vector{path};
  };
  EXPECT_TRUE(named("ensemble.json", R"({"members": []})"));
  EXPECT_FALSE(named("svm.json", R"({"model_dict": {}})"));
  EXPECT_FALSE(named("list.json", R"(["members"])"));
  EXPECT_FALSE(named("nonsense.json", "members"));
  Job job;
  const Status refused = add_metric(job, write("e.json", R"({"members": []})"), {{"a", "b"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("e.json has no options"), std::string::npos);
}

TEST(Specs, AMetricGoesByAnyOfItsNames) {
  Job job;
  ASSERT_TRUE(add_metric(job, "vmaf", {{"name", "odd"}, {"disable_clip", "true"}}));
  ASSERT_TRUE(add_metric(job, "vmaf_v0.6.1", {}));
  ASSERT_TRUE(add_metric(job, "folder/model.json", {{"vif.vif_enhn_gain_limit", "1"}}));
  ASSERT_TRUE(add_metric(job, "version=v:name=n", {{"name", "m"}}));
  ASSERT_TRUE(add_metric(job, "folder/tiny.onnx", {}));
  ASSERT_TRUE(add_metric(job, "psnr=enable_mse=true", {{"enable_chroma", "false"}}));
  ASSERT_EQ(job.models.size(), 4u);
  EXPECT_EQ(job.models[0].version, "vmaf_v0.6.1");
  EXPECT_EQ(job.models[0].name, "odd");
  EXPECT_NE(job.models[0].text.find(":disable_clip=true"), std::string::npos);
  EXPECT_EQ(job.models[1].name, "vmaf_v0.6.1");
  EXPECT_EQ(job.models[2].path, "folder/model.json");
  EXPECT_EQ(job.models[2].name, "model");
  EXPECT_NE(job.models[2].text.find(":vif.vif_enhn_gain_limit=1"), std::string::npos);
  EXPECT_EQ(job.models[3].name, "m") << "an option outside the name wins";
  EXPECT_EQ(job.tiny.models, std::vector<std::string>{"folder/tiny.onnx"});
  EXPECT_EQ(job.features[0].options,
            (OptionMap{{"enable_mse", "true"}, {"enable_chroma", "false"}}));
  EXPECT_FALSE(add_metric(job, "folder/tiny.onnx", {{"crf", "3"}}));
  EXPECT_FALSE(add_metric(job, "vmaf", {{"clip", "true"}}));
  EXPECT_FALSE(add_metric(job, "psnr=enable_mse", {}));
}

TEST(Specs, WhatBelongsTogetherIsChecked) {
  Job job;
  job.reference = "a";
  job.distorted = {"b"};
  EXPECT_NE(check(job).error().message.find("nothing to score"), std::string::npos);
  job.features = {{"psnr", {}}};
  EXPECT_TRUE(check(job));
  Job scaler = job;
  scaler.scaler = io::Scaler::lanczos;
  EXPECT_NE(check(scaler).error().message.find("--scale, which asks for it"), std::string::npos);
  Job alone = job;
  alone.reference.clear();
  EXPECT_TRUE(check(alone));
  alone.sync = true;
  EXPECT_FALSE(check(alone)) << "nothing to be brought to";
  Job crf = job;
  crf.tiny.crf = 20;
  EXPECT_NE(check(crf).error().message.find("--tiny_codec"), std::string::npos);
}

TEST(Presets, AreSetsOfSpecsThatAreRead) {
  for (const std::string_view version : aom_versions()) {
    const auto preset = aom_ctc(std::string(version));
    ASSERT_TRUE(preset) << version;
    EXPECT_EQ(preset->common_depth, version >= "v6.0") << version;
    for (const std::string& text : preset->models) EXPECT_TRUE(parse_model_spec(text)) << text;
    for (const std::string& text : preset->features) EXPECT_TRUE(parse_feature_spec(text)) << text;
  }
  EXPECT_NE(aom_ctc("v8.0").error().message.find("v6.0, v7.0"), std::string::npos);
  EXPECT_FALSE(nflx_ctc("proposed"));
}

}  // namespace
}  // namespace visq::job
