// VmafModel and VmafModelCollection.
#pragma once

#include <memory>
#include <string_view>

#include "extract/options.h"
#include "libvmaf/model.h"
#include "models/vmaf_score_model.h"

// A context that scores with a model shares it: the client may destroy its own at any time.
struct VmafModel {
  std::shared_ptr<const visq::SvmModel> model;
};

struct VmafModelCollection {
  std::shared_ptr<const visq::BootstrapModel> model;
};

namespace visq::capi {

// The model with these options for each of its features that the metric provides.
std::shared_ptr<const SvmModel> overloaded(const SvmModel& model, std::string_view metric,
                                           const OptionStrings& options);
std::shared_ptr<const BootstrapModel> overloaded(const BootstrapModel& model,
                                                 std::string_view metric,
                                                 const OptionStrings& options);

}  // namespace visq::capi
