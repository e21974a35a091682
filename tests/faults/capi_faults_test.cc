// Every allocation, thread, read, write, open and mmap of small runs through the C API fails in its
// turn: no run aborts, hangs or leaks, a call that fails says so, and finished scores stay. A
// random sample, or all of them where VISQ_FAULTS_ALL is set (ctest --preset faults).
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tests/faults/runs.h"
#include "tests/faults/shim.h"

namespace visq::test {
namespace {

constexpr int kSample = 40, kSlowSample = 8;  // calls of a kind that fail
constexpr unsigned kSeconds = 30;             // after which a run hangs

// What a signal handler says before the process ends.
char now[200];

void say_what_failed(int signal) {
  const char* const how = signal == SIGALRM ? "it hangs: " : "it aborts: ";
  (void)!write(STDERR_FILENO, how, 11);
  (void)!write(STDERR_FILENO, now, std::strlen(now));
  _exit(1);
}

struct Kind {
  const char* name;
  unsigned kinds;
};
constexpr Kind kFaults[] = {{"memory", kMemory},   {"threads", kThread}, {"reads", kRead},
                            {"writes", kWrite},    {"opens", kOpen},     {"maps", kMap},
                            {"finishes", kFinish}, {"signals", kSignal}};

// `arm` is called where faults begin; the run ends with all that it made given back.
using SmallRun = std::function<Outcome(const std::function<void()>& arm)>;

class Faults : public InFlight {
 protected:
  void SetUp() override {
    InFlight::SetUp();
    vmaf_set_log_callback([](void*, VmafLogLevel, const char*) {}, nullptr);
    std::signal(SIGALRM, say_what_failed);
    std::signal(SIGABRT, say_what_failed);
  }
  void TearDown() override {
    alarm(0);
    fmt::print("{} faults\n", tried_);
    std::signal(SIGABRT, SIG_DFL);
    vmaf_set_log_callback(nullptr, nullptr);
  }

  // One fault: what the run comes to, and whether it leaves blocks behind.
  struct Attempt {
    Outcome outcome;
    bool failed, leaked;
  };
  Attempt attempt(const SmallRun& run, unsigned kinds, long nth, bool all) const {
    Attempt result{};
    result.leaked = true;
    for (int again = 0; again < 3 && result.leaked; ++again) {  // what is kept grows once
      vmaf_close(nullptr);  // a sentence of one length stays with the thread
      const long before = visq_faults_live();
      alarm(kSeconds);
      result.outcome = run([&] { visq_faults_arm(kinds, nth, all); });
      result.failed = visq_faults_failed() > 0;
      visq_faults_disarm();
      vmaf_close(nullptr);
      result.leaked = visq_faults_live() > before;
    }
    return result;
  }

  static void check(const Outcome& outcome, const Outcome& whole, bool failed) {
    if (outcome.code != 0) {
      EXPECT_TRUE(failed) << outcome.sentence.data();
      EXPECT_NE(outcome.sentence[0], '\0') << "no sentence for " << outcome.code;
    } else {
      EXPECT_EQ(outcome.pooled, whole.pooled) << "what failed was not needed";
    }
    for (unsigned i = 0; i < kFaultFrames; ++i)
      EXPECT_TRUE(std::isnan(outcome.scores[i]) || outcome.scores[i] == whole.scores[i]) << i;
  }

  void fail_each(const SmallRun& run, int sample = kSample) {
    attempt(run, 0, -1, false);  // what is made once a process
    const Attempt whole = attempt(run, 0, -1, false);
    ASSERT_EQ(whole.outcome.code, 0) << whole.outcome.sentence.data();
    ASSERT_FALSE(whole.leaked);
    for (const Kind& fault : kFaults)
      for (const bool all : {false, true}) {
        if (all && fault.kinds == kSignal) continue;  // nothing would ever end
        run([&] { visq_faults_arm(fault.kinds, -1, 0); });
        for (const long nth : chosen(visq_faults_disarm(), sample)) {
          *fmt::format_to_n(now, sizeof now - 1, "{} {} fail from call {} on ({})\n",
                            testing::UnitTest::GetInstance()->current_test_info()->name(),
                            fault.name, nth, all ? "all" : "one")
               .out = '\0';
          SCOPED_TRACE(now);
          const Attempt result = attempt(run, fault.kinds, nth, all);
          ++tried_;
          if (fault.kinds == kSignal) {
            EXPECT_EQ(result.outcome.code, 0) << "it makes a difference";
          }
          check(result.outcome, whole.outcome, result.failed);
          EXPECT_FALSE(result.leaked) << "blocks were not given back";
        }
      }
  }

  // Which of so many calls fail.
  static std::vector<long> chosen(long count, int sample) {
    std::vector<long> calls;
    static std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<long> any(0, std::max(0L, count - 1));
    if (std::getenv("VISQ_FAULTS_ALL") != nullptr || count <= sample)
      for (long i = 0; i < count; ++i) calls.push_back(i);
    else
      for (int i = 0; i < sample; ++i) calls.push_back(any(random));
    return calls;
  }

