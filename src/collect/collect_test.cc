#include <gtest/gtest.h>

#include "collect/pool.h"

namespace visq {
namespace {

TEST(ScoreTable, KeepsTheFirstValue) {
  ScoreTable table;
  const auto column = table.column({"a", "a"});
  EXPECT_TRUE(table.set(column, 3, 1.5));
  EXPECT_EQ(table.set(column, 3, 2).error().code, EINVAL);
  EXPECT_EQ(table.get(column, 3), 1.5);
  EXPECT_FALSE(table.get(column, 2));
  EXPECT_FALSE(table.get(column, 4));
  EXPECT_EQ(table.set(column, ScoreTable::kMaxFrames, 1).error().code, EINVAL);
}

TEST(ScoreTable, ReportsInTheOrderOfPhases) {
  ScoreTable table;
  const auto model = table.column({"vmaf", "vmaf", ColumnPhase::model});
  const auto late = table.column({"late", "Late", ColumnPhase::derived});
  const auto first = table.column({"first", "First", ColumnPhase::frame});
  const auto hidden = table.column({"hidden", "", ColumnPhase::frame, false});
  table.column({"empty", "Empty"});
  for (const auto column : {model, late, first, hidden}) ASSERT_TRUE(table.set(column, 0, 1));
  const auto columns = table.reported_columns();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0].printed, "First");
  EXPECT_EQ(columns[1].printed, "Late");
  EXPECT_EQ(columns[2].printed, "vmaf");
  EXPECT_EQ(table.column({"first", "x"}), first) << "a name is one column";
}

TEST(Pool, TheFourMethods) {
  ScoreTable table;
  const auto column = table.column({"a", "a"});
  for (unsigned i = 0; i < 4; ++i) ASSERT_TRUE(table.set(column, i, i));  // 0 1 2 3
  EXPECT_EQ(*pool(table, column, PoolMethod::min, {1, 3}), 1);
  EXPECT_EQ(*pool(table, column, PoolMethod::max, {0, 2}), 2);
  EXPECT_EQ(*pool(table, column, PoolMethod::mean, {0, 3}), 1.5);
  EXPECT_DOUBLE_EQ(*pool(table, column, PoolMethod::harmonic_mean, {0, 3}),
                   4 / (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0) - 1);
}

TEST(Pool, LeavesOutWhatSubsamplingLeavesOut) {
  ScoreTable table;
  const auto column = table.column({"a", "a"});
  for (const unsigned i : {0u, 3u, 6u}) ASSERT_TRUE(table.set(column, i, i));
  EXPECT_EQ(*pool(table, column, PoolMethod::mean, {0, 6, 3}), 3);
  EXPECT_EQ(*pool(table, column, PoolMethod::min, {1, 6, 3}), 3)
      << "the low end need not be a scored frame";
  EXPECT_FALSE(pool(table, column, PoolMethod::mean, {1, 2, 3}));
  EXPECT_FALSE(pool(table, column, PoolMethod::mean, {0, 6}));
  EXPECT_FALSE(pool(table, column, PoolMethod::mean, {5, 4}));
}

}  // namespace
}  // namespace visq
