#include "report/report.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

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

Status file_error(std::string_view name) {
  const int code = errno != 0 ? errno : EIO;
  return fail(code, fmt::format("cannot write the report {}: {}", name, std::strerror(code)),
              ErrorKind::output);
}

Status write_all(std::FILE* file, const std::string& content, std::string_view name) {
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  return written && std::fflush(file) == 0 ? Status{} : file_error(name);
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
  const std::string content = report_text(input, format);
  errno = 0;
  if (path == "-") return write_all(stdout, content, "to standard output");
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (file == nullptr) return file_error(path);
  VISQ_TRY(write_all(file.get(), content, path));
  return std::fclose(file.release()) == 0 ? Status{} : file_error(path);
}

}  // namespace visq
