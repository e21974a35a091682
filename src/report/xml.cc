#include <fmt/format.h>

#include "report/report.h"

namespace visq {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void append_attribute(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("{}=\"{}\" ", escaped(name), value);
}

void append_frames(std::string& out, const ReportInput& in,
                   const std::vector<ScoreTable::Named>& columns) {
  out += "  <frames>\n";
  for_each_frame(in, columns, [&](const ReportFrame& frame) {
    out += fmt::format("    <frame frameNum=\"{}\" ", frame.index);
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (frame.values[i])
        append_attribute(out, columns[i].printed, number_text(*frame.values[i], in.digits));
    out += "/>\n";
  });
  out += "  </frames>\n";
}

void append_pooled(std::string& out, const ReportInput& in,
                   const std::vector<ScoreTable::Named>& columns) {
  out += "  <pooled_metrics>\n";
  for (const auto& column : columns) {
    const auto s = column_statistics(in, column);
    out += fmt::format("    <metric name=\"{}\" ", escaped(column.printed));
    append_attribute(out, "min", number_text(s.min, in.digits));
    append_attribute(out, "max", number_text(s.max, in.digits));
    append_attribute(out, "mean", number_text(s.mean, in.digits));
    append_attribute(out, "harmonic_mean", number_text(s.harmonic_mean, in.digits));
    out += "/>\n";
  }
  out += "  </pooled_metrics>\n";
}

}  // namespace

std::string xml_report(const ReportInput& in) {
  const auto columns = in.table.reported_columns();
  std::string out = fmt::format("<VMAF version=\"{}\">\n", escaped(in.version));
  out +=
      fmt::format("  <params qualityWidth=\"{}\" qualityHeight=\"{}\" />\n", in.width, in.height);
  out += fmt::format("  <fyi fps=\"{:.2f}\" {}/>\n", in.fps, in.partial ? "partial=\"true\" " : "");
  append_frames(out, in, columns);
  append_pooled(out, in, columns);
  out += "  <aggregate_metrics ";
  for (const auto& [name, value, column] : in.table.aggregates())
    append_attribute(out, name, number_text(value, in.digits));
  return out + "/>\n</VMAF>\n";
}

}  // namespace visq
