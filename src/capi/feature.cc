#include "capi/feature.h"

#include <fmt/format.h>

#include "base/numbers.h"
#include "capi/log.h"

namespace visq::capi {

// Numbers are rewritten as the naming of features writes them: "1.0" and "1" are the same option.
std::string normalise(const std::string& value) {
  const auto number = parse_number<float>(value);
  return number ? fmt::format("{:g}", *number) : value;
}

OptionStrings take(VmafFeatureDictionary* dictionary) {
  OptionStrings options;
  if (dictionary != nullptr) options = std::move(dictionary->options);
  delete dictionary;
  return options;
}

}  // namespace visq::capi

using namespace visq::capi;

extern "C" {

int vmaf_feature_dictionary_set(VmafFeatureDictionary** dict, const char* key, const char* val) {
  if (dict == nullptr || key == nullptr || val == nullptr)
    return report(EINVAL, "a feature dictionary needs a place, a key and a value");
  return guarded([&] {
    auto value = normalise(val);
    if (*dict == nullptr) *dict = new VmafFeatureDictionary;
    (*dict)->options.insert_or_assign(key, std::move(value));
    return 0;
  });
}

int vmaf_feature_dictionary_free(VmafFeatureDictionary** dict) {
  if (dict == nullptr) return report(EINVAL, "a feature dictionary to free is NULL");
  delete *dict;
  *dict = nullptr;
  return 0;
}

}  // extern "C"
