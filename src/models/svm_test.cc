// Support vector machines and models by hand, and the sentences of broken ones.
#include "models/svm.h"

#include <array>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/vmaf_model.h"

namespace visq {
namespace {

using Json = nlohmann::json;

constexpr const char* kHeader = "svm_type nu_svr\nkernel_type rbf\ngamma 0.5\nrho 0.25\n";

std::string svm_text(const std::string& rest) { return kHeader + rest; }

TEST(SvmPrediction, IsTheSumOfGaussiansLessRho) {
  const auto svm = Svm::parse(svm_text("total_sv 3\nSV\n2 1:1 2:-1 3:0.5\n-1.5 2:2\n0.5\n"), 3);
  ASSERT_TRUE(svm) << svm.error().message;
  EXPECT_EQ(svm->support_vectors(), 3u);
  EXPECT_EQ(svm->dimensions(), 3u);
  const double vectors[3][3] = {{1, -1, 0.5}, {0, 2, 0}, {0, 0, 0}},
               coefficients[] = {2, -1.5, 0.5};
  for (const auto& x : {std::array{0.0, 0.0, 0.0}, {1.0, -1.0, 0.5}, {3.0, 0.1, -2.0}}) {
    double expected = -0.25;
    for (std::size_t v = 0; v < 3; ++v)
      expected += coefficients[v] * std::exp(-0.5 * (std::pow(x[0] - vectors[v][0], 2) +
                                                     std::pow(x[1] - vectors[v][1], 2) +
                                                     std::pow(x[2] - vectors[v][2], 2)));
    EXPECT_NEAR(svm->predict(x), expected, 1e-14);
  }
  const std::array far{1e6, 1e6, 1e6};
  EXPECT_EQ(svm->predict(far), -0.25) << "no support vector is near";
}

TEST(SvmText, MayHaveTheLineEndsOfWindowsAndEmptyLines) {
  const auto svm = Svm::parse(
      "svm_type nu_svr\r\nkernel_type rbf\r\n\r\ngamma 1\r\nrho 0\r\ntotal_sv 1\r\nSV\r\n\r\n"
      "3  1:2 \r\n",
      1);
  ASSERT_TRUE(svm) << svm.error().message;
  EXPECT_DOUBLE_EQ(svm->predict(std::array{1.0}), 3 * std::exp(-1));
}

TEST(SvmText, SentencesNameTheLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"total_sv 1\nSV\nx 1:1\n", "support vector 1 of the SVM does not start with a number"},
      {"total_sv 2\nSV\n1 1:1\n2 3:1\n",
       "support vector 2 of the SVM has \"3:1\" where index:value with an index from 1 to 2 is "
       "expected"},
      {"total_sv 1\nSV\n1 0:1\n",
       "support vector 1 of the SVM has \"0:1\" where index:value with an index from 1 to 2 is "
       "expected"},
      {"total_sv 1\nSV\n1 1:1\n1 1:2\n", "the SVM has more support vectors than its total_sv"},
      {"total_sv 3\nSV\n1 1:1\n", "the SVM has 1 support vectors where its total_sv says 3"},
      {"gamma -1\n", "the SVM has a header line \"gamma -1\" that is unknown or out of range"},
      {"total_sv 0\n", "the SVM has a header line \"total_sv 0\" that is unknown or out of range"},
      {"degree 3\n", "the SVM has a header line \"degree 3\" that is unknown or out of range"},
      {"kernel_type linear\ntotal_sv 1\nSV\n1 1:1\n",
       "the SVM is not a nu_svr with an rbf kernel and a gamma"}};
  for (const auto& [rest, sentence] : cases) {
    const auto svm = Svm::parse(svm_text(rest), 2);
    ASSERT_FALSE(svm) << rest;
    EXPECT_EQ(svm.error().code, EINVAL);
    EXPECT_EQ(svm.error().message, sentence);
  }
}

Json model() {
  return {{"model_dict",
           {{"model_type", "LIBSVMNUSVR"},
            {"norm_type", "linear_rescale"},
            {"feature_names", {"a", "b"}},
            {"slopes", {0.5, 2.0, 1.0}},
            {"intercepts", {-1.0, 0.0, 0.25}},
            {"model", svm_text("total_sv 1\nSV\n1 1:1 2:0.5\n")}}}};
}

std::string sentence(const char* key, const Json& value) {
  Json changed = model();
  changed["model_dict"][key] = value;
  const auto models = parse_vmaf_model(changed.dump(), {});
  return models ? "none" : models.error().message;
}

