// The engine as its callers see it: order of scores, frames that metrics ask for, errors, waiting,
// interruption, and several clips of one reference, on metrics made for these tests.
#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include <gtest/gtest.h>

namespace visq {
namespace {

// A metric for tests: the value of the first sample; its sum with those of the two frames before;
// the smaller of this frame's and the next one's value; the clip's total.
constexpr FeatureInfo kFeatures[] = {{.name = "value"},
                                     {.name = "sum3"},
                                     {.name = "min_next", .role = FeatureRole::derived},
                                     {.name = "hidden", .role = FeatureRole::internal}};
constexpr OptionInfo kOptions[] = {
    {.name = "fail_at",
     .help = "frame that fails",
     .type = OptionType::integer,
     .value = -1,
     .min = -1,
     .max = 1000},
    {.name = "throw_at",
     .help = "frame that throws",
     .type = OptionType::integer,
     .value = -1,
     .min = -1,
     .max = 1000},
    {.name = "debug", .help = "nothing", .type = OptionType::boolean},
    {.name = "luma", .help = "reads no chroma", .type = OptionType::boolean},
    {.name = "reference", .help = "looks back in the reference only", .type = OptionType::boolean}};

std::atomic<int> in_flight{0}, most_in_flight{0};

class Sample final : public Metric {
 public:
  explicit Sample(const Options& options)
      : fail_at_(options.integer("fail_at")),
        throw_at_(options.integer("throw_at")),
        luma_(options.boolean("luma")),
        reference_(options.boolean("reference")) {}
  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const int now = ++in_flight;
    for (int most = most_in_flight;
         most < now && !most_in_flight.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(frame.index % 3));
    scratch.take<char>(100);
    const auto first = [](const PicturePtr& p) {
      return static_cast<double>(p->plane<std::uint8_t>(0).row(0)[0]);
    };
    double sum = first(frame.dist);
    for (const PicturePtr& previous : frame.previous_dist) sum += first(previous);
    scores.set(0, first(frame.dist));
    scores.set(1, sum);
    scores.set(3, 1);
    --in_flight;
    if (frame.index == throw_at_) throw std::runtime_error("made to throw");
    if (frame.index == fail_at_) return fail(EIO, "made to fail");
    return {};
  }
  int window() const override { return 2; }
  bool needs_distorted() const override { return !reference_; }
  Planes planes() const override { return luma_ ? Planes::luma : Planes::all; }
  int lookahead() const override { return 1; }
  Status derive(unsigned index, const ScoreReader& reader, Scores& scores) const override {
    if (index + 2 == throw_at_) throw std::bad_alloc();
    scores.set(2, std::min(*reader.at(0, index), reader.at(0, index + 1).value_or(1e9)));
    return {};
  }
  std::vector<Aggregate> aggregate(const ScoreReader& reader, unsigned frames) const override {
    double total = 0;
    for (unsigned i = 0; i < frames; ++i) total += reader.at(3, i).value_or(0);
    return {{"total", total}};
  }

 private:
  std::int64_t fail_at_, throw_at_;
  bool luma_, reference_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Sample>(options);
}
constexpr Descriptor kSample{.name = "sample",
                             .summary = "s",
                             .source = "s",
                             .features = kFeatures,
                             .options = kOptions,
                             .every_frame = true,
                             .create = create};

PicturePtr flat(int value, int width = 16) {
  const PictureFormat format{PixelFormat::yuv400, 8, width, 16};
  auto memory = allocate_picture(format, ChromaRounding::up);
  memory->planes[0].data[0] = static_cast<std::byte>(value);
  return std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
}

// Takes three clips together, and counts them: the value of the first sample, and how many there
// were.
constexpr FeatureInfo kJointFeatures[] = {{.name = "value"}, {.name = "together"}};
constexpr OptionInfo kJointOptions[] = {
    {.name = "debug", .help = "nothing", .type = OptionType::boolean}};

class Joint final : public Metric {
 public:
  Status extract(const Frame&, Scratch&, Scores&) const override {
    return fail(ENOSYS, "the engine asks for frames together");
  }
  std::size_t batch_limit() const override { return 3; }
  Status extract_batch(std::span<const Frame> frames, Scratch&,
                       std::span<Scores* const> scores) const override {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      scores[i]->set(0, static_cast<double>(frames[i].dist->plane<std::uint8_t>(0).row(0)[0]));
      scores[i]->set(1, static_cast<double>(frames.size()));
    }
    return frames[0].index == 7 ? Status(fail(EIO, "made to fail")) : Status();
  }
};

