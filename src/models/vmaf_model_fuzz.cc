// Any bytes as a VMAF model.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/vmaf_model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto models = visq::parse_vmaf_model({reinterpret_cast<const char*>(data), size}, {});
  if (!models) return 0;
  for (const auto& model : *models)
    (void)model.predict(std::vector<double>(model.features.size(), 0.5));
  return 0;
}
