#include "report/report.h"

#include <cmath>

#include <fmt/format.h>

#include "base/output_file.h"

namespace visq {
namespace {

// How many zeros follow the point before the first other digit; values below a millionth are
// written with 16 decimals, because 6 would lose them.
int leading_zeros(double value) {
  double fraction = std::fabs(value) - std::trunc(std::fabs(value));
  if (fraction == 0) return 0;
  int zeros = 0;
  for (; fraction < 1 && zeros < 400; ++zeros) fraction *= 10;
  return zeros;
}

}  // namespace

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (digits < 0) return fmt::format("{:.17g}", value);
  if (digits > 0) return fmt::format("{:.{}f}", value, digits);
  return leading_zeros(value) > 6 ? fmt::format("{:.16f}", value) : fmt::format("{:.6f}", value);
}

std::string report_text(const ReportInput& input, ReportFormat format) {
  switch (format) {
    case ReportFormat::xml:
      return xml_report(input);
    case ReportFormat::json:
      return json_report(input);
    case ReportFormat::csv:
      return csv_report(input);
    case ReportFormat::sub:
      break;
  }
  return sub_report(input);
}

Status write_report(const ReportInput& input, ReportFormat format, const std::string& path) {
  return write_output(path, report_text(input, format), "the report");
}

}  // namespace visq
