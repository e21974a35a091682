#include "job/bd_rate.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace visq::job {
namespace {

const std::vector<RatePoint> kCurve{{1e6, 60}, {2e6, 75}, {4e6, 85}, {8e6, 92}};

std::vector<RatePoint> scaled(double factor) {
  auto points = kCurve;
  for (RatePoint& p : points) p.rate *= factor;
  return points;
}

TEST(BdRate, OfACurveThatNeedsAFixedShareMore) {
  EXPECT_NEAR(*bd_rate(kCurve, scaled(1.25)).percent, 25, 1e-9);
  EXPECT_NEAR(*bd_rate(kCurve, scaled(0.5)).percent, -50, 1e-9);
  EXPECT_NEAR(*bd_rate(kCurve, kCurve).percent, 0, 1e-12);
}

// Quality = log2(rate): halfway points give the same curve.
TEST(BdRate, DoesNotDependOnWhereThePointsOfAStraightLineAre) {
  std::vector<RatePoint> a, b;
  for (const double q : {20., 21., 22., 23., 24.}) a.push_back({std::exp2(q), q});
  for (const double q : {20.5, 21.5, 22.5, 23.5, 24.5}) b.push_back({1.1 * std::exp2(q), q});
  EXPECT_NEAR(*bd_rate(a, b).percent, 10, 1e-6);
}

TEST(BdRate, OrderDoesNotMatter) {
  auto reversed = scaled(1.25);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_NEAR(*bd_rate(kCurve, reversed).percent, 25, 1e-9);
}

TEST(BdRate, IsNoWildNumber) {
  auto three = kCurve;
  three.pop_back();
  EXPECT_NE(bd_rate(kCurve, three).why_not.find("has 3 points"), std::string::npos);
  std::vector<RatePoint> better;
  for (const RatePoint& p : kCurve) better.push_back({p.rate, p.quality + 50});
  EXPECT_NE(bd_rate(kCurve, better).why_not.find("no range of quality in common"),
            std::string::npos);
  auto dented = kCurve;
  dented[2].quality = 70;
  EXPECT_NE(bd_rate(dented, kCurve).why_not.find("does not rise from 2000 to 4000"),
            std::string::npos);
  auto infinite = kCurve;
  infinite[3].quality = INFINITY;
  EXPECT_FALSE(bd_rate(kCurve, infinite).percent);
  EXPECT_FALSE(bd_rate({}, {}).percent);
}

TEST(Hull, LeavesOutWhatAnotherMixBeats) {
  EXPECT_EQ(rate_quality_hull({{8e6, 92}, {1e6, 60}, {2e6, 61}, {4e6, 85}, {9e6, 91}}),
            (std::vector<std::size_t>{1, 3, 0}));
  EXPECT_EQ(rate_quality_hull({{1e6, 60}}), (std::vector<std::size_t>{0}));
  EXPECT_TRUE(rate_quality_hull({}).empty());
}

}  // namespace
}  // namespace visq::job
