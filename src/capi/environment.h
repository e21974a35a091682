// What scores are made with here.
#pragma once

#include "report/report.h"

namespace visq::capi {

ReportEnvironment environment();

}  // namespace visq::capi
