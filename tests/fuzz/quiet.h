// A target that includes this says nothing of what is wrong with its inputs.
#pragma once

#include "libvmaf/visq.h"

extern "C" [[gnu::used]] inline int LLVMFuzzerInitialize(int*, char***) {
  vmaf_set_log_callback([](void*, VmafLogLevel, const char*) {}, nullptr);
  return 0;
}