TEST(ModelJson, EveryRefusalNamesItsKey) {
  EXPECT_EQ(sentence("model_type", "LIBSVMNUSVR"), "none");
  EXPECT_EQ(sentence("model_type", "X"), "\"model_type\" X is not supported");
  EXPECT_EQ(sentence("model_type", nullptr), "\"model_type\" must be a string");
  EXPECT_EQ(sentence("norm_type", "z"), "\"norm_type\" z is neither linear_rescale nor none");
  EXPECT_EQ(sentence("feature_names", Json::array()),
            "\"feature_names\" must be a list of 1 to 64 names");
  EXPECT_EQ(sentence("feature_names", {std::string(257, 'a'), "b"}),
            "\"feature_names\" must hold strings of at most 256 bytes");
  EXPECT_EQ(sentence("feature_opts_dicts", {Json::object()}),
            "\"feature_opts_dicts\" must be a list of 2 objects, one a feature");
  EXPECT_EQ(sentence("feature_opts_dicts", {1, 2}), "\"feature_opts_dicts\" must hold objects");
  EXPECT_EQ(sentence("slopes", {1, 2}), "\"slopes\" must be a list of 3 numbers");
  EXPECT_EQ(sentence("slopes", {0, 2, 3}),
            "the first of \"slopes\", which divides the output, is 0");
  EXPECT_EQ(sentence("intercepts", {1, 2, "3"}), "\"intercepts\" must hold finite numbers");
  EXPECT_EQ(sentence("score_clip", {1, 0}), "\"score_clip\" has a minimum above its maximum");
  EXPECT_EQ(sentence("score_transform", {{"enabled", 1}}), "\"enabled\" must be true or false");
  EXPECT_EQ(sentence("score_transform", {{"p1", "2"}}), "\"p1\" must hold finite numbers");
  EXPECT_EQ(sentence("score_transform", {{"knots", {{0, 1}}}}),
            "\"knots\" must be a list of 2 to 10 pairs");
  EXPECT_EQ(sentence("score_transform", {{"knots", {{0, 1}, {0, 2}}}}), "\"knots\" must ascend");
  EXPECT_EQ(sentence("chroma_correction_parameter", "x"),
            "\"chroma_correction_parameter\" must hold finite numbers");
  const auto members = parse_vmaf_model(Json{{"0", model()}, {"1", Json::object()}}.dump(), {});
  ASSERT_FALSE(members);
  EXPECT_EQ(members.error().message, "member \"1\": it has no object \"model_dict\"");
}

TEST(ModelJson, WithoutNormalisationTheSvmSeesTheScores) {
  Json plain = model();
  plain["model_dict"]["norm_type"] = "none";
  const auto models = parse_vmaf_model(plain.dump(), {});
  ASSERT_TRUE(models) << models.error().message;
  const double x = 0.3, y = -0.7;
  EXPECT_NEAR(models->front().raw(std::array{x, y}),
              std::exp(-0.5 * ((x - 1) * (x - 1) + (y - 0.5) * (y - 0.5))) - 0.25, 1e-15);
}

TEST(ModelJson, AClipWithoutChromaIsGivenWhatAdmSays) {
  Json corrected = model();
  corrected["model_dict"]["feature_names"] = {"speed_chroma_score", "adm3_score"};
  corrected["model_dict"]["chroma_correction_parameter"] = 0.5;
  const auto data = parse_vmaf_model(corrected.dump(), {})->front();
  const auto by_hand = [](double x, double y) {
    const double svm = std::exp(-0.5 * ((x - 1) * (x - 1) + (y - 0.5) * (y - 0.5))) - 0.25;
    return (svm + 1) / 0.5;
  };
  EXPECT_NEAR(data.raw(std::array{0.0, 0.8}), by_hand(2 * (0.5 * (1 - 0.8)), 0.8 + 0.25), 1e-14);
  EXPECT_NEAR(data.raw(std::array{0.1, 0.8}), by_hand(0.2, 0.8 + 0.25), 1e-14);
}

TEST(ScoreTransforms, ArePolynomialsThenKnotsThenSides) {
  const ScoreTransform polynomial{true, {1, 0.5, 0.25}, {}, false, false};
  EXPECT_DOUBLE_EQ(polynomial.apply(4), 1 + 2 + 4);
  const ScoreTransform then{true, {0, 2, {}}, {{0, 0}, {10, 5}, {20, 25}}, false, false};
  EXPECT_DOUBLE_EQ(then.apply(4), 4) << "the knots see 8";
  EXPECT_DOUBLE_EQ(then.apply(8), 5 + 0.6 * 20);
  EXPECT_DOUBLE_EQ((ScoreTransform{true, {0, 2, {}}, {}, true, false}.apply(4)), 4);
  EXPECT_DOUBLE_EQ((ScoreTransform{true, {0, 0.5, {}}, {}, false, true}.apply(4)), 4);
}

TEST(BootstrapStatistics, ThroughATransformTheDeviationHasItsSlope) {
  Json curved = model();
  curved["model_dict"]["score_transform"] = {{"enabled", true}, {"p1", 0.0}, {"p2", 0.5}};
  const auto data = parse_vmaf_model(curved.dump(), {})->front();
  std::vector<double> raw;
  for (int i = 0; i < 41; ++i) raw.push_back(10 + (i * 17 % 41) * 0.1);  // 10 to 14
  const double mean = std::accumulate(raw.begin(), raw.end(), 0.0) / 41;
  double squares = 0;
  for (const double score : raw) squares += (score - mean) * (score - mean);
  const BootstrapScore score = bootstrap_score(raw, data);
  EXPECT_NEAR(score.bagging, mean * mean / 2, 1e-10);
  EXPECT_NEAR(score.standard_deviation, std::sqrt(squares / 41) * mean, 1e-8)
      << "the slope of x^2 / 2 is x";
  EXPECT_NEAR(score.low, 10.1 * 10.1 / 2, 1e-10) << "2.5 % of 40 steps is one";
  EXPECT_NEAR(score.high, 13.9 * 13.9 / 2, 1e-10);
}

TEST(BootstrapStatistics, OfOneMemberHaveNoDeviation) {
  const BootstrapScore score = bootstrap_score({42}, parse_vmaf_model(model().dump(), {})->front());
  EXPECT_EQ(score.bagging, 42);
  EXPECT_EQ(score.standard_deviation, 0);
  EXPECT_EQ(score.low, 42);
  EXPECT_EQ(score.high, 42);
}

}  // namespace
}  // namespace visq
