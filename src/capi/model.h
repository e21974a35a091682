// VmafModel and VmafModelCollection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libvmaf/model.h"
#include "models/vmaf_model.h"

struct VmafModel {
  visq::VmafModelData data;
  std::uint64_t id = 0;  // tells models of one name apart: made of content, settings and options
};

struct VmafModelCollection {
  std::string name;
  std::vector<VmafModel> members;  // without the main model
};