Result<std::unique_ptr<Metric>> create_joint(const Options&, const Environment&) {
  return std::make_unique<Joint>();
}
constexpr Descriptor kJoint{.name = "joint",
                            .summary = "s",
                            .source = "s",
                            .features = kJointFeatures,
                            .options = kJointOptions,
                            .create = create_joint};

double get(const Engine& engine, const char* name, unsigned frame) {
  const auto column = engine.table().find(name);
  return column ? engine.table().get(*column, frame).value_or(NAN) : NAN;
}

TEST(Engine, SuppliesPreviousFramesAndDerivesFromLaterOnes) {
  for (const unsigned threads : {0u, 3u}) {
    Engine engine({threads, 1, {}});
    ASSERT_TRUE(engine.use(kSample, {}));
    for (unsigned i = 0; i < 20; ++i)
      ASSERT_TRUE(engine.push(flat(0), flat(static_cast<int>(100 - i)), i));
    ASSERT_TRUE(engine.wait(19));
    EXPECT_EQ(get(engine, "min_next", 18), 81) << "final before the clip ends";
    EXPECT_TRUE(std::isnan(get(engine, "min_next", 19))) << "needs a frame that may still come";
    ASSERT_TRUE(engine.flush());
    EXPECT_EQ(get(engine, "sum3", 0), 100);
    EXPECT_EQ(get(engine, "sum3", 1), 199);
    EXPECT_EQ(get(engine, "sum3", 10), 90 + 91 + 92);
    EXPECT_EQ(get(engine, "min_next", 0), 99);
    EXPECT_EQ(get(engine, "min_next", 19), 81);
    EXPECT_EQ(engine.table().aggregates()[0].value, 20);
    EXPECT_EQ(engine.frames_done(), 20u);
  }
}

TEST(Engine, BoundsTheFramesInFlight) {
  most_in_flight = 0;
  Engine engine({2, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {}));
  std::weak_ptr<const Picture> early;
  for (unsigned i = 0; i < 60; ++i) {
    const PicturePtr picture = flat(1);
    if (i == 0) early = picture;
    ASSERT_TRUE(engine.push(picture, flat(2), i));
    if (i == 10) {
      for (int wait = 0; wait < 5000 && !early.expired(); ++wait)
        std::this_thread::sleep_for(
            std::chrono::milliseconds(1));  // for a worker of a busy machine
      EXPECT_TRUE(early.expired()) << "a picture goes when its last frame is scored";
    }
  }
  ASSERT_TRUE(engine.flush());
  EXPECT_LE(most_in_flight, 2);
}

TEST(Engine, HasFewerFramesInFlightWhereMemoryIsShort) {
  for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
    most_in_flight = 0;
    Engine engine({3, 1, {}});
    ASSERT_TRUE(engine.use(kSample, {}));
    ASSERT_TRUE(engine.limit_memory(bytes));
    for (unsigned i = 0; i < 40; ++i) {
      ASSERT_TRUE(engine.push(flat(static_cast<std::uint8_t>(i)), flat(2), i));
      EXPECT_FALSE(engine.limit_memory(bytes)) << "the clip has begun";
      if (bytes == 1) {
        EXPECT_GE(engine.frames_done(), i) << "one frame at a time";
      }
    }
    ASSERT_TRUE(engine.flush());
    EXPECT_EQ(get(engine, "value", 39), 2);
    EXPECT_TRUE(bytes == 1 ? most_in_flight == 1 : most_in_flight > 1) << most_in_flight;
  }
}

