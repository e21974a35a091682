#include <fmt/format.h>

#include "report/report.h"

namespace visq {

// A missing value is an empty cell, so that columns stay where their heading is.
std::string csv_report(const ReportInput& in) {
  const auto columns = in.table.reported_columns();
  std::string out = "Frame,";
  for (const auto& column : columns) out += column.printed + ",";
  out += '\n';
  for_each_frame(in, columns, [&](const ReportFrame& frame) {
    out += fmt::format("{},", frame.index);
    for (const auto& value : frame.values)
      out += (value ? number_text(*value, in.digits) : "") + ",";
    out += '\n';
  });
  return out;
}

}  // namespace visq
