// Reports as texts, which the library gives in parts.
#pragma once

#include <string>

#include "report/report.h"

namespace visq::test {

inline std::string report_text(const ReportInput& input, ReportFormat format) {
  std::string text;
  give_report(input, format, [&](std::string_view part) { text += part; });
  return text;
}

inline std::string xml_report(const ReportInput& input) {
  return report_text(input, ReportFormat::xml);
}
inline std::string json_report(const ReportInput& input) {
  return report_text(input, ReportFormat::json);
}
inline std::string csv_report(const ReportInput& input) {
  return report_text(input, ReportFormat::csv);
}
inline std::string sub_report(const ReportInput& input) {
  return report_text(input, ReportFormat::sub);
}

}  // namespace visq::test
