// Any text as the value of any option that has a small language of its own: taken, or an error that
// says something, never a crash. The first line names the option, the rest is its value; a name
// that none has chooses one by its length.
#include <algorithm>

#include "job/presets.h"
#include "job/specs.h"

namespace {

template <typename T>
bool says_something(const visq::Result<T>& result) {
  return result || !result.error().message.empty();
}

// Of the options that are texts, "feature", "model" and "aom_ctc".
std::size_t chosen(const std::string& name) {
  const auto options = visq::job::text_options();
  std::vector<std::string_view> names;
  for (const auto& option : options) names.push_back(option.name);
  names.insert(names.end(), {"feature", "model", "aom_ctc"});
  const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  return at < names.size() ? at : name.size() % names.size();
}

bool is_settled(std::size_t choice, const std::string& value) {
  const auto options = visq::job::text_options();
  visq::job::Job job;
  if (choice < options.size()) return says_something(options[choice].set(job, value));
  if (choice == options.size()) return says_something(visq::job::parse_feature_spec(value));
  if (choice == options.size() + 1) return says_something(visq::job::parse_model_spec(value));
  return says_something(visq::job::aom_ctc(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), size);
  const std::string value = text.substr(std::min(end + 1, size));
  if (!is_settled(chosen(text.substr(0, end)), value)) __builtin_trap();
  return 0;
}
