// The VMAF models that were in the model store when the library was built.
#pragma once

#include <span>
#include <string_view>

namespace visq {

struct BuiltinModel {
  std::string_view version;  // "vmaf_v0.6.1"
  std::string_view json;
};

std::span<const BuiltinModel> builtin_models();  // sorted by version
const BuiltinModel* find_builtin_model(std::string_view version);

}  // namespace visq
