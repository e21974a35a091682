// The options of the command, from which --help, the manual page, the completions and
// configurations follow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/args/settings.h"

namespace CLI {
class App;
}

namespace visq::cli {

// What CLI11 fills, as text: our own checks give the sentences.
struct Raw {
  unsigned width = 0, height = 0, bits = 0;
  std::string pixel_format, aom_ctc, nflx_ctc;
  std::vector<std::string> models, features, feature_params;
  std::string precision, cpumask, gpumask, progress;
  std::string scale, scaler, to_bits, to_pixel_format, sync, frame_rate;
  bool no_prediction = false, version = false;
  std::string completion;
  bool man = false, list_devices = false, list_models = false, verify_models = false;
};

void add_options(CLI::App& app, Settings& settings, Raw& raw);

// Checks what CLI11 filled, and makes settings of it. `words`: the command line.
Status settle(Raw& raw, const std::vector<std::string>& words, Settings& settings);

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

// An option's value as it was given; flags have none.
struct Given {
  std::string name;  // "threads"
  std::vector<std::string> values;
};

// What a parsed command line gives.
std::vector<Given> given_options(const CLI::App& app);

// Suggests the nearest that there is.
Error no_such_option(const std::string& name, const std::vector<OptionText>& options);

}  // namespace visq::cli
