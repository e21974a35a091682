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

void give_if_long(std::string& text, const TextSink& sink) {
  constexpr std::size_t kPart = 1 << 16;
  if (text.size() < kPart) return;
  sink(text);
  text.clear();
}

void give_report(const ReportInput& input, ReportFormat format, const TextSink& sink) {
  switch (format) {
    case ReportFormat::xml:
      return give_xml(input, sink);
    case ReportFormat::json:
      return give_json(input, sink);
    case ReportFormat::csv:
      return give_csv(input, sink);
    case ReportFormat::sub:
      return give_sub(input, sink);
  }
}

Status write_report(const ReportInput& input, ReportFormat format, const std::string& path) {
  return write_output(
      path,
      [&](const TextSink& sink) -> Status {
        give_report(input, format, sink);
        return {};
      },
      "the report");
}

}  // namespace visq
