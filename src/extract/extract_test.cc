#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

constexpr std::string_view kModes[] = {"fast", "slow"};
constexpr OptionInfo kOptions[] = {
    {.name = "on", .alias = "o", .help = "a switch", .type = OptionType::boolean, .in_name = true},
    {.name = "limit",
     .alias = "lim",
     .help = "a limit",
     .type = OptionType::real,
     .value = 100,
     .min = 1,
     .max = 100,
     .in_name = true},
    {.name = "count",
     .help = "a count",
     .type = OptionType::integer,
     .value = 3,
     .min = 0,
     .max = 10,
     .in_name = true},
    {.name = "mode",
     .alias = "m",
     .help = "a mode",
     .type = OptionType::text,
     .text = "fast",
     .in_name = true,
     .choices = kModes},
    {.name = "debug", .help = "not in names", .type = OptionType::boolean},
};

Result<Options> parse(const OptionStrings& given) {
  return Options::parse("sample", kOptions, given);
}

TEST(Options, HaveDefaults) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->boolean("on"));
  EXPECT_EQ(options->real("limit"), 100);
  EXPECT_EQ(options->integer("count"), 3);
  EXPECT_EQ(options->text("mode"), "fast");
  EXPECT_EQ(options->name_suffix(), "");
}

TEST(Options, NameWhatDiffersSortedByOption) {
  EXPECT_EQ(
      parse(
          {{"mode", "slow"}, {"on", "true"}, {"limit", "1.50"}, {"count", "7"}, {"debug", "true"}})
          ->name_suffix(),
      "_count_7_lim_1.5_m_slow_o");
  EXPECT_EQ(parse({{"limit", "100.0"}, {"debug", "true"}})->name_suffix(), "");
  EXPECT_EQ(parse({{"lim", "2"}})->name_suffix(), "_lim_2") << "an alias is a key too";
}

TEST(Options, RefuseWithTheRangeOrTheNearestName) {
  const std::pair<OptionStrings, const char*> kCases[] = {
      {{{"limit", "0.5"}}, "from 1 to 100"},
      {{{"limit", "nan"}}, "from 1 to 100"},
      {{{"limit", "1x"}}, "from 1 to 100"},
      {{{"limit", ""}}, "from 1 to 100"},
      {{{"count", "11"}}, "from 0 to 10"},
      {{{"count", "99999999999999999999"}}, "from 0 to 10"},
      {{{"on", "yes"}}, "true or false"},
      {{{"mode", "medium"}}, "fast, slow"},
      {{{"limt", "2"}}, "did you mean \"limit\""},
      {{{"zzzzzz", "2"}}, "it has on, limit"}};
  for (const auto& [given, part] : kCases) {
    const auto options = parse(given);
    ASSERT_FALSE(options) << part;
    EXPECT_EQ(options.error().kind, ErrorKind::usage);
    EXPECT_NE(options.error().message.find(part), std::string::npos) << options.error().message;
    EXPECT_NE(options.error().message.find("sample"), std::string::npos);
  }
}

// libvmaf declares such ranges (cambi's enc_width, float_adm's adm_skip_aim_scale), where it takes
// the default from who gives nothing and refuses it from who gives it.
TEST(Options, TakeADefaultOutsideOfTheRangeAndNothingElseThere) {
  constexpr OptionInfo kWidth[] = {
      {.name = "width", .type = OptionType::integer, .min = 180, .max = 7680, .in_name = true},
      {.name = "rate", .type = OptionType::real, .value = -1, .min = 0.5, .max = 2}};
  const auto options = Options::parse("sample", kWidth, {{"width", "0"}, {"rate", "-1.0"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->integer("width"), 0);
  EXPECT_EQ(options->real("rate"), -1);
  EXPECT_EQ(options->name_suffix(), "");
  const std::pair<OptionStrings, const char*> kRefused[] = {
      {{{"width", "1"}}, "0 or a whole number from 180 to 7680, not \"1\""},
      {{{"width", "179"}}, "0 or a whole number from 180 to 7680"},
      {{{"rate", "0"}}, "-1 or a number from 0.5 to 2"},
      {{{"rate", "nan"}}, "-1 or a number from 0.5 to 2"}};
  for (const auto& [given, part] : kRefused) {
    const auto refused = Options::parse("sample", kWidth, given);
    ASSERT_FALSE(refused) << part;
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
}

TEST(Options, ModelFilesThatAreNotGivenComeFromTheEnvironment) {
  constexpr const char* kVariable = "VISQ_EXTRACT_TEST_MODEL_PATH";
  static constexpr ModelPlace kPlaces[] = {
      {.store_file = "tiny/sample.onnx", .environment = kVariable}};
  constexpr OptionInfo kNetwork[] = {{.name = "network",
                                      .type = OptionType::text,
                                      .role = OptionRole::model_file,
                                      .places = kPlaces}};
  const auto found = [&](const OptionStrings& given) -> Result<std::string> {
    VISQ_ASSIGN(Options options, Options::parse("sample", kNetwork, given));
    VISQ_TRY(options.find_model_files("sample", kNetwork));
    return options.text("network");
  };
  for (const char* nothing : {"", static_cast<const char*>(nullptr)}) {
    if (nothing == nullptr)
      unsetenv(kVariable);
    else
      setenv(kVariable, nothing, 1);
    const auto missing = found({});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, EINVAL);
    EXPECT_EQ(missing.error().kind, ErrorKind::model);
    EXPECT_EQ(missing.error().message,
              "metric sample needs its model: name the ONNX file with the option network or the "
              "environment variable VISQ_EXTRACT_TEST_MODEL_PATH");
  }
  setenv(kVariable, "there.onnx", 1);
  EXPECT_EQ(found({}).value(), "there.onnx");
  EXPECT_EQ(found({{"network", "here.onnx"}}).value(), "here.onnx") << "the option wins";
  unsetenv(kVariable);
}

TEST(Names, StoredAndPrinted) {
  constexpr FeatureInfo feature{.name = "VMAF_integer_feature_x_score", .alias = "integer_x"};
  EXPECT_EQ(stored_name(feature, *parse({})), "VMAF_integer_feature_x_score");
  EXPECT_EQ(printed_name(feature, *parse({})), "integer_x");
  EXPECT_EQ(stored_name(feature, *parse({{"limit", "1"}})), "integer_x_lim_1");
  constexpr FeatureInfo fixed{.name = "x", .keeps_name = true};
  EXPECT_EQ(stored_name(fixed, *parse({{"limit", "1"}})), "x");
  EXPECT_EQ(printed_name(fixed, *parse({{"limit", "1"}})), "x");
}

}  // namespace
}  // namespace visq