 private:
  int tried_ = 0;
};

// A run with one context, from its beginning on.
SmallRun run_of(unsigned threads, const std::function<void(Outcome&, VmafContext*)>& register_all,
                const char* feature, const std::string& report) {
  return [=](const std::function<void()>& arm) {
    Outcome outcome;
    VmafContext* context = nullptr;
    arm();
    if (outcome.ok(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0}))) {
      register_all(outcome, context);
      if (outcome.code == 0 && push_frames(outcome, {&context, 1}, 0) &&
          outcome.ok(vmaf_feature_score_pooled(context, feature, VMAF_POOL_METHOD_MEAN,
                                               &outcome.pooled, 0, kFaultFrames - 1)))
        outcome.ok(vmaf_write_output(context, report.c_str(), VMAF_OUTPUT_FORMAT_JSON));
      read_scores(outcome, context, feature);
      outcome.ok(vmaf_close(context));
    }
    return outcome;
  };
}

class FaultsInThreads : public Faults, public testing::WithParamInterface<unsigned> {};

TEST_P(FaultsInThreads, OfAModelAndMetrics) {
  fail_each(run_of(
      GetParam(),
      [](Outcome& outcome, VmafContext* context) {
        outcome.ok(vmaf_use_model(context, "vmaf_v0.6.1"));
        outcome.ok(vmaf_use_feature(context, "ssimulacra2", nullptr));
      },
      "vmaf", file("report.json")));
}

TEST_P(FaultsInThreads, OfLibvmafsCalls) {
  const std::string models = file("collection.json"), report = file("report.xml");
  const SmallRun run = [&](const std::function<void()>& arm) {
    Outcome outcome;
    VmafContext* context = nullptr;
    VmafModel* model = nullptr;
    VmafModelCollection* collection = nullptr;
    VmafModelConfig config{"m", VMAF_MODEL_FLAGS_DEFAULT};
    arm();
    if (outcome.ok(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, GetParam(), 0, 0, 0})) &&
        outcome.ok(
            vmaf_model_collection_load_from_path(&model, &collection, &config, models.c_str())) &&
        outcome.ok(vmaf_use_features_from_model(context, model)) &&
        push_frames(outcome, {&context, 1}, 0) &&
        outcome.ok(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &outcome.pooled, 0,
                                     kFaultFrames - 1)))
      outcome.ok(vmaf_write_output(context, report.c_str(), VMAF_OUTPUT_FORMAT_XML));
    if (context != nullptr) {
      read_scores(outcome, context, "m");
      outcome.ok(vmaf_close(context));
    }
    vmaf_model_destroy(model);
    vmaf_model_collection_destroy(collection);
    return outcome;
  };
  fail_each(run);
}

TEST_P(FaultsInThreads, OfClipsOfOneReference) {
  const SmallRun run = [&](const std::function<void()>& arm) {
    Outcome outcome;
    std::array<VmafContext*, 2> contexts{};
    arm();
    for (VmafContext*& context : contexts)
      if (outcome.code == 0 &&
          outcome.ok(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, GetParam(), 0, 0, 0})))
        for (const char* metric : {"vif", "motion", "ciede"})
          outcome.ok(vmaf_use_feature(context, metric, nullptr));
    if (outcome.code == 0 && push_frames(outcome, contexts, 0))
      outcome.ok(vmaf_feature_score_pooled(contexts[1], "ciede2000", VMAF_POOL_METHOD_MEAN,
                                           &outcome.pooled, 0, kFaultFrames - 1));
    for (VmafContext* context : contexts)
      if (context != nullptr) {
        read_scores(outcome, context, "ciede2000");
        outcome.ok(vmaf_close(context));
      }
    return outcome;
  };
  fail_each(run);
}

TEST_P(FaultsInThreads, OfATinyModel) {
  if (vmaf_dnn_available() == 0) GTEST_SKIP() << "this build has no ONNX Runtime";
  const std::string model = VISQ_BINARY_DIR "/tests/relu.onnx";
  fail_each(run_of(
                GetParam(),
                [&](Outcome& outcome, VmafContext* context) {
                  outcome.ok(vmaf_use_feature(context, "psnr", nullptr));
                  outcome.ok(vmaf_use_feature(context, "float_ssim", nullptr));
                  outcome.ok(vmaf_use_tiny_model(context, model.c_str(), nullptr));
                },
                "psnr_y", file("report.csv")),
            kSlowSample);
}

TEST_P(FaultsInThreads, KeepWhatWasScored) {
  const SmallRun run = [&](const std::function<void()>& arm) {
    Outcome outcome, before;
    VmafContext* const context = context_of(GetParam());
    vmaf_use_feature(context, "vif", nullptr);
    vmaf_use_feature(context, "psnr", nullptr);
    push_pair(outcome, {&context, 1}, 0);
    push_pair(outcome, {&context, 1}, 1);
    double score = 0;
    EXPECT_EQ(vmaf_feature_score_at_index(context, "psnr_y", &score, 1), 0);
    read_scores(before, context, "psnr_y");
    arm();
    push_frames(outcome, {&context, 1}, 2);
    outcome.ok(vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_MEAN, &outcome.pooled,
                                         0, kFaultFrames - 1));
    visq_faults_disarm();
    read_scores(outcome, context, "psnr_y");
    EXPECT_EQ(outcome.scores[0], before.scores[0]);
    EXPECT_EQ(outcome.scores[1], before.scores[1]);
    EXPECT_EQ(vmaf_write_output(context, file("kept.json").c_str(), VMAF_OUTPUT_FORMAT_JSON), 0);
    EXPECT_EQ(vmaf_close(context), 0);
    return outcome;
  };
  fail_each(run);
}

INSTANTIATE_TEST_SUITE_P(Of, FaultsInThreads, testing::Values(0u, 3u),
                         [](const auto& given) { return fmt::format("{}Threads", given.param); });

}  // namespace
}  // namespace visq::test
