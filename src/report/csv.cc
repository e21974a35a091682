#include <fmt/format.h>

#include "report/report.h"

namespace visq {

namespace {

// As RFC 4180 has it. What a spreadsheet would take for a formula begins with an apostrophe.
std::string cell(const std::string& name) {
  std::string text = (name.find_first_of("=+-@\t\r") == 0 ? "'" : "") + name;
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

// A missing value is an empty cell, so that columns stay where their heading is.
void give_csv(const ReportInput& in, const TextSink& sink) {
  const auto columns = in.table.reported_columns();
  std::string out = "Frame,";
  for (const auto& column : columns) out += cell(column.printed) + ",";
  out += '\n';
  for_each_frame(in, columns, out, sink, [&](const ReportFrame& frame) {
    out += fmt::format("{},", frame.index);
    for (const auto& value : frame.values)
      out += (value ? number_text(*value, in.digits) : "") + ",";
    out += '\n';
  });
  sink(out);
}

}  // namespace visq
