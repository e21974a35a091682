// Options of every type at their limits, the names that they make, and whose features they are.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

constexpr std::string_view kSizes[] = {"256", "native"};
constexpr OptionInfo kInfos[] = {
    {.name = "rate", .type = OptionType::real, .value = 0.5, .min = -1, .max = 1, .in_name = true},
    {.name = "far", .type = OptionType::real, .value = 1, .max = kInfinity, .in_name = true},
    {.name = "steps",
     .type = OptionType::integer,
     .value = -2,
     .min = -5,
     .max = 5,
     .in_name = true},
    {.name = "resize",
     .type = OptionType::text,
     .text = "native",
     .in_name = true,
     .choices = kSizes,
     .named_by_value = true},
    {.name = "free", .alias = "f", .type = OptionType::text, .in_name = true},
    {.name = "off", .type = OptionType::boolean, .value = 1, .in_name = true},
    {.name = "maps", .type = OptionType::text, .role = OptionRole::map_folder}};

Result<Options> parse(const OptionStrings& given) {
  return Options::parse("sample", kInfos, given);
}

std::string suffix(const OptionStrings& given) { return parse(given).value().name_suffix(); }

std::string refusal(const OptionStrings& given) {
  const auto options = parse(given);
  return options ? "none" : options.error().message;
}

TEST(OptionLimits, BelongToTheRange) {
  EXPECT_EQ(parse({{"rate", "-1"}})->real("rate"), -1);
  EXPECT_EQ(parse({{"rate", "1e0"}})->real("rate"), 1);
  EXPECT_EQ(parse({{"far", "inf"}})->real("far"), kInfinity);
  EXPECT_EQ(parse({{"steps", "-5"}})->integer("steps"), -5);
  EXPECT_EQ(refusal({{"rate", "1.0000001"}}),
            "option rate of metric sample is a number from -1 to 1, not \"1.0000001\"");
  EXPECT_EQ(refusal({{"rate", "inf"}}),
            "option rate of metric sample is a number from -1 to 1, not \"inf\"");
  EXPECT_EQ(refusal({{"steps", "6"}}),
            "option steps of metric sample is a whole number from -5 to 5, not \"6\"");
  EXPECT_EQ(refusal({{"steps", "1.0"}}),
            "option steps of metric sample is a whole number from -5 to 5, not \"1.0\"");
  EXPECT_EQ(refusal({{"resize", ""}}),
            "option resize of metric sample is one of 256, native, not \"\"");
  EXPECT_EQ(refusal({{"off", "1"}}), "option off of metric sample is true or false, not \"1\"");
  EXPECT_EQ(refusal({{"free", "any thing"}}), "none");
  EXPECT_EQ(refusal({{"f", "1"}, {"off", "TRUE"}}),
            "option off of metric sample is true or false, not \"TRUE\"");
}

TEST(OptionLimits, AMetricWithoutOptionsSaysSo) {
  const auto options = Options::parse("bare", {}, {{"x", "1"}});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().message, "metric bare has no options, and got \"x\"");
}

TEST(OptionNames, AreMadeOfWhatDiffersAlone) {
  EXPECT_EQ(suffix({{"rate", "0.50"}, {"steps", "-2"}, {"resize", "native"}, {"off", "true"}}), "");
  EXPECT_EQ(suffix({{"resize", "256"}}), "_256") << "named by its value";
  EXPECT_EQ(suffix({{"off", "false"}}), "_off") << "a switch has no value";
  EXPECT_EQ(suffix({{"maps", "here"}}), "") << "where maps go is no part of a score";
  EXPECT_EQ(suffix({{"rate", "0.123456789"}}), "_rate_0.123457") << "as printf's %g";
  EXPECT_EQ(suffix({{"rate", "-0.00001"}, {"far", "1e20"}}), "_far_1e+20_rate_-1e-05");
  EXPECT_EQ(suffix({{"steps", "3"}, {"free", "x"}, {"resize", "256"}}), "_f_x_256_steps_3")
      << "sorted by the options' names, whatever they are called in the suffix";
}

TEST(OptionRoles, AModelFileIsNotLookedForWhereNoneIsNeeded) {
  Options options = parse({}).value();
  EXPECT_TRUE(options.find_model_files("sample", kInfos));
  EXPECT_EQ(options.text("maps"), "");
}

TEST(OptionRoles, TheFolderOfMapsIsFoundByItsRole) {
  Descriptor metric;
  metric.options = kInfos;
  ASSERT_NE(option_with_role(metric, OptionRole::map_folder), nullptr);
  EXPECT_EQ(option_with_role(metric, OptionRole::map_folder)->name, "maps");
  metric.options = metric.options.first(3);
  EXPECT_EQ(option_with_role(metric, OptionRole::map_folder), nullptr);
}

TEST(FeatureNames, WithoutAnAliasAreTheName) {
  constexpr FeatureInfo feature{.name = "x"};
  const Options plain = parse({}).value(), other = parse({{"resize", "256"}}).value();
  EXPECT_EQ(printed_name(feature, plain), "x");
  EXPECT_EQ(stored_name(feature, other), "x_256");
  constexpr FeatureInfo aliased{.name = "long", .alias = "short"};
  EXPECT_EQ(stored_name(aliased, plain), "long");
  EXPECT_EQ(stored_name(aliased, other), "short_256");
}

// What the registry promises to everybody who lists it.
TEST(MetricRegistry, OptionsAreExplainedAndHaveDefaultsOfTheirChoices) {
  for (const Descriptor* metric : all_metrics()) {
    EXPECT_EQ(find_metric(metric->name), metric);
    for (const OptionInfo& option : metric->options) {
      SCOPED_TRACE(std::string(metric->name) + " " + std::string(option.name));
      EXPECT_FALSE(option.help.empty());
      if (!option.choices.empty()) {
        EXPECT_EQ(std::count(option.choices.begin(), option.choices.end(), option.text), 1);
      }
      EXPECT_EQ(option.role == OptionRole::model_file, !option.places.empty());
    }
  }
  EXPECT_EQ(find_metric("no such metric"), nullptr);
}

TEST(MetricRegistry, InternalFeaturesAreNobodys) {
  for (const Descriptor* metric : all_metrics())
    for (const FeatureInfo& feature : metric->features) {
      const Descriptor* const found = find_metric_of_feature(feature.name);
      EXPECT_EQ(found, feature.role == FeatureRole::internal ? nullptr : metric) << feature.name;
    }
  EXPECT_EQ(find_metric_of_feature("no such feature"), nullptr);
}

TEST(Registry, NoMetricMakesAFeatureWithoutAName) {
  EXPECT_EQ(find_metric_of_feature(""), nullptr);
  EXPECT_EQ(find_metric(""), nullptr);
}

}  // namespace
}  // namespace visq
