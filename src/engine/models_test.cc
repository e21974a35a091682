// Models in an engine, on scores that were imported: when they are scored, and once.
#include <atomic>
#include <cerrno>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "engine/engine.h"

namespace visq {
namespace {

// The sum of its inputs, and twice that.
class Sum final : public ScoreModel {
 public:
  Sum(const std::string& name, const std::vector<std::string>& features, std::uint64_t id = 1)
      : ScoreModel(name, id) {
    for (const std::string& feature : features) inputs_.push_back({feature, {}});
    outputs_ = {name, name + "_twice"};
  }
  Result<std::vector<double>> score(std::span<const double> values) const override {
    ++scored;
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    return std::vector{sum, 2 * sum};
  }
  mutable std::atomic<int> scored = 0;
};

std::size_t import(Engine& engine, const std::string& name, unsigned frames) {
  const std::size_t column = engine.table().column({name, name});
  for (unsigned i = 0; i < frames; ++i) EXPECT_TRUE(engine.table().set(column, i, i + 1));
  return column;
}

void push_all(Engine& engine, unsigned frames) {
  for (unsigned i = 0; i < frames; ++i) {
    const PictureFormat format{PixelFormat::yuv400, 8, 16, 16};
    auto memory = allocate_picture(format, ChromaRounding::up);
    const auto picture =
        std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
    ASSERT_TRUE(engine.push(picture, picture, i));
  }
}

TEST(EngineModels, AreScoredWhenTheirFeaturesAreFinal) {
  Engine engine({.threads = 2, .subsample = 2, .log = {}});
  import(engine, "a", 6);
  import(engine, "b", 6);
  const auto model = std::make_shared<Sum>("sum", std::vector<std::string>{"a", "b"});
  ASSERT_TRUE(engine.use(std::shared_ptr<const ScoreModel>(model)));
  ASSERT_TRUE(engine.use(std::shared_ptr<const ScoreModel>(model))) << "the same one again";
  push_all(engine, 6);
  ASSERT_TRUE(engine.flush());
  EXPECT_EQ(model->scored, 3);
  EXPECT_EQ(*engine.score_at(*engine.table().find("sum"), 4), 10);
  EXPECT_EQ(*engine.score_at(*engine.table().find("sum_twice"), 2), 12);
  const auto left_out = engine.score_at(*engine.table().find("sum"), 3);
  ASSERT_FALSE(left_out);
  EXPECT_NE(left_out.error().message.find("subsampling"), std::string::npos);
}

TEST(EngineModels, AModelThatWasNotAddedIsScoredWhereItIsAskedFor) {
  Engine engine({});
  import(engine, "a", 3);
  const auto model = std::make_shared<Sum>("sum", std::vector<std::string>{"a"});
  ASSERT_TRUE(engine.use_features(*model));
  push_all(engine, 3);
  ASSERT_TRUE(engine.flush());
  EXPECT_EQ(model->scored, 0);
  const auto bound = engine.bind(model);
  ASSERT_TRUE(bound) << bound.error().message;
  ASSERT_TRUE(engine.score(*bound, 1));
  ASSERT_TRUE(engine.score(*bound, 1));
  EXPECT_EQ(model->scored, 1);
  EXPECT_EQ(engine.table().get(bound->outputs[0], 1), 2);
  EXPECT_FALSE(engine.table().get(bound->outputs[0], 0));
}

TEST(EngineModels, ScoresAreStoredOnceWhoeverAsks) {
  Engine engine({});
  import(engine, "a", 200);
  const auto model = std::make_shared<Sum>("sum", std::vector<std::string>{"a"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto bound = engine.bind(model);
      for (unsigned frame = 0; frame < 200; ++frame) EXPECT_TRUE(engine.score(*bound, frame));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(engine.table().get(*engine.table().find("sum_twice"), 199), 400);
}

TEST(EngineModels, AFrameWithoutTheFeatureIsAnErrorOfThatFrame) {
  Engine engine({});
  import(engine, "a", 2);
  ASSERT_TRUE(engine.use(std::shared_ptr<const ScoreModel>(
      std::make_shared<Sum>("sum", std::vector<std::string>{"a"}))));
  push_all(engine, 3);
  const Status flushed = engine.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().message, "frame 2, model sum: feature \"a\" has no score");
  EXPECT_EQ(engine.frames_complete(), 2u);
}

TEST(EngineModels, ANameBelongsToOneModel) {
  Engine engine({});
  import(engine, "a", 1);
  const auto use = [&](const std::string& name, const std::string& feature, std::uint64_t id) {
    const Status status = engine.use(std::shared_ptr<const ScoreModel>(
        std::make_shared<Sum>(name, std::vector<std::string>{feature}, id)));
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(use("m", "a", 1), "");
  EXPECT_NE(use("m", "a", 2).find("two models of this context are named \"m\""), std::string::npos);
  EXPECT_NE(use("a", "a", 3).find("this context has a feature \"a\" already"), std::string::npos);
  EXPECT_NE(use("x", "nothing", 4).find("which no metric of this build provides"),
            std::string::npos);
}

TEST(EngineModels, ScoresSayWhatIsBetterAndThatSomebodyAskedForThem) {
  Engine engine(EngineConfig{});
  import(engine, "f", 1);
  ASSERT_TRUE(engine.use(std::make_shared<Sum>("m_stddev", std::vector<std::string>{"f"})));
  const auto columns = engine.table().columns();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0].direction, Direction::descriptive) << "nobody said anything of it";
  EXPECT_EQ(columns[0].asked, 0u);
  EXPECT_EQ(columns[1].printed, "m_stddev");
  EXPECT_EQ(columns[1].direction, Direction::descriptive) << "a spread is no quality";
  EXPECT_EQ(columns[2].direction, Direction::higher_is_better);
  EXPECT_EQ(columns[1].asked, 1u);
  EXPECT_EQ(columns[2].asked, 2u);
}

}  // namespace
}  // namespace visq
