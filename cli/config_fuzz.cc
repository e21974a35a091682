// Any bytes as a configuration: jobs, or an error, never a crash.
#include "cli/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<visq::cli::OptionText> options = visq::cli::option_texts();
  const auto jobs = visq::cli::parse_config(std::string(reinterpret_cast<const char*>(data), size), options);
  if (jobs ? jobs->empty() : jobs.error().message.empty()) __builtin_trap();
  return 0;
}
