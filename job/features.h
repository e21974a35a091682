// Metrics in a context, with what the model store has for them.
#pragma once

#include <string>

#include "job/job.h"
#include "visq/visq.hpp"

namespace visq::job {

// Adds a metric; where neither an option nor the environment names its network, that of the store.
Status use_feature(visq::context& context, FeatureSpec feature);

// The metric that gives scores of that name, where it is a learned one; else "".
std::string learned_metric_of(const std::string& score);

// What the library says of its last error, where it says it, else what its code says.
ErrorKind kind_of(int code, VmafErrorKind kind);

}  // namespace visq::job
