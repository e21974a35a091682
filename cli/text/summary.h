// The table at the end.
#pragma once

#include <string>

#include "job/run.h"

namespace visq::cli {

std::string summary(const job::Run& run, double seconds);

}  // namespace visq::cli
