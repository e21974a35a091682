// Any text as the value of any option that has a small language of its own: taken, or an error that
// says something, never a crash. The first byte chooses the option, the rest is its value.
#include "job/presets.h"
#include "job/specs.h"

namespace {

template <typename T>
bool says_something(const visq::Result<T>& result) {
  return result || !result.error().message.empty();
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
  if (size == 0) return 0;
  const std::string value(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!is_settled(data[0] % (visq::job::text_options().size() + 3), value)) __builtin_trap();
  return 0;
}
