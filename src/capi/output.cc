#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "capi/context.h"
#include "capi/environment.h"
#include "capi/info.h"
#include "capi/log.h"
#include "collect/pool.h"
#include "libvmaf/visq.h"
#include "report/report.h"

namespace visq::capi {
namespace {

double frames_per_second(VmafContext& context) {
  std::lock_guard lock(context.clock);
  if (!context.first_picture) return 0;
  const std::chrono::duration<double> elapsed = context.last_call - *context.first_picture;
  return elapsed.count() > 0 ? context.engine.frames_done() / elapsed.count() : 0;
}

ReportModel report_model(const TinyModel& model, const TinyModelFile& file) {
  ReportModel out{file.name,   file.name == model.name() ? "" : model.name(),
                  file.path,   file.sha256,
                  file.device, std::string(name_of(file.scaler)),
                  std::nullopt};
  if (file.codec) out.codec = {file.codec->encoder, file.codec->preset_norm, file.codec->crf_norm};
  return out;
}

std::vector<ReportModel> report_models(const VmafContext& context) {
  std::vector<ReportModel> list;
  for (const auto& model : context.engine.tiny_models())
    for (const TinyModelFile& file : model->files()) list.push_back(report_model(*model, file));
  for (const auto& [metric, file] : context.engine.networks())
    list.push_back({std::string(metric), "", file.path, file.sha256, file.device,
                    std::string(name_of(Scaler::none)), std::nullopt});
  return list;
}

ReportInput report_input(VmafContext& context) {
  const PictureFormat format = context.engine.format();
  return {vmaf_version(),
          format.width,
          format.height,
          frames_per_second(context),
          context.engine.table(),
          context.engine.config().subsample,
          context.output_digits,
          context.output_window,
          context.output_partial,
          environment(),
          report_models(context),
          context.output_thresholds,
          context.output_conversions,
          context.output_shots,
          context.output_damaged};
}

Result<ReportFormat> format_of(VmafOutputFormat format) {
  if (format > VMAF_OUTPUT_FORMAT_NONE && format <= VMAF_OUTPUT_FORMAT_SUB)
    return static_cast<ReportFormat>(format);
  return fail(EINVAL, fmt::format("there is no output format {}", static_cast<int>(format)),
              ErrorKind::usage);
}

Status write(VmafContext& context, const char* path, VmafOutputFormat format) {
  VISQ_ASSIGN(const ReportFormat report_format, format_of(format));
  return write_report(report_input(context), report_format, path);
}

void add_worst(const WorstScores& worst, VmafPooledScore& score) {
  score.worst_percentile_1 = worst.percentiles[0];
  score.worst_percentile_5 = worst.percentiles[1];
  score.worst_percentile_10 = worst.percentiles[2];
  score.worst_1_percent_mean = worst.mean_of_1_percent;
  score.worst_frame_value = worst.value;
  score.worst_frame = worst.frame;
}

// A score, and what its pointers point to beside the column.
struct PooledColumn {
  VmafPooledScore score{};
  std::vector<VmafShareBelow> shares;
};

PooledColumn pooled_column(const ReportInput& input, const ScoreTable::Named& column,
                           const ReportColumnStatistics& s) {
  PooledColumn pooled;
  for (const auto& [threshold, share] : s.shares_below) pooled.shares.push_back({threshold, share});
  VmafPooledScore& score = pooled.score;
  score.name = column.printed.c_str();
  score.min = s.min;
  score.max = s.max;
  score.mean = s.mean;
  score.harmonic_mean = s.harmonic_mean;
  score.geometric_mean = s.geometric_mean;
  score.percentile_1 = s.percentiles[0];
  score.percentile_5 = s.percentiles[1];
  score.percentile_10 = s.percentiles[2];
  score.percentile_50 = s.percentiles[3];
  score.min_frame = s.min_frame;
  score.max_frame = s.max_frame;
  score.direction = sign_of(column.direction);
  score.unit = column.unit.c_str();
  score.asked = column.asked;
  score.clip = s.clip;
  score.clip_name = column.clip ? column.clip->name.c_str() : "";
  if (s.worst_window) {
    score.window_frames = input.window;
    score.window_first_frame = s.worst_window->first_frame;
    score.window_mean = s.worst_window->mean;
  }
  if (s.worst) add_worst(*s.worst, score);
  score.shares = pooled.shares.data();
  score.n_shares = pooled.shares.size();
  return pooled;
}

void tell_shot(const ReportInput& input, FrameSpan span,
               void (*callback)(void* user, const VmafShot*), void* user) {
  const auto columns = input.table.reported_columns();
  std::vector<PooledColumn> pooled;
  std::vector<VmafPooledScore> scores;
  for (const auto& column : columns) {
    pooled.push_back(pooled_column(input, column, column_statistics(input, column, span)));
    pooled.back().score.clip_name = "";
    scores.push_back(pooled.back().score);
  }
  const VmafShot shot{{span.first, span.last}, scores.data(), scores.size()};
  callback(user, &shot);
}

Status set_shots(VmafContext& context, std::span<const VmafFrameRange> shots) {
  std::vector<FrameSpan> spans;
  for (const auto& [first, last] : shots) {
    if (last < first || (!spans.empty() && first <= spans.back().last) ||
        last >= ScoreTable::kMaxFrames)
      return fail(EINVAL,
                  fmt::format("the shot of frames {} to {} does not lie behind the one before it",
                              first, last),
                  ErrorKind::usage);
    spans.push_back({first, last});
  }
  context.output_shots = std::move(spans);
  return {};
}

Status set_threshold(VmafContext& context, const char* score, double value) {
  const auto columns = context.engine.table().columns();
  const auto found = named(columns, score);
  if (!found)
    return fail(EINVAL, fmt::format("there is no score \"{}\"{}", score, found.error()),
                ErrorKind::usage);
  if ((*found)->direction == Direction::descriptive)
    return fail(EINVAL, fmt::format("{} does not say what is better: no value of it is bad", score),
                ErrorKind::usage);
  context.output_thresholds.push_back({(*found)->id, value});
  return {};
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_write_output(VmafContext* vmaf, const char* output_path, enum VmafOutputFormat fmt) {
  if (vmaf == nullptr || output_path == nullptr)
    return report(EINVAL, "vmaf_write_output needs a context and a path");
  return guarded(*vmaf, [&] { return finish(write(*vmaf, output_path, fmt)); });
}

int vmaf_for_each_pooled(VmafContext* vmaf, void (*callback)(void* user, const VmafPooledScore*),
                         void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_for_each_pooled needs a context and a callback");
  return guarded(*vmaf, [&] {
    const ReportInput input = report_input(*vmaf);
    for (const auto& column : vmaf->engine.table().reported_columns()) {
      const PooledColumn pooled = pooled_column(input, column, column_statistics(input, column));
      callback(user, &pooled.score);
    }
    return 0;
  });
}

int vmaf_for_each_shot(VmafContext* vmaf, void (*callback)(void* user, const VmafShot*),
                       void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_for_each_shot needs a context and a callback");
  return guarded(*vmaf, [&] {
    const ReportInput input = report_input(*vmaf);
    for (const FrameSpan span : shots_with_scores(input)) tell_shot(input, span, callback, user);
    return 0;
  });
}

int vmaf_output_text(VmafContext* vmaf, enum VmafOutputFormat fmt,
                     void (*callback)(void* user, const char* text, size_t size), void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_output_text needs a context and a callback");
  return guarded(*vmaf, [&] {
    const auto format = format_of(fmt);
    if (!format) return report(format.error());
    give_report(report_input(*vmaf), *format,
                [&](std::string_view part) { callback(user, part.data(), part.size()); });
    return 0;
  });
}

int vmaf_feature_scores(VmafContext* vmaf, const char* feature_name, double* scores, size_t n) {
  if (vmaf == nullptr || feature_name == nullptr || (scores == nullptr && n > 0))
    return report(EINVAL, "vmaf_feature_scores needs a context, a name and a place for the scores");
  return guarded(*vmaf, [&] {
    const auto column = find_feature(*vmaf, feature_name);
    if (!column) return report(column.error());
    for (size_t i = 0; i < n; ++i)
      scores[i] = vmaf->engine.table()
                      .get(*column, static_cast<unsigned>(i))
                      .value_or(std::numeric_limits<double>::quiet_NaN());
    return 0;
  });
}

int vmaf_set_output_window(VmafContext* vmaf, unsigned frames) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_set_output_window needs a context");
  vmaf->output_window = frames;
  return 0;
}

int vmaf_set_output_threshold(VmafContext* vmaf, const char* score, double value) {
  if (vmaf == nullptr || score == nullptr || std::isnan(value))
    return report(EINVAL, "vmaf_set_output_threshold needs a context, a name and a value");
  return guarded(*vmaf, [&] { return finish(set_threshold(*vmaf, score, value)); });
}

int vmaf_set_output_conversions(VmafContext* vmaf, const char* const* sentences, size_t n) {
  if (vmaf == nullptr || (sentences == nullptr && n > 0))
    return report(EINVAL, "vmaf_set_output_conversions needs a context and its sentences");
  return guarded(*vmaf, [&] {
    vmaf->output_conversions.assign(sentences, sentences + n);
    return 0;
  });
}

int vmaf_set_output_shots(VmafContext* vmaf, const VmafFrameRange* shots, size_t n) {
  if (vmaf == nullptr || (shots == nullptr && n > 0))
    return report(EINVAL, "vmaf_set_output_shots needs a context and shots");
  return guarded(*vmaf, [&] { return finish(set_shots(*vmaf, {shots, n})); });
}

int vmaf_set_output_damaged(VmafContext* vmaf, const unsigned* frames, size_t n, int left_out) {
  if (vmaf == nullptr || (frames == nullptr && n > 0))
    return report(EINVAL, "vmaf_set_output_damaged needs a context and its frames");
  return guarded(*vmaf, [&] {
    std::vector<unsigned> sorted(frames, frames + n);
    std::sort(sorted.begin(), sorted.end());
    vmaf->output_damaged = {std::move(sorted), left_out != 0};
    return 0;
  });
}

int vmaf_set_output_partial(VmafContext* vmaf, int partial) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_set_output_partial needs a context");
  vmaf->output_partial = partial != 0;
  return 0;
}

int vmaf_set_output_precision(VmafContext* vmaf, int digits) {
  if (vmaf == nullptr || digits < -1 || digits > 17)
    return report(EINVAL,
                  "output precision is -1 (all digits), 0 (as libvmaf) or 1 to 17 decimals");
  vmaf->output_digits = digits;
  return 0;
}

}  // extern "C"