TEST(Engine, CancellingKeepsTheFramesThatHaveAllTheirScores) {
  Engine engine({1, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {}));
  for (unsigned i = 0; i < 10; ++i) ASSERT_TRUE(engine.push(flat(0), flat(50), i));
  engine.cancel();
  Status status;
  for (unsigned i = 10; i < 14 && status; ++i) status = engine.push(flat(0), flat(50), i);
  if (status)
    status = engine.flush();
  else
    (void)engine.flush();
  EXPECT_EQ(status.error().code, ECANCELED);
  const unsigned complete = engine.frames_complete();
  EXPECT_GE(complete, 7u) << "10 frames were read; 2 may have been in flight, and one before them "
                             "waits for its successor";
  EXPECT_LT(complete, 14u);
  EXPECT_EQ(get(engine, "min_next", complete - 1), 50);
}

// A metric that goes on until it is told to stop.
class Endless final : public Metric {
 public:
  Status extract(const Frame& frame, Scratch&, Scores&) const override {
    while (!frame.stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return fail(ECANCELED, "stopped");
  }
};
constexpr FeatureInfo kEndlessFeature[] = {{.name = "never"}};
constexpr Descriptor kEndless{
    .name = "endless",
    .features = kEndlessFeature,
    .create = [](const Options&, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<Endless>();
    }};

TEST(Engine, CancellingStopsWhatRunsAndWakesWhoWaitsForRoom) {
  for (const unsigned threads : {0u, 1u, 3u}) {
    Engine engine({threads, 1, {}});
    ASSERT_TRUE(engine.use(kEndless, {}));
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      engine.cancel();
    });
    Status status;
    for (unsigned i = 0; i < 20 && status; ++i) status = engine.push(flat(0), flat(50), i);
    canceller.join();
    ASSERT_FALSE(status) << threads << " threads: a push waits for room, and there is none";
    EXPECT_EQ(status.error().code, ECANCELED);
    EXPECT_FALSE(engine.flush());
    EXPECT_EQ(engine.frames_complete(), 0u);
  }
}

TEST(Engine, ADistortedPictureIsKeptOnlyWhereAMetricLooksBackAtIt) {
  for (const bool both : {false, true}) {
    Engine engine({0, 1, {}});
    ASSERT_TRUE(engine.use(kSample, {{"reference", both ? "false" : "true"}}));
    std::vector<std::weak_ptr<const Picture>> references, distorted;
    for (int i = 0; i < 4; ++i) {
      const PicturePtr ref = flat(i);
      PicturePtr dist = flat(i + 10);
      references.push_back(ref);
      distorted.push_back(dist);
      ASSERT_TRUE(engine.push(ref, std::move(dist), static_cast<unsigned>(i)));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(references[i].expired(), i < 2) << i;
      EXPECT_EQ(distorted[i].expired(), i < 2 || !both) << i;
    }
    EXPECT_EQ(get(engine, "sum3", 3), both ? 13 + 12 + 11 : 13);
  }
}

TEST(Engine, PicturesWithoutChromaAreForMetricsThatReadLuma) {
  constexpr Descriptor whole{.name = "whole",
                             .summary = "s",
                             .source = "s",
                             .features = kFeatures,
                             .options = kOptions,
                             .planes = Planes::all,
                             .create = create};
  const PictureFormat format{PixelFormat::yuv420, 8, 16, 16};
  auto memory = allocate_picture(format, ChromaRounding::up, Planes::luma);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->planes[1].data, nullptr);
  const auto luma = std::make_shared<const Picture>(format, PictureColor{}, memory->planes,
                                                    memory->owner, memory->present);
  for (const bool reads_luma : {true, false}) {
    Engine engine({0, 1, {}});
    EXPECT_EQ(engine.planes(), Planes::luma) << "nothing reads anything yet";
    ASSERT_TRUE(engine.use(whole, {{"luma", "true"}}));
    EXPECT_EQ(engine.planes(), Planes::luma);
    if (!reads_luma) {
      ASSERT_TRUE(engine.use(whole, {{"luma", "false"}}));
      EXPECT_EQ(engine.planes(), Planes::all);
    }
    const Status status = engine.push(luma, luma, 0);
    EXPECT_EQ(status.has_value(), reads_luma);
    if (!reads_luma) {
      EXPECT_EQ(status.error().message, "frame 0 has no chroma, which metric whole reads");
    }
  }
}

