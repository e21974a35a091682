// The table at the end.
#pragma once

#include <string>

#include "job/run.h"

namespace visq::cli {

struct SummaryStyle {
  bool all = false;   // scores, too, that are there because a model reads them
  bool bold = false;  // titles
};

std::string summary(const job::Run& run, double seconds, const SummaryStyle& style = {});

}  // namespace visq::cli
