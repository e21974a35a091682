// The options of a metric: declared once, parsed, checked and named from the declaration.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace visq {

enum class OptionType { boolean, integer, real, text };

// What an option means to whoever runs the metric, who need not know the metric for it.
enum class OptionRole {
  value,
  model_file,  // the path of a network: given, else what the environment variable holds
  map_folder,  // where maps are written; empty: nowhere
  frame_rate,  // frames a second: who runs a clip fills in the clip's where none is given
  debug        // a boolean that asks for the features of role debug: who reads them sets it
};

// Where the network is that an option of role model_file does not name.
struct ModelPlace {
  std::string_view store_file = {};   // in the model store: "tiny/lpips_sq.onnx"
  std::string_view environment = {};  // the variable that names it
  std::string_view choice = {};       // the value of OptionInfo::chosen_by for which it holds
  std::string_view setup = {};        // what ./setup --with calls it; empty: ./setup always gets it
};

struct OptionInfo {
  std::string_view name = {};
  std::string_view alias = {};  // short form inside feature names; empty = the name
  std::string_view help = {};   // one phrase, with the unit
  OptionType type = OptionType::boolean;
  double value = 0;            // default of boolean (0, 1), integer and real
  std::string_view text = {};  // default of text
  double min = 0, max = 0;     // integer and real; the default is accepted outside of it, too
  bool in_name = false;        // a value other than the default changes the emitted feature's name
  std::span<const std::string_view> choices = {};  // text: the accepted values; empty = any
  bool named_by_value = false;  // where it changes the name: by "_256" instead of "_resize_256"
  OptionRole role = OptionRole::value;
  // Of a model_file: one place, or one for each choice of the option named `chosen_by`.
  std::span<const ModelPlace> places = {};
  std::string_view chosen_by = {};
};

using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
using OptionStrings = std::map<std::string, std::string>;

// The values of all options of one metric instance.
class Options {
 public:
  // Errors name the metric, the option, the value and what is accepted; an unknown key gets
  // the nearest known one suggested. Keys may be names or aliases.
  static Result<Options> parse(std::string_view metric, std::span<const OptionInfo> infos,
                               const OptionStrings& given);

  // Takes the model files that are not given from the environment. Where one is not there either,
  // the error names both places.
  Status find_model_files(std::string_view metric, std::span<const OptionInfo> infos);

  bool boolean(std::string_view name) const { return std::get<bool>(at(name)); }
  std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(at(name)); }
  double real(std::string_view name) const { return std::get<double>(at(name)); }
  const std::string& text(std::string_view name) const { return std::get<std::string>(at(name)); }

  // What distinguishes this instance's feature names: "_egl_1_min_0.5", or empty when every
  // `in_name` option has its default (spec/api.md 1.6; sorted by option name, values in %g).
  const std::string& name_suffix() const { return suffix_; }

 private:
  const OptionValue& at(std::string_view name) const { return values_.find(name)->second; }
  std::map<std::string, OptionValue, std::less<>> values_;
  std::string suffix_;
};

}  // namespace visq