TEST(Engine, AnErrorStopsTheClipAndKeepsWhatIsScored) {
  Engine engine({2, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {{"fail_at", "5"}}));
  Status status;
  for (unsigned i = 0; i < 100 && status; ++i) status = engine.push(flat(0), flat(7), i);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, EIO);
  EXPECT_EQ(status.error().message, "frame 5, metric sample: made to fail");
  EXPECT_FALSE(engine.flush());
  EXPECT_EQ(get(engine, "value", 4), 7);
  EXPECT_EQ(get(engine, "min_next", 3), 7);
  EXPECT_TRUE(std::isnan(get(engine, "min_next", 4))) << "it needs frame 5, which failed";
}

TEST(Engine, AnExceptionOfAMetricIsAnError) {
  Engine engine({2, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {{"throw_at", "3"}}));
  Status status;
  for (unsigned i = 0; i < 100 && status; ++i) status = engine.push(flat(0), flat(7), i);
  if (status) status = engine.flush();
  ASSERT_FALSE(status);
  EXPECT_FALSE(engine.flush());
  const Status last = engine.wait(3);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ENOMEM) << "deriving frame 1 threw as well, and comes first";
}

TEST(Engine, RefusesWhatDoesNotFit) {
  Engine engine({0, 1, {}});
  EXPECT_FALSE(engine.use(kSample, {{"fail_at", "x"}}));
  ASSERT_TRUE(engine.use(kSample, {}));
  ASSERT_TRUE(engine.push(flat(0), flat(0), 0));
  EXPECT_NE(engine.push(flat(0), flat(0, 32), 1).error().message.find("32x16"), std::string::npos);
  EXPECT_NE(engine.push(flat(0, 32), flat(0, 32), 1).error().message.find("cannot change"),
            std::string::npos);
  EXPECT_NE(engine.push(flat(0), flat(0), 0).error().message.find("already"), std::string::npos);
  EXPECT_NE(engine.push(flat(0), flat(0), 5).error().message.find("without frame 4"),
            std::string::npos);
  EXPECT_NE(engine.use(kSample, {}).error().message.find("before the first"), std::string::npos);
}

TEST(Engine, NoFrameAtAllIsAnError) {
  Engine engine({1, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {}));
  EXPECT_FALSE(engine.flush());
}

TEST(Engine, SubsamplingLeavesFramesOutButNotOfMetricsThatNeedAll) {
  Engine engine({2, 3, {}});
  constexpr Descriptor some{.name = "some",
                            .summary = "s",
                            .source = "s",
                            .features = kFeatures,
                            .options = kOptions,
                            .create = create};
  ASSERT_TRUE(engine.use(some, {}));
  for (unsigned i = 0; i < 7; ++i) ASSERT_TRUE(engine.push(flat(0), flat(1), i));
  ASSERT_TRUE(engine.flush());
  for (unsigned i = 0; i < 7; ++i) EXPECT_EQ(std::isnan(get(engine, "value", i)), i % 3 != 0) << i;
  Engine every({2, 3, {}});
  ASSERT_TRUE(every.use(kSample, {}));
  for (unsigned i = 0; i < 7; ++i) ASSERT_TRUE(every.push(flat(0), flat(1), i));
  ASSERT_TRUE(every.flush());
  EXPECT_EQ(get(every, "value", 5), 1);
}

TEST(Engine, TheSameMetricTwiceIsOneInstanceWithBothOptions) {
  Engine engine({0, 1, {}});
  ASSERT_TRUE(engine.use(kSample, {{"debug", "true"}}));
  ASSERT_TRUE(engine.use(kSample, {{"fail_at", "0"}}));
  EXPECT_TRUE(engine.push(flat(0), flat(0), 0));
  EXPECT_FALSE(engine.flush()) << "the second registration's option counts";
}

