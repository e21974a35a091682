// The module libvisq_av.so, loaded when something needs libav: see io/av_reader.h.
#pragma once

#include <string>

#include "base/result.h"

namespace visq::io {

// A function that the module exports. `what` needs it, and is named when the module cannot be
// loaded.
Result<void*> module_function(const char* name, const std::string& what);

template <typename Function>
Result<Function*> module_function_as(const char* name, const std::string& what) {
  VISQ_ASSIGN(void* const address, module_function(name, what));
  return reinterpret_cast<Function*>(address);
}

}  // namespace visq::io
