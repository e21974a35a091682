// Models that never end, or grow: what a run may take is limited.
#include "dnn/run/run_limits.h"

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>

#include "dnn/onnx/writer.h"
#include "dnn/run/session.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

using namespace std::chrono_literals;
using namespace test;

// The rows of x, twice as many after each of so many nodes.
std::string doubling_model(int times) {
  std::vector<std::string> nodes;
  std::string last = "x";
  for (int i = 0; i < times; ++i) {
    const std::string next = i + 1 == times ? "y" : "x" + std::to_string(i);
    // ONNX Runtime wants names of nodes to differ; of two fields the last counts.
    nodes.push_back(node("Concat", {last, last}, {next}, "", integer_attribute("axis", 0)) +
                    bytes_field(3, "node_" + next));
    last = next;
  }
  return model(graph({nodes, {}, {float_tensor("x", {-1, 2})}, {float_tensor("y", {-1, 2})}}));
}

class RunLimits : public InTempFolder {
 protected:
  // What comes of a run of it.
  Result<std::vector<OutputTensor>> run(const std::string& bytes, double seconds,
                                        std::uint64_t limit) const {
    Inference settings;
    settings.device = Device::cpu;
    settings.limit_seconds = seconds;
    settings.limit_bytes = limit;
    VISQ_ASSIGN(ModelFile file, open_model_file(write("model.onnx", bytes), {}));
    VISQ_ASSIGN(const auto session, Session::open(std::move(file), settings));
    const float x[] = {1, 2};
    const InputTensor input{"x", x, {1, 2}};
    auto result = session->run({&input, 1}, {});
    if (!result) {
      EXPECT_FALSE(session->run({&input, 1}, {})) << "it is so each time";
    }
    return result;
  }
};

TEST_F(RunLimits, ALoopThatNeverEndsIsEnded) {
  if (!Session::available()) GTEST_SKIP() << "this build has no ONNX Runtime";
  EXPECT_TRUE(run(loop_model(100, {1, 2}), 60, 0));
  const auto endless = run(loop_model(std::int64_t{1} << 60, {1, 2}), 0.2, 0);
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, ETIMEDOUT);
  EXPECT_EQ(endless.error().kind, ErrorKind::model);
  EXPECT_NE(endless.error().message.find("takes longer than the 0.2 seconds"), std::string::npos)
      << endless.error().message;
}

TEST_F(RunLimits, ATensorThatGrowsIsRefused) {
  if (!Session::available()) GTEST_SKIP() << "this build has no ONNX Runtime";
  const auto small = run(doubling_model(4), 60, 1 << 20);
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_EQ(small->at(0).data.size(), 32u);
  const auto large = run(doubling_model(40), 60, 1 << 20);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ENOMEM);
  EXPECT_NE(large.error().message.find("more than the 1 MB of memory"), std::string::npos)
      << large.error().message;
}

TEST(Watchdog, EndsWhatTakesTooLongAndNothingElse) {
  Watchdog dog;
  std::atomic<int> expired = 0;
  {
    const Watchdog::Watch quick(dog, 1h, [&] { ++expired; });
    const Watchdog::Watch slow(dog, 1ms, [&] { ++expired; });
    while (!slow.expired()) std::this_thread::sleep_for(1ms);
    EXPECT_FALSE(quick.expired());
  }
  {
    const Watchdog::Watch over(dog, 10ms, [&] { ++expired; });
  }
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(expired, 1);
}

TEST(RunMemory, CountsWhatARunTakes) {
  RunMemory memory;
  void* const outside = memory.take(1 << 20);
  {
    const RunMemory::Account account(1 << 16);
    void* const block = memory.take(1 << 15);
    EXPECT_THROW(memory.take(1 << 16), std::bad_alloc);
    EXPECT_TRUE(account.refused());
    memory.give(block);
    EXPECT_EQ(memory.take(1 << 15), block) << "it is used again";
    memory.give(block);
  }
  EXPECT_THROW(memory.take(static_cast<std::size_t>(-1)), std::bad_alloc);
  memory.give(outside);
}

}  // namespace
}  // namespace visq
