#include "cli/page/provenance.h"

#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace visq::cli {

nlohmann::ordered_json made_with(VmafContext* context) {
  using Json = nlohmann::ordered_json;
  const auto text = text_of(context, VMAF_OUTPUT_FORMAT_JSON);
  const Json report = text ? Json::parse(*text, nullptr, false) : Json();
  const auto part = [&](const char* key, const Json& otherwise) {
    return report.is_object() && report.contains(key) ? report[key] : otherwise;
  };
  return {{"environment", part("environment", Json::object())},
          {"tiny_models", part("tiny_models", Json::array())}};
}

}  // namespace visq::cli
