#include "models/builtin.h"

namespace visq {

const BuiltinModel* find_builtin_model(std::string_view version) {
  for (const BuiltinModel& model : builtin_models())
    if (model.version == version) return &model;
  return nullptr;
}

}  // namespace visq
