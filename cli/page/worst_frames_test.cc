#include "cli/page/worst_frames.h"

#include <cmath>

#include <gtest/gtest.h>

namespace visq::cli {
namespace {

std::vector<unsigned> frames(const std::vector<WorstFrame>& worst) {
  std::vector<unsigned> list;
  for (const WorstFrame& w : worst) list.push_back(w.frame);
  return list;
}

TEST(WorstFrames, AreTheLowestOrWhereLowerIsBetterTheHighest) {
  const std::vector<double> scores{5, 1, NAN, 9, 1, 7};
  EXPECT_EQ(frames(worst_of(scores, false, 3)), (std::vector<unsigned>{1, 4, 0}))
      << "of equal ones the first";
  EXPECT_EQ(frames(worst_of(scores, true, 2)), (std::vector<unsigned>{3, 5}));
  EXPECT_EQ(worst_of(scores, false, 99).size(), 5u) << "NaN is no score";
  EXPECT_TRUE(worst_of({}, false, 10).empty());
}

}  // namespace
}  // namespace visq::cli
