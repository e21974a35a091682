// The dictionary of options that callers fill.
#pragma once

#include <string>

#include "extract/options.h"
#include "libvmaf/feature.h"

struct VmafFeatureDictionary {
  visq::OptionStrings options;
};

namespace visq::capi {

std::string normalise(const std::string& value);

// The options of a dictionary, which is freed; none for NULL.
OptionStrings take(VmafFeatureDictionary* dictionary);

}  // namespace visq::capi
