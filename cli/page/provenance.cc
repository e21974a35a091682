#include "cli/page/provenance.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace visq::cli {
namespace {

// From the environment on, which stands behind all frames: those may be many.
std::string end_of_report(VmafContext* context) {
  constexpr std::string_view kBegin = "\n  \"environment\": ";
  std::string end;
  bool begun = false;
  const Status given = give_text(context, VMAF_OUTPUT_FORMAT_JSON, [&](std::string_view part) {
    end += part;
    if (begun) return;
    const std::size_t at = end.find(kBegin);
    begun = at != std::string::npos;
    end.erase(0, begun ? at : end.size() - std::min(end.size(), kBegin.size()));
  });
  return given && begun ? "{" + end : "";
}

}  // namespace

nlohmann::ordered_json made_with(VmafContext* context) {
  using Json = nlohmann::ordered_json;
  const Json report = Json::parse(end_of_report(context), nullptr, false);
  const auto part = [&](const char* key, const Json& otherwise) {
    return report.is_object() && report.contains(key) ? report[key] : otherwise;
  };
  return {{"environment", part("environment", Json::object())},
          {"tiny_models", part("tiny_models", Json::array())}};
}

}  // namespace visq::cli
