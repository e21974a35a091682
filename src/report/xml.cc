#include <fmt/format.h>

#include "base/shown.h"
#include "report/report.h"

namespace visq {
namespace {

// Of a value. What XML cannot hold at all becomes the mark for what is no character.
std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view c = text.substr(0, size == 0 ? 1 : size);
    text.remove_prefix(c.size());
    if (c == "&")
      out += "&amp;";
    else if (c == "<")
      out += "&lt;";
    else if (c == "\"")
      out += "&quot;";
    else if (c == "\t" || c == "\n" || c == "\r")
      out += fmt::format("&#{};", static_cast<int>(c.front()));
    else if (size == 0 || (size == 1 && static_cast<unsigned char>(c.front()) < 0x20) ||
             c == "\uFFFE" || c == "\uFFFF")
      out += "\uFFFD";
    else
      out += c;
  }
  return out;
}

bool may_be_in_name(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

// What the name of an attribute cannot hold is written as _x3C_, byte by byte.
std::string attribute_name(std::string_view name) {
  std::string out;
  for (const char c : name)
    out += may_be_in_name(c, out.empty()) ? std::string(1, c)
                                          : fmt::format("_x{:02X}_", static_cast<unsigned char>(c));
  return out.empty() ? "_" : out;
}

void append_attribute(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("{}=\"{}\" ", attribute_name(name), value);
}

void append_frames(std::string& out, const ReportInput& in,
                   const std::vector<ScoreTable::Named>& columns, const TextSink& sink) {
  out += "  <frames>\n";
  for_each_frame(in, columns, out, sink, [&](const ReportFrame& frame) {
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

void give_xml(const ReportInput& in, const TextSink& sink) {
  const auto columns = in.table.reported_columns();
  std::string out = fmt::format("<VMAF version=\"{}\">\n", escaped(in.version));
  out +=
      fmt::format("  <params qualityWidth=\"{}\" qualityHeight=\"{}\" />\n", in.width, in.height);
  out += fmt::format("  <fyi fps=\"{:.2f}\" {}/>\n", in.fps, in.partial ? "partial=\"true\" " : "");
  append_frames(out, in, columns, sink);
  append_pooled(out, in, columns);
  out += "  <aggregate_metrics ";
  for (const auto& [name, value, column] : in.table.aggregates())
    append_attribute(out, name, number_text(value, in.digits));
  sink(out + "/>\n</VMAF>\n");
}

}  // namespace visq
