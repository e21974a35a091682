// What the command line says: a job, and what the command itself does with its outcome.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/job.h"

namespace visq::cli {

// How the command ends; --help and docs/cli.md list them.
enum ExitCode {
  kDone = 0,
  kUsageError = 1,
  kInputError = 2,
  kModelError = 3,
  kProcessingError = 4,
  kInterrupted = 130
};

// The exit code of a command that ends with that error.
ExitCode exit_code_of(const Error& error);

// What ends a command that its user interrupted.
inline tl::unexpected<Error> interruption_error(std::string sentence) {
  return fail(ECANCELED, std::move(sentence));
}

// What the command is asked for.
enum class Task { score, list_devices, list_models, verify_models };

// The name under which the command was called. As visq it takes clips without -r and -d, and knows
// what to score.
enum class Program { vmaf, visq };
Program program_of(int argc, const char* const* argv);
std::string_view name_of(Program program);

struct Settings {
  Program program = Program::vmaf;
  job::Job job;
  Task task = Task::score;
  std::string config;    // the file of the jobs; what else stands here holds for all of them
  std::string title;     // "job 2 of 5 (jobs.yaml:7)"; empty when it is the only one
  bool dry_run = false;  // tell what would be done
  bool json = false;     // of what is listed
  std::string output;
  std::string report;  // of the HTML page
  std::string map_of;  // the metric whose maps it shows
  std::vector<std::string>
      curves;           // the rate-quality curve of each distorted clip; empty: one for all
  std::string command;  // as it was typed
  VmafOutputFormat format = VMAF_OUTPUT_FORMAT_XML;
  bool confine = false;  // open what the jobs name, and nothing else
  bool quiet = false;
  bool summary_of_all = false;  // and not of what was asked for
  bool progress_json = false;  // progress and messages on standard error are JSON, an object a line
};

// The settings; nothing when --help or --version was asked for and `text` is to be printed; an
// error that says which argument is wrong. With --config only what is not for one job is checked.
struct Parsed {
  std::optional<Settings> settings;
  std::string text;
};
Result<Parsed> parse_arguments(int argc, const char* const* argv);

// The metrics of the library with their features and options, for --help.
std::string metrics_help();

}  // namespace visq::cli
