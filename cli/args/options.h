// The options of the command: one table, from which parsing, --help, the manual page, the
// completions and configurations follow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/args/settings.h"
#include "job/specs.h"

namespace CLI {
class App;
}

namespace visq::cli {

struct OptionText {
  std::string group;
  std::vector<std::string> names;  // "-r", "--reference"
  std::string value;               // "FILE"; empty: a flag
  std::string help;
  bool repeatable = false;
  std::vector<std::string> choices;  // its values, where they are few words
  std::string_view name() const { return std::string_view(names.back()).substr(2); }  // "reference"
};

// All but --help, in the order of --help.
std::vector<OptionText> option_texts();

// What is wrong with a command line: a sentence, and the option that it is about.
struct Misuse {
  std::string option;  // "threads"; empty: none, or several
  std::string sentence;
};
using Checked = std::optional<Misuse>;

// A command line that is being read: settings, and what is settled when all of it is known.
struct Line {
  Settings settings;
  job::RawWords raw;
  std::vector<std::string> models, features;  // of presets
  std::vector<job::FeatureSpec> feature_params;
  bool no_reference = false, no_prediction = false, version = false, man = false;
  bool report_beside = false;  // --report without the name of a file
  bool list_devices = false, list_models = false, verify_models = false;
  std::string completion;
  Checked refused;  // the value of an option
};

void add_options(CLI::App& app, Line& line);

// Checks what belongs together when all options are known. `words`: the command line.
Checked settle(Line& line, const std::vector<std::string>& words);

// An option's value as it was given; flags have none.
struct Given {
  std::string name;  // "threads"
  std::vector<std::string> values;
};

// What a parsed command line gives, in its order.
std::vector<Given> given_options(const CLI::App& app);

// Suggests the nearest that there is.
std::string no_such_option(const std::string& name, const std::vector<OptionText>& options);

}  // namespace visq::cli
