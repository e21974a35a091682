#include <cstdio>

#include <fmt/format.h>

#include "cli/run.h"
#include "libvmaf/visq.h"

namespace {

// Errors are printed where they are handled; here come the library's warnings.
void print_warning(void*, VmafLogLevel level, const char* sentence) {
  if (level == VMAF_LOG_LEVEL_WARNING) fmt::print(stderr, "vmaf: warning: {}\n", sentence);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace visq::cli;
  vmaf_set_log_callback(print_warning, nullptr);
  const auto parsed = parse_arguments(argc, argv);
  if (!parsed) {
    fmt::print(stderr, "vmaf: error: {}\nvmaf --help lists all options\n", parsed.error().message);
    return kUsageError;
  }
  if (parsed->settings) return run(*parsed->settings);
  fmt::print("{}", parsed->text);
  return kDone;
}
