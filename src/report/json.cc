#include <cmath>

#include <fmt/format.h>

#include "base/json_text.h"
#include "report/report.h"

namespace visq {
namespace {

// JSON has no infinities.
std::string value_text(double value, int digits) {
  return std::isfinite(value) ? number_text(value, digits) : "null";
}

// The lines of an object: commas between them, none after the last.
class Lines {
 public:
  Lines(std::string& out, std::string indent) : out_(out), indent_(std::move(indent)) {}
  void add(std::string_view line) {
    out_ += fmt::format("{}{}{}", first_ ? "" : ",\n", indent_, line);
    first_ = false;
  }
  void end() {
    if (!first_) out_ += '\n';
  }

 private:
  std::string& out_;
  std::string indent_;
  bool first_ = true;
};

std::string frame_text(const ReportInput& in, const std::vector<ScoreTable::Named>& columns,
                       const ReportFrame& frame) {
  std::string out =
      fmt::format("{{\n      \"frameNum\": {},\n      \"metrics\": {{\n", frame.index);
  Lines metrics(out, "        ");
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (const auto& value = frame.values[i])
      metrics.add(
          fmt::format("{}: {}", json_text(columns[i].printed), value_text(*value, in.digits)));
  metrics.end();
  return out + "      }\n    }";
}

void add_worst(Lines& lines, const ReportInput& in, const WorstScores& worst) {
  const auto add = [&](const std::string& key, double value) {
    lines.add(fmt::format("\"worst_{}\": {}", key, value_text(value, in.digits)));
  };
  for (std::size_t i = 0; i < worst.percentiles.size(); ++i)
    add(fmt::format("percentile_{}", kReportPercentiles[i]), worst.percentiles[i]);
  add("1_percent_mean", worst.mean_of_1_percent);
  lines.add(fmt::format("\"worst_frame\": {}", worst.frame));
  add("frame_value", worst.value);
}

// The thresholds are keys, as they were asked for.
std::string shares_text(const ReportInput& in, const std::vector<ShareBelow>& shares) {
  std::string text;
  for (const auto& [threshold, share] : shares)
    text += fmt::format("{}\"{}\": {}", text.empty() ? "" : ", ", threshold,
                        value_text(share, in.digits));
  return fmt::format("\"share_below\": {{{}}}", text);
}

std::string statistics_text(const ReportInput& in, const ReportColumnStatistics& s,
                            const std::string& indent) {
  std::string out = "{\n";
  Lines lines(out, indent + "  ");
  const auto add = [&](const std::string& key, double value) {
    lines.add(fmt::format("\"{}\": {}", key, value_text(value, in.digits)));
  };
  add("min", s.min);
  add("max", s.max);
  add("mean", s.mean);
  add("harmonic_mean", s.harmonic_mean);
  add("geometric_mean", s.geometric_mean);
  for (std::size_t i = 0; i < s.percentiles.size(); ++i)
    add(fmt::format("percentile_{}", kReportPercentiles[i]), s.percentiles[i]);
  lines.add(fmt::format("\"min_frame\": {}", s.min_frame));
  lines.add(fmt::format("\"max_frame\": {}", s.max_frame));
  if (s.worst_window)
    lines.add(fmt::format("\"worst_window\": {{\"frames\": {}, \"first_frame\": {}, \"mean\": {}}}",
                          in.window, s.worst_window->first_frame,
                          value_text(s.worst_window->mean, in.digits)));
  add("clip", s.clip);
  if (s.worst) add_worst(lines, in, *s.worst);
  if (!s.shares_below.empty()) lines.add(shares_text(in, s.shares_below));
  lines.end();
  return out + indent + "}";
}

std::string shot_text(const ReportInput& in, const std::vector<ScoreTable::Named>& columns,
                      FrameSpan shot) {
  std::string out =
      fmt::format("{{\n      \"first\": {},\n      \"last\": {},\n      \"scores\": {{\n",
                  shot.first, shot.last);
  Lines scores(out, "        ");
  for (const auto& column : columns)
    scores.add(fmt::format("{}: {}", json_text(column.printed),
                           statistics_text(in, column_statistics(in, column, shot), "        ")));
  scores.end();
  return out + "      }\n    }";
}

// Only where somebody asked for shots.
void append_shots(std::string& out, const ReportInput& in,
                  const std::vector<ScoreTable::Named>& columns, const TextSink& sink) {
  if (in.shots.empty()) return;
  out += "  \"shots\": [\n";
  Lines shots(out, "    ");
  for (const FrameSpan shot : shots_with_scores(in)) {
    shots.add(shot_text(in, columns, shot));
    give_if_long(out, sink);
  }
  shots.end();
  out += "  ],\n";
}

std::string environment_text(const ReportEnvironment& e) {
  const std::string runtime = e.runtime.empty() ? "null" : json_text(e.runtime);
  return fmt::format(
      "{{\n    \"library\": {},\n    \"runtime\": {},\n    \"cpu\": {},\n    \"cpu_target\": {}\n  "
      "}}",
      json_text(e.library), runtime, json_text(e.cpu), json_text(e.cpu_target));
}

std::string codec_text(const ReportModel::Codec& codec) {
  return fmt::format("{{ \"encoder\": {}, \"preset_norm\": {}, \"crf_norm\": {} }}",
                     codec.encoder.empty() ? "null" : json_text(codec.encoder),
                     value_text(codec.preset_norm, -1), value_text(codec.crf_norm, -1));
}

std::string model_text(const ReportModel& model) {
  std::string out = "{\n";
  Lines lines(out, "      ");
  lines.add(fmt::format("\"name\": {}", json_text(model.name)));
  if (!model.ensemble.empty())
    lines.add(fmt::format("\"ensemble\": {}", json_text(model.ensemble)));
  lines.add(fmt::format("\"file\": {}", json_text(model.file)));
  lines.add(fmt::format("\"sha256\": {}", json_text(model.sha256)));
  lines.add(fmt::format("\"device\": {}", json_text(model.device)));
  lines.add(fmt::format("\"scaler\": {}", json_text(model.scaler)));
  lines.add(fmt::format("\"codec\": {}", model.codec ? codec_text(*model.codec) : "null"));
  lines.end();
  return out + "    }";
}

// Only where there are any: readers of libvmaf's reports need not know of it.
std::string models_text(const ReportInput& in) {
  if (in.tiny_models.empty()) return "";
  std::string out = ",\n  \"tiny_models\": [\n";
  Lines models(out, "    ");
  for (const ReportModel& model : in.tiny_models) models.add(model_text(model));
  models.end();
  return out + "  ]";
}

std::string conversions_text(const ReportInput& in) {
  if (in.conversions.empty()) return "";
  std::string out = ",\n  \"conversions\": [\n";
  Lines lines(out, "    ");
  for (const std::string& sentence : in.conversions) lines.add(json_text(sentence));
  lines.end();
  return out + "  ]";
}

std::string damaged_text(const ReportInput& in) {
  if (in.damaged.frames.empty()) return "";
  return fmt::format(",\n  \"damaged_frames\": [{}]", fmt::join(in.damaged.frames, ", "));
}

}  // namespace

void give_json(const ReportInput& in, const TextSink& sink) {
  const auto columns = in.table.reported_columns();
  std::string out =
      fmt::format("{{\n  \"version\": {},\n  \"fps\": {:.2f},\n", json_text(in.version), in.fps);
  if (in.partial) out += "  \"partial\": true,\n";
  out += "  \"frames\": [\n";
  Lines frames(out, "    ");
  for_each_frame(in, columns, out, sink,
                 [&](const ReportFrame& frame) { frames.add(frame_text(in, columns, frame)); });
  frames.end();
  out += "  ],\n  \"pooled_metrics\": {\n";
  Lines pooled(out, "    ");
  for (const auto& column : columns)
    pooled.add(fmt::format("{}: {}", json_text(column.printed),
                           statistics_text(in, column_statistics(in, column), "    ")));
  pooled.end();
  out += "  },\n  \"aggregate_metrics\": {\n";
  Lines aggregates(out, "    ");
  for (const auto& [name, value, column] : in.table.aggregates())
    aggregates.add(fmt::format("{}: {}", json_text(name), value_text(value, in.digits)));
  aggregates.end();
  out += "  },\n";
  append_shots(out, in, columns, sink);
  sink(out + "  \"environment\": " + environment_text(in.environment) + models_text(in) +
       conversions_text(in) + damaged_text(in) + "\n}\n");
}

}  // namespace visq
