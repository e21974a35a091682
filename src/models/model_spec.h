// How people name a model, and how it shall be used: VERSION or FILE, or version=V or path=P, then
// :name=N, :disable_clip, :enable_transform, :disable_transform, :METRIC.OPTION=VALUE.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/vmaf_model.h"

namespace visq {

struct ModelSpec {
  std::string version, path;  // one of them is set
  ModelSettings settings;
  struct Overload {
    std::string metric, option, value;
  };
  std::vector<Overload> overloads;
  bool plain = true;   // it says which model, and nothing else
  bool named = false;  // it says the name
};

// -EINVAL, of kind `usage`. A first part without a key is a file where it has a "/" or ends with
// .json or .onnx, else a version. "\:" is a colon within a part.
Result<ModelSpec> parse_model_spec(std::string_view text);

}  // namespace visq
