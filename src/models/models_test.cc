#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/vmaf_score_model.h"

namespace visq {
namespace {

using Json = nlohmann::json;

// Two features, two support vectors: small enough to do by hand.
Json sample_model() {
  return {
      {"model_dict",
       {{"model_type", "LIBSVMNUSVR"},
        {"norm_type", "linear_rescale"},
        {"feature_names", {"a", "b"}},
        {"feature_opts_dicts", {{{"limit", 1.0}, {"on", true}}, Json::object()}},
        {"slopes", {0.5, 2.0, 1.0}},
        {"intercepts", {-1.0, 0.0, 0.25}},
        {"score_clip", {0.0, 10.0}},
        {"score_transform", {{"p0", 1.0}, {"p1", 2.0}, {"p2", nullptr}, {"out_gte_in", "true"}}},
        {"model",
         "svm_type nu_svr\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho -0.25\nSV\n1 "
         "1:1 2:0.5 \n-2 2:1 \n"}}}};
}

Result<std::vector<VmafModelData>> parse(const Json& json, const ModelSettings& settings = {}) {
  return parse_vmaf_model(json.dump(), settings);
}

double by_hand(double a, double b) {
  const double x = 2 * a, y = b + 0.25;
  const double output = std::exp(-0.5 * ((x - 1) * (x - 1) + (y - 0.5) * (y - 0.5))) -
                        2 * std::exp(-0.5 * (x * x + (y - 1) * (y - 1))) + 0.25;
  return (output + 1) / 0.5;
}

TEST(VmafModel, PredictsAsByHand) {
  const auto models = parse(sample_model());
  ASSERT_TRUE(models) << models.error().message;
  const VmafModelData& model = models->front();
  for (const auto& [a, b] : {std::pair{0.5, 0.25}, {0.1, 0.9}, {3.0, -1.0}}) {
    const double values[] = {a, b};
    EXPECT_NEAR(model.raw(values), by_hand(a, b), 1e-14);
    EXPECT_NEAR(model.predict(values), std::clamp(by_hand(a, b), 0.0, 10.0), 1e-14);
  }
  EXPECT_EQ(model.features[0].options.at("limit"), "1");
  EXPECT_EQ(model.features[0].options.at("on"), "true");
}

TEST(VmafModel, FlagsSwitchClipAndTransform) {
  EXPECT_EQ(parse(sample_model())->front().finish(50), 10);
  EXPECT_EQ(parse(sample_model(), {"m", true, false, false})->front().finish(50), 50);
  EXPECT_EQ(parse(sample_model(), {"m", true, true, false})->front().finish(50), 101);
  EXPECT_EQ(parse(sample_model(), {"m", true, true, false})->front().finish(-5), -5)
      << "out_gte_in";
  EXPECT_EQ(parse(sample_model(), {"m", true, true, true})->front().finish(50), 50);
}

TEST(VmafModel, KnotsAreInterpolatedAndExtrapolated) {
  Json json = sample_model();
  json["model_dict"]["score_transform"] = {{"enabled", true},
                                           {"knots", {{0, 0}, {10, 20}, {20, 20}, {30, 25}}}};
  const auto model = parse(json, {"m", true, false, false})->front();
  EXPECT_EQ(model.finish(5), 10);
  EXPECT_EQ(model.finish(-1), -2);
  EXPECT_EQ(model.finish(15), 20);
  EXPECT_EQ(model.finish(40), 30);
}

TEST(VmafModel, CollectionsNameTheirMembers) {
  const Json collection{{"0", sample_model()}, {"1", sample_model()}, {"2", sample_model()}};
  const auto models = parse(collection, {"bag", false, false, false});
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 3u);
  EXPECT_EQ((*models)[0].name, "bag");
  EXPECT_EQ((*models)[2].name, "bag_0002");
}

TEST(Bootstrap, MeanDeviationAndInterval) {
  const auto model = parse(sample_model())->front();
  const BootstrapScore score = bootstrap_score({1, 2, 3, 4, 5}, model);
  EXPECT_DOUBLE_EQ(score.bagging, 3);
  EXPECT_NEAR(score.standard_deviation, std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(score.low, 1.1, 1e-12);
  EXPECT_NEAR(score.high, 4.9, 1e-12);
}

TEST(Bootstrap, AModelScoresItsMembersAndWhatTheySayTogether) {
  Json other = sample_model();
  other["model_dict"]["feature_names"] = {"b", "c"};
  const Json collection{{"0", sample_model()}, {"1", sample_model()}, {"2", other}};
  const auto models = read_vmaf_models(collection.dump(), "x.json", {"bag", false, false, false});
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(models->main->outputs(), std::vector<std::string>{"bag"});
  ASSERT_NE(models->others, nullptr);
  EXPECT_EQ(models->others->outputs(),
            (std::vector<std::string>{"bag_0001", "bag_0002", "bag_bagging", "bag_stddev",
                                      "bag_ci_p95_lo", "bag_ci_p95_hi"}));
  const auto& inputs = models->others->inputs();
  ASSERT_EQ(inputs.size(), 4u) << "a and b of one; b, with other options, and c of the other";
  EXPECT_EQ(inputs[0].name, "a");
  EXPECT_EQ(inputs[3].name, "c");
  const double values[] = {0.5, 0.25, 0.1, 0.9};
  const auto scores = models->others->score(values).value();
  EXPECT_EQ(scores[0], models->main->score(std::span(values).first(2)).value()[0]);
  EXPECT_EQ(scores[1], 0) << "by_hand(0.1, 0.9) is less";
  const BootstrapScore all =
      bootstrap_score({by_hand(0.5, 0.25), by_hand(0.1, 0.9)}, models->main->data());
  EXPECT_NEAR(scores[2], all.bagging, 1e-12);
  EXPECT_NEAR(scores[5], all.high, 1e-12);
}

TEST(VmafModel, ErrorsNameTheFileAndAreOfTheModel) {
  const auto broken = read_vmaf_models("{", "x.json", {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "model x.json: it is not valid JSON");
  EXPECT_EQ(broken.error().kind, ErrorKind::model);
  EXPECT_EQ(load_vmaf_models("nowhere.json", {}).error().message,
            "there is no model file nowhere.json");
  EXPECT_EQ(builtin_vmaf_models("vmaf_v9", {}).error().kind, ErrorKind::model);
}

// Each change of a right model is refused with a sentence that names the place.
TEST(VmafModel, RefusesWhatIsBroken) {
  const std::pair<const char*, Json> kChanges[] = {
      {"model_type", "SOMETHING"},
      {"model_type", 3},
      {"norm_type", "z-score"},
      {"feature_names", Json::array()},
      {"feature_names", "a"},
      {"feature_names", {1, 2}},
      {"feature_opts_dicts", Json::array()},
      {"slopes", {0.0, 1.0, 1.0}},
      {"slopes", {1.0, 1.0}},
      {"slopes", {1.0, "x", 1.0}},
      {"intercepts", nullptr},
      {"score_clip", {10.0, 0.0}},
      {"score_transform", 5},
      {"model", 7},
      {"model", ""},
      {"model", "svm_type nu_svr\n"},
      {"model", "svm_type nu_svr\nkernel_type rbf\ngamma nan\n"},
      {"model", "svm_type c_svc\nkernel_type rbf\ngamma 1\ntotal_sv 1\nrho 0\nSV\n1 1:1\n"},
      {"model", "svm_type nu_svr\nkernel_type rbf\ngamma 1\ntotal_sv 1\nrho 0\nSV\n1 3:1\n"},
      {"model", "svm_type nu_svr\nkernel_type rbf\ngamma 1\ntotal_sv 1\nrho 0\nSV\n1 1:inf\n"},
      {"model", "svm_type nu_svr\nkernel_type rbf\ngamma 1\ntotal_sv 2\nrho 0\nSV\n1 1:1\n"},
      {"model",
       "svm_type nu_svr\nkernel_type rbf\ngamma 1\ntotal_sv 99999999999\nrho 0\nSV\n1 1:1\n"}};
  for (const auto& [key, value] : kChanges) {
    Json json = sample_model();
    json["model_dict"][key] = value;
    const auto models = parse(json);
    ASSERT_FALSE(models) << key << ": " << value;
    EXPECT_EQ(models.error().code, EINVAL);
    EXPECT_FALSE(models.error().message.empty());
  }
  for (const char* text : {"", "{", "[]", "{\"model_dict\": 3}", "null", "\xff\xfe"})
    EXPECT_FALSE(parse_vmaf_model(text, {})) << text;
}

}  // namespace
}  // namespace visq
