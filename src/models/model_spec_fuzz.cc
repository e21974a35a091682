// Any text as what somebody calls a model by.
#include <cstddef>
#include <cstdint>

#include "models/model_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto spec = visq::parse_model_spec({reinterpret_cast<const char*>(data), size});
  if (spec && spec->path.empty() == spec->version.empty()) __builtin_trap();
  return 0;
}
