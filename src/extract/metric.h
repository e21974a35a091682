// What a metric is: a constexpr description and a class. Everything else follows from these.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/inference.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/result.h"
#include "base/scratch.h"
#include "collect/table.h"
#include "extract/maps.h"
#include "extract/options.h"
#include "picture/picture.h"

namespace visq {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNoIdentity = std::numeric_limits<double>::quiet_NaN();

enum class FeatureRole {
  score,    // one value a frame, reported
  debug,    // reported only when the metric's option of role debug asks for it
  derived,  // made by derive() from the scores of neighbouring frames
  internal  // never reported: what derive() and aggregate() read
};

struct FeatureInfo {
  std::string_view name = {};     // as stored and asked for: "VMAF_integer_feature_adm2_score"
  std::string_view alias = {};    // as reports print it: "integer_adm2"; empty = the name
  std::string_view unit = {};     // "dB", "1", ...
  double min = 0, max = 1;        // range of the value
  double identity = kNoIdentity;  // the value for identical pictures
  Direction direction = Direction::descriptive;
  FeatureRole role = FeatureRole::score;
  bool keeps_name = false;  // whatever the options: libvmaf renames only what it lists as provided
  // Derived, and yet reported among the scores of frames: libvmaf has that of frame 0 at once, and
  // reports in the order in which it first had scores.
  bool reported_early = false;
};

// Exact: integer arithmetic. Deterministic: equal bits on every CPU target and thread count.
// Tolerant: learned models; the bound is part of the metric's documentation.
enum class Exactness { exact, deterministic, tolerant };

struct Frame {
  unsigned index = 0;
  PicturePtr ref, dist;
  // previous_*[0] is frame index-1, [1] index-2, ...; as many as the window asks for, fewer at
  // the start of the clip. Distorted ones only where a metric reads them.
  std::span<const PicturePtr> previous_ref, previous_dist;
  // Requested: the scores are not wanted any more; what takes long ends with -ECANCELED.
  std::stop_token stop = {};
  Parallel* parallel = serial();  // does parts of this frame; see base/parallel.h
};

// Collects the values of one frame; `feature` is the position in Descriptor::features.
class Scores {
 public:
  virtual void set(std::size_t feature, double value) = 0;

  // Of metrics whose Environment wants maps.
  virtual void map(const Map&) {}

 protected:
  ~Scores() = default;
};

// Reads this instance's own scores of any finished frame; empty where there is no such frame.
class ScoreReader {
 public:
  virtual std::optional<double> at(std::size_t feature, unsigned frame) const = 0;

 protected:
  ~ScoreReader() = default;
};

struct Aggregate {
  std::string_view name;
  double value;
  std::optional<std::size_t> feature = {};  // for which it stands, better than a mean would
};

// More clips than that share too little, and their rows no cache.
inline constexpr std::size_t kBatchLimit = 4;

// One instance, with its options fixed. It keeps no history: extract is called from several
// threads, for frames in any order.
class Metric {
 public:
  virtual ~Metric() = default;

  // Once, before the first frame: refuses formats and sizes that the metric cannot score.
  virtual Status prepare(const PictureFormat&) { return {}; }

  // Before the first frame, too: each instance with other options that scores the same clip. Of the
  // same class.
  virtual void meet(const Metric&) {}
  virtual Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const = 0;

  // Several clips against one reference: frames that differ in their distorted pictures alone,
  // scores[i] for frames[i]. A metric that finds out once what concerns the reference takes up to
  // kBatchLimit of them.
  virtual std::size_t batch_limit() const { return 1; }
  virtual Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                               std::span<Scores* const> scores) const {
    for (std::size_t i = 0; i < frames.size(); ++i)
      VISQ_TRY(extract(frames[i], scratch, *scores[i]));
    return {};
  }

  // Without one, a clip can be scored by itself; frame.ref is the distorted picture then.
  virtual bool needs_reference() const { return true; }

  // Without one, the distorted pictures may be anything of the clip's format.
  virtual bool needs_distorted() const { return true; }

  // Of a learned metric.
  virtual std::optional<NetworkFile> network() const { return std::nullopt; }

  // How many previous frames extract wants, with the options given.
  virtual int window() const { return 0; }

  // What extract reads with the options given, of what the descriptor declares. Where it is luma,
  // pictures may come without chroma.
  virtual Planes planes() const { return Planes::all; }

  // Features of role `derived`: derive(i) runs, in frame order, once every frame up to
  // i + lookahead() has its scores or the clip has ended.
  virtual int lookahead() const { return 0; }
  // How many frames back derive(i) reads what extract found; its window goes before that.
  virtual int lookback() const { return 0; }
  virtual Status derive(unsigned, const ScoreReader&, Scores&) const { return {}; }

  // Values of the whole clip, after the last frame (`frames` = one past the last index).
  virtual std::vector<Aggregate> aggregate(const ScoreReader&, unsigned /*frames*/) const {
    return {};
  }
};

// One that takes several clips together.
class BatchMetric : public Metric {
 public:
  std::size_t batch_limit() const override { return kBatchLimit; }
  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override = 0;
  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const final {
    Scores* const all[] = {&scores};
    return extract_batch({&frame, 1}, scratch, all);
  }
};

// What a metric may know of its surroundings.
struct Environment {
  int threads = 1;  // the thread budget of the context, inference included
  Log log;
  Inference inference;  // of learned metrics
  bool maps =
      false;  // somebody takes the metric's maps: a folder that an option names, or a client
};

struct Descriptor {
  std::string_view name = {};     // "psnr", as --feature and vmaf_use_feature take it
  std::string_view summary = {};  // one line for --help
  std::string_view source = {};   // paper or standard
  std::span<const FeatureInfo> features = {};
  std::span<const OptionInfo> options = {};
  Planes planes = Planes::luma;  // the most that extract reads; Metric::planes() may say less
  Exactness exactness = Exactness::exact;
  bool rgb = false;          // takes G,B,R pictures as they are; others get YCbCr made of them
  bool every_frame = false;  // runs on frames that subsampling leaves out, too
  bool symmetric = false;    // swapping reference and distorted leaves the score
  bool needs_reference =
      true;  // with its default options; Metric::needs_reference() knows those given
  Result<std::unique_ptr<Metric>> (*create)(const Options&, const Environment&) = nullptr;
};

// All metrics of this build, in registry order (generated from the folders in src/metrics).
std::span<const Descriptor* const> all_metrics();

// An instance with these options; model files that they do not name come from the environment.
Result<std::unique_ptr<Metric>> make_metric(const Descriptor& metric, Options options,
                                            const Environment& environment);

// The option of that role, of which a metric has at most one; nullptr: it has none.
const OptionInfo* option_with_role(const Descriptor& metric, OptionRole role);

// By the name or alias of a feature it provides. nullptr when there is none.
const Descriptor* find_metric_of_feature(std::string_view feature);

// By name. nullptr when there is none.
const Descriptor* find_metric(std::string_view name);

// A name may set an option too: "lpips_vgg" is lpips with net=vgg, as its feature is named.
struct NamedMetric {
  const Descriptor* metric = nullptr;  // nullptr: there is none of that name
  const OptionInfo* option = nullptr;  // nullptr: the name sets none
  std::string_view value = {};
};
NamedMetric find_named_metric(std::string_view name);

// The stored name of a feature under these options, and the name that reports print.
std::string stored_name(const FeatureInfo& feature, const Options& options);
std::string printed_name(const FeatureInfo& feature, const Options& options);

}  // namespace visq
