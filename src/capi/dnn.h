// What the C API says about learned models, as the house says it.
#pragma once

#include "base/inference.h"
#include "base/result.h"
#include "libvmaf/dnn.h"

namespace visq::capi {

// Device, threads and half precision of a configuration; the rest of `inference` stays. -EINVAL.
Status apply(const VmafDnnConfig& config, Inference& inference);

// What calls give in a build without a runtime.
Error no_runtime();
int disabled();

}  // namespace visq::capi
