// Memory that cannot be had: of what the engine and a metric allocate for a frame, each allocation
// fails once here, and then it and all that follow. The frame ends with ENOMEM, the engine closes,
// and what was scored before stays.
#include <atomic>
#include <cstdlib>
#include <new>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/attempt.h"
#include "dnn/stream/test_networks.h"
#include "engine/engine.h"
#include "tests/support/one_frame.h"
#include "tests/support/temp_folder.h"

namespace {

// How many allocations succeed until one fails; below 0: all do.
constexpr long kAll = -1;
std::atomic<long> succeeding = kAll;
std::atomic<bool> one_only = true, refused = false;

bool is_refused() {
  if (succeeding < 0) return false;
  if ((succeeding != 0 || one_only) && succeeding.fetch_sub(1) != 0) return false;
  return refused = true;
}

}  // namespace

// The linker puts these in the place of malloc and calloc (--wrap, tests/CMakeLists.txt).
extern "C" {
void* __real_malloc(std::size_t size);                     // NOLINT(bugprone-reserved-identifier)
void* __real_calloc(std::size_t count, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __wrap_malloc(std::size_t size) {                    // NOLINT(bugprone-reserved-identifier)
  return is_refused() ? nullptr : __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  return is_refused() ? nullptr : __real_calloc(count, size);
}
}

// Not inlined: GCC would see their malloc and free, and take them for pairs that do not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (is_refused()) throw std::bad_alloc();
  if (void* const block = __real_malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace visq {
namespace {

constexpr unsigned kFrames = 3;
constexpr PictureFormat kFormat{PixelFormat::yuv420, 8, 208, 192};

PicturePtr texture(unsigned frame, int strength) {
  return test::picture_of(kFormat, [=](std::size_t plane, int x, int y) {
    return 60 + (x * 3 + y * static_cast<int>(frame + plane + 1) + x * y % strength) % 120;
  });
}

struct Metric {
  const Descriptor* descriptor;
  OptionStrings options;
  std::string column;
};

std::string first_column(const Descriptor& descriptor, const OptionStrings& given) {
  const auto options = Options::parse(descriptor.name, descriptor.options, given);
  for (const FeatureInfo& feature : descriptor.features)
    if (feature.role == FeatureRole::score || feature.role == FeatureRole::derived)
      return stored_name(feature, *options);
  return "";
}

struct Outcome {
  Status status;
  bool refused = false;          // some allocation was
  std::optional<double> before;  // of frame 0, when it was scored; derived ones come later
  std::vector<std::optional<double>> scores;
};

// Frame 0 has all memory, the others as much as is said.
Outcome run(const Metric& metric, unsigned threads, long allocations, bool one) {
  std::vector<std::pair<PicturePtr, PicturePtr>> pairs;
  for (unsigned i = 0; i < kFrames; ++i) pairs.emplace_back(texture(i, 7), texture(i, 31));
  Engine engine({threads, 1, {}});
  EXPECT_TRUE(engine.use(*metric.descriptor, metric.options));
  EXPECT_TRUE(engine.push(pairs[0].first, pairs[0].second, 0));
  EXPECT_TRUE(engine.wait(0));
  const auto column = engine.table().find(metric.column);
  const auto before = engine.table().get(*column, 0);
  one_only = one;
  refused = false;
  succeeding = allocations;
  Status status;
  for (unsigned i = 1; i < kFrames && status; ++i)
    status = attempt([&] { return engine.push(pairs[i].first, pairs[i].second, i); });
  const Status ended = attempt([&] { return engine.flush(); });
  succeeding = kAll;
  Outcome outcome{status ? ended : status, refused, before, {}};
  for (unsigned i = 0; i < kFrames; ++i) outcome.scores.push_back(engine.table().get(*column, i));
  return outcome;
}

// How the runs ended.
struct Count {
  int refusals = 0, named = 0;
};

void check(const Metric& metric, const Outcome& outcome, const Outcome& whole, Count& count) {
  EXPECT_EQ(outcome.before, whole.before);
  if (outcome.before) {
    EXPECT_EQ(outcome.scores[0], outcome.before) << "what was scored stays";
  }
  if (outcome.status) {
    EXPECT_EQ(outcome.scores, whole.scores) << "what was refused was not needed";
    return;
  }
  ++count.refusals;
  EXPECT_EQ(outcome.status.error().code, ENOMEM) << outcome.status.error().message;
  for (const unsigned frame : {1u, 2u})
    if (outcome.status.error().message ==
        fmt::format("frame {}, metric {}: out of memory", frame, metric.descriptor->name))
      ++count.named;
}

void refuse_each_allocation(const Metric& metric) {
  for (const unsigned threads : {0u, 3u})
    for (const bool one : {true, false}) {
      SCOPED_TRACE(fmt::format("{} threads, {}", threads, one ? "one" : "all that follow"));
      const Outcome whole = run(metric, threads, kAll, one);
      ASSERT_TRUE(whole.status) << whole.status.error().message;
      Count count;
      for (long n = 0;; n += 1 + n / 6) {
        const Outcome outcome = run(metric, threads, n, one);
        if (!outcome.refused) break;
        check(metric, outcome, whole, count);
      }
      EXPECT_GT(count.refusals, 0);
      if (one) {
        EXPECT_GT(count.named, 0) << "no sentence named the frame and the metric";
      }
    }
}

class Memory : public testing::TestWithParam<const Descriptor*> {};

TEST_P(Memory, ThatIsRefusedEndsTheFrame) {
  refuse_each_allocation({GetParam(), {}, first_column(*GetParam(), {})});
}

std::vector<const Descriptor*> without_network() {
  std::vector<const Descriptor*> metrics;
  for (const Descriptor* metric : all_metrics())
    if (metric->exactness != Exactness::tolerant) metrics.push_back(metric);
  return metrics;
}

INSTANTIATE_TEST_SUITE_P(Of, Memory, testing::ValuesIn(without_network()),
                         [](const auto& tested) { return std::string(tested.param->name); });

class NetworkMemory : public test::InTempFolder {};

TEST_F(NetworkMemory, ThatIsRefusedEndsTheFrame) {
  const Descriptor* const lpips = find_metric("lpips");
  ASSERT_NE(lpips, nullptr);
  const OptionStrings options{{"engine", "stream"},
                              {"model_path", write("small.onnx", test::squeeze_network(1))}};
  refuse_each_allocation({lpips, options, first_column(*lpips, options)});
}

TEST(PictureMemory, ThatIsRefusedIsBadAlloc) {
  one_only = true;
  succeeding = 0;
  EXPECT_THROW((void)allocate_picture(kFormat, ChromaRounding::up), std::bad_alloc);
  succeeding = kAll;
  EXPECT_TRUE(allocate_picture(kFormat, ChromaRounding::up));
}

TEST(MemoryEnds, AColumnIsThereOrItsNameIsNot) {
  bool made = false;
  for (long allowed = 0; !made; ++allowed) {
    ScoreTable table;
    made = true;
    for (int i = 0; i < 16; ++i) {  // however full the list is
      const std::string name = fmt::format("a name that is too long for its place {}", i);
      succeeding = allowed;
      const Status status = attempt([&] { return table.column({name, name}), Status(); });
      made = made && succeeding >= 0;
      succeeding = kAll;
      if (const auto column = table.find(name)) {
        EXPECT_FALSE(table.get(*column, 0));
      }
      EXPECT_EQ(status.has_value(), table.find(name).has_value());
    }
  }
}

}  // namespace
}  // namespace visq
