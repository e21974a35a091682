#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include <fmt/format.h>

#include "base/attempt.h"
#include "cli/args/command.h"
#include "cli/hand_over.h"
#include "cli/run.h"
#include "cli/text/inventory.h"
#include "cli/text/messages.h"
#include "libvmaf/visq.h"

namespace {

// Errors are printed where they are handled; here come the library's warnings.
void tell_warning(void* user, VmafLogLevel level, const char* sentence) {
  if (level == VMAF_LOG_LEVEL_WARNING)
    static_cast<const visq::cli::Messages*>(user)->warning(sentence);
}

// Of a command line that cannot be read otherwise.
bool asks_for_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--progress=json" ||
        (word == "json" && std::string_view(argv[i - 1]) == "--progress"))
      return true;
  }
  return false;
}

int run_command(int argc, char** argv) {
  using namespace visq::cli;
  const Program program = program_of(argc, argv);
  if (program == Program::visq) {
    if (const visq::Status other = hand_over(argc, argv); !other) {
      Messages(program, false).error(kProcessingError, other.error().message);
      return kProcessingError;
    }
  }
  const auto command = parse_command(argc, argv);
  if (!command) {
    const Messages messages(program, asks_for_json(argc, argv));
    messages.error(kUsageError, command.error().message);
    if (!messages.json()) fmt::print(stderr, "{} --help lists all options\n", name_of(program));
    return kUsageError;
  }
  if (command->jobs.empty()) {
    const bool written = std::fputs(command->text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return written ? kDone : kProcessingError;
  }
  const Settings& first = command->jobs.front();
  if (first.task != Task::score) return show_inventory(first);
  Messages messages(program, first.progress_json);
  vmaf_set_log_callback(tell_warning, &messages);
  return run_all(command->jobs, messages);
}

// Values of JSON need memory to be destroyed. Where there is none nobody can catch the exception,
// and the sentence is all that is left to do; what was scored is written before.
[[noreturn]] void end_without_memory() {
  const std::exception_ptr thrown = std::current_exception();
  if (thrown == nullptr) std::abort();
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    std::fputs("vmaf: error: out of memory\n", stderr);
    std::_Exit(visq::cli::kProcessingError);
  } catch (...) {
    std::abort();
  }
}

}  // namespace

// The library lets no exception out; what is left is memory for the command's own texts.
int main(int argc, char** argv) {
  std::set_terminate(end_without_memory);
  int exit_code = visq::cli::kDone;
  const visq::Status status = visq::attempt([&]() -> visq::Status {
    exit_code = run_command(argc, argv);
    return {};
  });
  if (status) return exit_code;
  visq::cli::Messages(visq::cli::program_of(argc, argv), asks_for_json(argc, argv))
      .error(visq::cli::kProcessingError, status.error().message);
  return visq::cli::kProcessingError;
}
