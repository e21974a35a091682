// Pooling where values are special, ranges have gaps and sentences tell.
#include "collect/pool.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

namespace visq {
namespace {

constexpr PoolMethod kMethods[] = {PoolMethod::min, PoolMethod::max, PoolMethod::mean,
                                   PoolMethod::harmonic_mean};

// One column; a NaN is a frame without a score.
struct Column1 {
  ScoreTable table;
  std::size_t id = table.column({"a", "a"});

  explicit Column1(const std::vector<double>& values) {
    for (unsigned i = 0; i < values.size(); ++i)
      if (!std::isnan(values[i])) (void)table.set(id, i, values[i]);
  }
  Result<double> pooled(PoolMethod method, FrameRange range) const {
    return pool(table, id, method, range);
  }
  std::string sentence(FrameRange range) const {
    return pooled(PoolMethod::mean, range).error().message;
  }
};

TEST(PoolValues, OneFrameIsItself) {
  const Column1 scores({7, 0.25, 93.5});
  for (const PoolMethod method : kMethods)
    EXPECT_NEAR(scores.pooled(method, {2, 2}).value(), 93.5, 1e-12);
}

TEST(PoolValues, MeansOfAllLengthsAreThoseOfLongDoubles) {
  std::vector<double> values;
  for (unsigned i = 0; i < 200; ++i) values.push_back(std::fmod(i * 37.77, 100));
  const Column1 scores(values);
  for (unsigned lo = 0; lo < 200; lo += 23)
    for (unsigned hi = lo; hi < 200; hi += 31) {
      long double sum = 0, reciprocals = 0;
      for (unsigned i = lo; i <= hi; ++i) {
        sum += values[i];
        reciprocals += 1 / (values[i] + 1.0L);
      }
      const long double count = hi - lo + 1;
      EXPECT_NEAR(scores.pooled(PoolMethod::mean, {lo, hi}).value(),
                  static_cast<double>(sum / count), 1e-11);
      EXPECT_NEAR(scores.pooled(PoolMethod::harmonic_mean, {lo, hi}).value(),
                  static_cast<double>(count / reciprocals - 1), 1e-11);
    }
}

TEST(PoolValues, InfinitiesAreScores) {
  const Column1 scores({1, INFINITY, 3});
  EXPECT_EQ(scores.pooled(PoolMethod::min, {0, 2}).value(), 1);
  EXPECT_EQ(scores.pooled(PoolMethod::max, {0, 2}).value(), INFINITY);
  EXPECT_EQ(scores.pooled(PoolMethod::mean, {0, 2}).value(), INFINITY);
  EXPECT_DOUBLE_EQ(scores.pooled(PoolMethod::harmonic_mean, {0, 2}).value(),
                   3 / (1 / 2.0 + 0 + 1 / 4.0) - 1)
      << "an infinite score adds nothing";
  EXPECT_EQ(scores.pooled(PoolMethod::harmonic_mean, {1, 1}).value(), INFINITY);
}

TEST(PoolValues, MinusOneHasNoHarmonicMeanButOne) {
  const Column1 scores({-1, 5});
  EXPECT_EQ(scores.pooled(PoolMethod::harmonic_mean, {0, 1}).value(), -1);
  EXPECT_EQ(scores.pooled(PoolMethod::mean, {0, 1}).value(), 2);
}

TEST(PoolRanges, SentencesNameFramesAndReasons) {
  const Column1 scores({1, NAN, 3});
  EXPECT_EQ(scores.sentence({2, 1}), "cannot pool frames 2 to 1: the first is after the last");
  EXPECT_EQ(scores.sentence({0, 2}), "cannot pool frames 0 to 2: frame 1 has no score");
  EXPECT_EQ(scores.sentence({2, 3}), "cannot pool frames 2 to 3: frame 3 has no score");
  EXPECT_EQ(scores.sentence({1, 3, 4}), "cannot pool frames 1 to 3: subsampling by 4 leaves none");
  EXPECT_EQ(scores.pooled(PoolMethod::mean, {0, 3, 2}).value(), 2) << "the gap is left out";
}

TEST(PoolRanges, MayEndWithTheLargestNumber) {
  constexpr unsigned kLast = std::numeric_limits<unsigned>::max();
  EXPECT_EQ(Column1({1}).sentence({kLast - 1, kLast, 1 << 20}),
            "cannot pool frames 4294967294 to 4294967295: subsampling by 1048576 leaves none");
}

TEST(PoolRanges, SubsamplingByNothingIsByOne) {
  const Column1 scores({1, 2, 6});
  EXPECT_EQ(scores.pooled(PoolMethod::mean, {0, 2, 0}).value(), 3);
}

TEST(PoolMethods, AnUnknownOneIsRefused) {
  const auto pooled = Column1({1}).pooled(static_cast<PoolMethod>(9), {0, 0});
  ASSERT_FALSE(pooled);
  EXPECT_EQ(pooled.error().code, EINVAL);
  EXPECT_EQ(pooled.error().message, "unknown pooling method");
}

TEST(ScoreTableColumns, SentencesNameTheFeatureAndTheFrame) {
  ScoreTable table;
  const auto a = table.column({"VMAF_a_score", "a"});
  ASSERT_TRUE(table.set(a, 5, 1));
  EXPECT_EQ(table.set(a, 5, 2).error().message,
            "feature \"VMAF_a_score\" has a score for frame 5 already and keeps it");
  EXPECT_EQ(table.set(a, 1u << 26, 2).error().message,
            "frame index 67108864 is too large: a clip has at most 67108864 frames");
}

TEST(ScoreTableColumns, AreFoundByTheirStoredNameAlone) {
  ScoreTable table;
  const auto a = table.column({"stored", "printed"});
  EXPECT_EQ(table.find("stored"), a);
  EXPECT_FALSE(table.find("printed"));
  EXPECT_FALSE(table.find(""));
}

TEST(ScoreTableColumns, HiddenOnesMakeNoFrames) {
  ScoreTable table;
  const auto shown = table.column({"shown", "shown"}),
             hidden = table.column({"hidden", "hidden", ColumnPhase::frame, false});
  EXPECT_EQ(table.frames(), 0u);
  ASSERT_TRUE(table.set(hidden, 9, 1));
  EXPECT_EQ(table.frames(), 0u);
  ASSERT_TRUE(table.set(shown, 3, 1));
  EXPECT_EQ(table.frames(), 4u);
  EXPECT_EQ(table.get(hidden, 9), 1);
}

TEST(ScoreTableColumns, TinyModelsComeBetweenFeaturesAndModels) {
  ScoreTable table;
  for (const auto& [name, phase] : {std::pair{"vmaf", ColumnPhase::model},
                                    {"tiny", ColumnPhase::tiny_model},
                                    {"second", ColumnPhase::frame},
                                    {"third", ColumnPhase::frame}})
    ASSERT_TRUE(table.set(table.column({name, name, phase}), 0, 1));
  std::string order;
  for (const auto& column : table.reported_columns()) order += column.printed + " ";
  EXPECT_EQ(order, "second third tiny vmaf ");
}

TEST(ScoreTableColumns, SayWhatIsGoodAndWhatWasAskedForInWhichOrder) {
  ScoreTable table;
  const auto read = table.column({"read", "Read"});
  const auto far =
      table.column({"far", "Far", ColumnPhase::frame, true, Direction::lower_is_better, "metres"});
  const auto near = table.column({"near", "Near"});
  for (const auto column : {near, far, near}) table.ask(column);
  ASSERT_TRUE(table.set(far, 0, 1));
  table.set_aggregate({"other", 1});
  table.set_aggregate({"all_far", 7, far});
  const auto columns = table.columns();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[read].asked, 0u) << "a model reads it";
  EXPECT_EQ(columns[near].asked, 1u) << "the first time counts";
  EXPECT_EQ(columns[far].asked, 2u);
  EXPECT_EQ(columns[far].direction, Direction::lower_is_better);
  EXPECT_EQ(columns[far].unit, "metres");
  EXPECT_EQ(columns[far].clip->name, "all_far");
  EXPECT_EQ(columns[far].clip->value, 7);
  EXPECT_FALSE(columns[near].clip);
  ASSERT_EQ(table.reported_columns().size(), 1u) << "the others have no value";
  EXPECT_EQ(table.reported_columns()[0].id, far);
}

TEST(ScoreTableAggregates, KeepTheirPlaceAndTheLastValue) {
  ScoreTable table;
  table.set_aggregate({"b", 1});
  table.set_aggregate({"a", 2});
  table.set_aggregate({"b", 3});
  std::string list;
  for (const ClipScore& score : table.aggregates())
    list += score.name + std::to_string(static_cast<int>(score.value)) + " ";
  EXPECT_EQ(list, "b3 a2 ");
}

TEST(ScoreTableThreads, EachFrameIsSetOnceWhoeverComesFirst) {
  ScoreTable table;
  std::atomic<int> kept = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto column = table.column({"same", "same"});
      for (unsigned i = 0; i < 500; ++i)
        if (table.set(column, i, t)) ++kept;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kept, 500);
  EXPECT_EQ(table.frames(), 500u);
  EXPECT_EQ(table.reported_columns().size(), 1u);
}

}  // namespace
}  // namespace visq