// Engines that score clips against one reference.
struct Group {
  Group(std::size_t count, unsigned threads, const OptionStrings& of_the_last = {}) {
    for (std::size_t i = 0; i < count; ++i) {
      engines.push_back(std::make_unique<Engine>(EngineConfig{threads, 1, {}}));
      EXPECT_TRUE(engines.back()->use(kJoint, i + 1 == count ? of_the_last : OptionStrings{}));
    }
  }
  // Clip i has the value 10 * i + index.
  std::vector<Status> push(PicturePtr reference, unsigned index) {
    std::vector<Engine::Clip> clips;
    for (std::size_t i = 0; i < engines.size(); ++i)
      clips.push_back({engines[i].get(), flat(static_cast<int>(10 * i + index))});
    Engine::push(reference, clips, index);
    std::vector<Status> statuses;
    for (Engine::Clip& clip : clips) statuses.push_back(std::move(clip.status));
    return statuses;
  }
  std::vector<double> all(const char* feature, unsigned index) {
    std::vector<double> values;
    for (const auto& engine : engines) {
      (void)engine->wait(index);
      values.push_back(get(*engine, feature, index));
    }
    return values;
  }
  std::vector<std::unique_ptr<Engine>> engines;
};

TEST(Together, ClipsOfOneReferenceShareTasksAsFarAsAMetricTakesThem) {
  for (const unsigned threads : {0u, 3u}) {
    Group group(5, threads);
    for (unsigned i = 0; i < 6; ++i)
      for (const Status& status : group.push(flat(0), i)) EXPECT_TRUE(status);
    EXPECT_EQ(group.all("value", 5), (std::vector<double>{5, 15, 25, 35, 45}));
    EXPECT_EQ(group.all("together", 5), (std::vector<double>{3, 3, 3, 2, 2}));
  }
}

TEST(Together, OtherOptionsAndMissingReferencesKeepClipsApart) {
  Group group(3, 2, {{"debug", "true"}});
  for (const Status& status : group.push(flat(0), 0)) EXPECT_TRUE(status);
  EXPECT_EQ(group.all("together", 0), (std::vector<double>{2, 2, 1}));
  for (const Status& status : group.push(nullptr, 1))
    EXPECT_EQ(status.error().code, EINVAL) << "it needs one";
}

TEST(Together, WhatFailsInOneClipLeavesTheOthers) {
  for (const unsigned threads : {0u, 2u}) {
    Group group(3, threads);
    for (const Status& status : group.push(flat(0), 0)) EXPECT_TRUE(status);
    EXPECT_TRUE(group.engines[0]->flush());
    EXPECT_EQ(group.push(flat(0), 1)[0].error().code, EINVAL) << "the clip ended";
    EXPECT_EQ(group.all("together", 1)[2], 2);
    group.engines[1]->cancel();
    const auto statuses = group.push(flat(0), 2);
    EXPECT_EQ(statuses[1].error().code, ECANCELED);
    EXPECT_TRUE(statuses[2]);
    EXPECT_EQ(group.all("value", 2)[2], 22);
    EXPECT_EQ(group.all("together", 0), (std::vector<double>{3, 3, 3}));
  }
}

TEST(Together, AFailureOfTheTaskIsThatOfEachClip) {
  Group group(2, 2);
  (void)group.push(flat(0), 7);
  for (const auto& engine : group.engines)
    EXPECT_EQ(engine->wait(7).error().message, "frame 7, metric joint: made to fail");
}

TEST(Together, TheFirstEngineMayEndBeforeTheOthers) {
  Group group(3, 2);
  for (unsigned i = 0; i < 5; ++i) (void)group.push(flat(0), i);
  group.engines.erase(group.engines.begin());
  for (unsigned i = 5; i < 7; ++i)
    for (const Status& status : group.push(flat(0), i)) EXPECT_TRUE(status);
  EXPECT_EQ(group.all("together", 4), (std::vector<double>{3, 3}));
  EXPECT_EQ(group.all("together", 6), (std::vector<double>{2, 2}));
}

}  // namespace
}  // namespace visq
