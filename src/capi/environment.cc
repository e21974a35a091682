#include "capi/environment.h"

#include "base/cpu.h"
#include "dnn/run/session.h"
#include "libvmaf/libvmaf.h"

namespace visq::capi {

ReportEnvironment environment() {
  return {vmaf_version(), Session::runtime(), cpu_name(), cpu_target()};
}

}  // namespace visq::capi
