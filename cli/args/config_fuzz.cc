// Any bytes as a configuration: jobs, or an error, never a crash. A few options stand for all: with
// every one of them most of the time would go into finding what a misspelt one was meant to be.
#include "cli/args/config.h"

namespace {

std::vector<visq::cli::OptionText> one_of_each_kind() {
  std::vector<visq::cli::OptionText> some;
  for (const auto& option : visq::cli::option_texts())
    for (const char* name : {"quiet", "no_prediction", "threads", "scale", "feature", "reference",
                             "distorted", "config", "output", "report"})
      if (option.name() == name) some.push_back(option);
  return some;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<visq::cli::OptionText> options = one_of_each_kind();
  const auto jobs =
      visq::cli::parse_config(std::string(reinterpret_cast<const char*>(data), size), options);
  if (jobs ? jobs->empty() : jobs.error().message.empty()) __builtin_trap();
  return 0;
}
