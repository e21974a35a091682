// Frames whose metric splits its work over the engine's threads.
#include "engine/engine.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "engine/parts.h"

namespace visq {
namespace {

constexpr std::chrono::seconds kGenerous(60);
constexpr std::size_t kParts = 24;

template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kGenerous;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

// A sum whose bits depend on its order: of the frame's first sample, by parts of parts. What else
// it does is what the test asks for.
struct Wish {
  std::atomic<bool> in_two_threads = false, until_stopped = false;
  std::atomic<int> throw_at = -1;  // frame
  std::atomic<int> parts_done = 0;
};
Wish wish;

class Split final : public Metric {
 public:
  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    double* const sums = scratch.take<double>(kParts);
    std::atomic<int> begun = 0;
    frame.parallel->run(kParts, scratch, [&](std::size_t part, Scratch& own) {
      ++begun;
      if (wish.in_two_threads) {
        EXPECT_TRUE(comes_true([&] { return begun >= 2; }));
      }
      if (wish.until_stopped) {
        EXPECT_TRUE(comes_true([&] { return frame.stop.stop_requested(); }));
      }
      if (part == 5 && static_cast<int>(frame.index) == wish.throw_at) throw std::bad_alloc();
      sums[part] = sum_of_part(frame, part, own);
      ++wish.parts_done;
    });
    double sum = 0;
    for (std::size_t part = 0; part < kParts; ++part) sum += sums[part];
    scores.set(0, sum);
    return {};
  }

 private:
  static double sum_of_part(const Frame& frame, std::size_t part, Scratch& scratch) {
    constexpr std::size_t kTerms = 500;
    const double sample = frame.dist->plane<std::uint8_t>(0).row(0)[0] + 1;
    double* const terms = scratch.take<double>(kTerms);
    frame.parallel->run(3, scratch, [&](std::size_t third, Scratch&) {
      for (std::size_t i = third; i < kTerms; i += 3)
        terms[i] = sample / static_cast<double>(3 * i + 7 * part + 1);
    });
    double sum = 0;
    for (std::size_t i = 0; i < kTerms; ++i) sum += terms[i];
    return sum;
  }
};

constexpr FeatureInfo kFeatures[] = {{.name = "sum"}};
constexpr Descriptor kSplit{
    .name = "split",
    .features = kFeatures,
    .create = [](const Options&, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<Split>();
    }};

PicturePtr flat(unsigned value, Matrix matrix = Matrix::bt709) {
  const PictureFormat format{PixelFormat::yuv444, 8, 16, 200};
  auto memory = allocate_picture(format, ChromaRounding::up);
  memory->planes[0].data[0] = static_cast<std::byte>(value);
  return std::make_shared<const Picture>(format, PictureColor{matrix, Range::full}, memory->planes,
                                         memory->owner);
}

double get(const Engine& engine, unsigned frame) {
  return engine.table().get(*engine.table().find("sum"), frame).value_or(NAN);
}

std::vector<double> sums_with(unsigned threads, Matrix matrix) {
  Engine engine({threads, 1, {}});
  EXPECT_TRUE(engine.use(kSplit, {}));
  for (unsigned i = 0; i < 40; ++i) EXPECT_TRUE(engine.push(flat(0), flat(i, matrix), i));
  EXPECT_TRUE(engine.flush());
  std::vector<double> sums;
  for (unsigned i = 0; i < 40; ++i) sums.push_back(get(engine, i));
  return sums;
}

TEST(Split, ScoresHaveEqualBitsForAnyNumberOfThreads) {
  for (const Matrix matrix : {Matrix::bt709, Matrix::identity}) {
    const std::vector<double> expected = sums_with(0, matrix);
    for (const unsigned threads : {1u, 2u, 8u}) EXPECT_EQ(sums_with(threads, matrix), expected);
  }
}

TEST(Split, OneFrameIsDoneByMoreThanOneThread) {
  wish.in_two_threads = true;
  Engine engine({3, 1, {}});
  ASSERT_TRUE(engine.use(kSplit, {}));
  ASSERT_TRUE(engine.push(flat(0), flat(1), 0));
  EXPECT_TRUE(engine.flush());
  wish.in_two_threads = false;
}

TEST(Split, WhatAPartThrowsIsTheFramesError) {
  for (const unsigned threads : {0u, 1u, 4u}) {
    wish.throw_at = 2;
    Engine engine({threads, 1, {}});
    ASSERT_TRUE(engine.use(kSplit, {}));
    for (unsigned i = 0; i < 3; ++i) (void)engine.push(flat(0), flat(1), i);
    const Status status = engine.flush();
    wish.throw_at = -1;
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "frame 2, metric split: out of memory");
    EXPECT_EQ(get(engine, 1), get(engine, 0));
  }
}

TEST(Split, PartsOfACancelledFrameAllEnd) {
  wish.until_stopped = true;
  wish.parts_done = 0;
  Engine engine({3, 1, {}});
  ASSERT_TRUE(engine.use(kSplit, {}));
  ASSERT_TRUE(engine.push(flat(0), flat(1), 0));
  engine.cancel();
  const Status status = engine.flush();
  wish.until_stopped = false;
  if (status) {  // the frame had begun
    EXPECT_EQ(wish.parts_done, static_cast<int>(kParts));
  } else {
    EXPECT_EQ(status.error().code, ECANCELED);
    EXPECT_EQ(wish.parts_done, 0);
  }
}

TEST(Split, ClipsOfSeveralEnginesSplitInTheThreadsOfTheFirst) {
  wish.in_two_threads = true;
  Engine first({3, 1, {}}), second({0, 1, {}});
  ASSERT_TRUE(first.use(kSplit, {}));
  ASSERT_TRUE(second.use(kSplit, {}));
  for (unsigned i = 0; i < 5; ++i) {
    Engine::Clip clips[] = {{&first, flat(i)}, {&second, flat(i)}};
    Engine::push(flat(0), clips, i);
    EXPECT_TRUE(clips[0].status && clips[1].status);
  }
  EXPECT_TRUE(first.flush());
  EXPECT_TRUE(second.flush());
  wish.in_two_threads = false;
  EXPECT_EQ(get(first, 4), get(second, 4));
}

TEST(Parts, MemoryDoesNotGrowWithTheirNumber) {
  constexpr std::size_t kThreads = 3;
  const std::string metric = "split";
  ScratchPool scratches;
  std::mutex mutex;
  std::set<const void*> blocks;
  Scratch own;
  int* const callers = own.take<int>(100);
  callers[0] = 7;
  {
    ThreadPool pool(kThreads);
    pool.submit([&] {
      Parts parts(pool, scratches, metric);
      for (int run = 0; run < 20; ++run)
        parts.run(50, own, [&](std::size_t, Scratch& scratch) {
          int* const block = scratch.take<int>(1000);
          block[0] = 1;
          std::this_thread::sleep_for(std::chrono::microseconds(20));
          std::lock_guard lock(mutex);
          blocks.insert(block);
        });
    });
  }
  EXPECT_LE(blocks.size(), kThreads);
  EXPECT_EQ(blocks.count(callers), 0u);
  EXPECT_EQ(callers[0], 7);
}

}  // namespace
}  // namespace visq
