// Score files in the formats of libvmaf: one writer a file, over one description of the clip.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_sink.h"
#include "collect/table.h"

namespace visq {

// The values are those of VmafOutputFormat.
enum class ReportFormat { xml = 1, json = 2, csv = 3, sub = 4 };

// What the scores were made with, so that they can be made again.
struct ReportEnvironment {
  std::string library;  // name and version
  std::string runtime;  // of learned metrics, with its version; "" in a build without one
  std::string cpu;
  std::string cpu_target;  // the instruction set that the kernels ran on
};

// A learned model that took part: what is needed to have its score again.
struct ReportModel {
  std::string name, ensemble, file, sha256, device,
      scaler;  // ensemble: whose member it is; may be empty
  struct Codec {
    std::string encoder;  // empty: the model's codec input is all zeros
    double preset_norm = 0, crf_norm = 0;
  };
  std::optional<Codec> codec;  // of models with a codec input
};

// A value of a score, and which side of it is bad follows from the score's direction.
struct ReportThreshold {
  std::size_t column = 0;
  double value = 0;
};

// Frames that decoders had to conceal.
struct DamagedFrames {
  std::vector<unsigned> frames = {};  // in order
  bool left_out = false;              // of statistics

  bool leaves_out(unsigned frame) const {
    return left_out && std::binary_search(frames.begin(), frames.end(), frame);
  }
  bool leaves_out_any() const { return left_out && !frames.empty(); }
};

struct ReportInput {
  std::string version;
  int width = 0, height = 0;
  double fps = 0;  // frames scored a second
  const ScoreTable& table;
  unsigned subsample = 1;
  int digits = 0;  // 0: as libvmaf writes numbers; N: N decimals; -1: as many as read back exactly
  unsigned window = 0;                 // frames of the moving mean whose worst is reported; 0: none
  bool partial = false;                // scoring ended before the clip
  ReportEnvironment environment = {};  // in JSON, after everything that libvmaf writes
  std::vector<ReportModel> tiny_models = {};
  std::vector<ReportThreshold> thresholds = {};
  std::vector<std::string> conversions = {};  // of the clips, in JSON, where there are any
  std::vector<FrameSpan> shots = {};          // each gets statistics of its own
  DamagedFrames damaged = {};                 // in JSON, where there are any
};

inline constexpr std::array<int, 4> kReportPercentiles{1, 5, 10, 50};
inline constexpr std::size_t kWorstPercentiles = 3;  // all but the median

// The consecutive scores with the worst mean: the smallest, or the largest where lower is better.
struct WorstWindow {
  double mean = 0;
  unsigned first_frame = 0;
};

// Of a score that says what is better, from its bad side.
struct WorstScores {
  std::array<double, kWorstPercentiles> percentiles{};
  double mean_of_1_percent = 0;  // of the worst 1 % of the frames, at least one
  unsigned frame = 0;            // the first of the worst
  double value = 0;
};

// The share of the frames on the bad side of a value.
struct ShareBelow {
  double threshold = 0, share = 0;
};

// Writes the whole file, or leaves what was there and fails with the reason (a full disk, no such
// folder); "-" is standard output.
Status write_report(const ReportInput& input, ReportFormat format, const std::string& path);

// What the file holds. Parts have several frames: memory does not grow with the text.
void give_report(const ReportInput& input, ReportFormat format, const TextSink& sink);

void give_xml(const ReportInput& input, const TextSink& sink);
void give_json(const ReportInput& input, const TextSink& sink);
void give_csv(const ReportInput& input, const TextSink& sink);
void give_sub(const ReportInput& input, const TextSink& sink);

// Of a column, over the frames that subsampling leaves and that have a score. Everything is NaN
// where there is no score.
struct ReportColumnStatistics {
  double min = 0, max = 0, mean = 0, harmonic_mean = 0;
  double geometric_mean = 0;  // exp(mean(log(x + 1))) - 1: like the harmonic mean it bears zeros
  std::array<double, 4> percentiles{};    // kReportPercentiles, between neighbours in proportion
  unsigned min_frame = 0, max_frame = 0;  // the first frames that have those values
  std::optional<WorstWindow>
      worst_window;  // none without a window, or with fewer scores than it has
  double clip =
      0;  // what stands for the clip: a score of its own where there is one, else the mean
  std::optional<WorstScores> worst;  // none of a score without a direction
  std::vector<ShareBelow> shares_below;
};
ReportColumnStatistics column_statistics(const ReportInput& input, const ScoreTable::Named& column);
// Of a part of the clip, for which its mean stands.
ReportColumnStatistics column_statistics(const ReportInput& input, const ScoreTable::Named& column,
                                         FrameSpan span);

// As far as there are frames with scores.
std::vector<FrameSpan> shots_with_scores(const ReportInput& input);

// ---- what the writers share ----

struct ReportFrame {
  unsigned index = 0;
  std::vector<std::optional<double>> values;  // one a column
};

// Hands on what is collected where that is much.
void give_if_long(std::string& text, const TextSink& sink);

// Calls f(const ReportFrame&) for every frame that has a score. What it adds to `text` goes on when
// that is long.
template <typename F>
void for_each_frame(const ReportInput& input, const std::vector<ScoreTable::Named>& columns,
                    std::string& text, const TextSink& sink, F&& f) {
  const unsigned step = input.subsample > 1 ? input.subsample : 1;
  ReportFrame frame;
  const unsigned first = (input.table.first_frame() + step - 1) / step * step;
  for (unsigned i = first, end = input.table.frames(); i < end; i += step) {
    frame.index = i;
    frame.values.clear();
    bool any = false;
    for (const auto& column : columns) {
      frame.values.push_back(input.table.get(column.id, i));
      any = any || frame.values.back().has_value();
    }
    if (any) f(frame);
    give_if_long(text, sink);
  }
}

// Decimal text of a finite value; "nan", "inf" and "-inf" otherwise.
std::string number_text(double value, int digits);

}  // namespace visq
