// Any bytes as the sidecar of a model, or the manifest of an ensemble.
#include <cstddef>
#include <cstdint>

#include "dnn/store/sidecar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sidecar = visq::Sidecar::parse({reinterpret_cast<const char*>(data), size});
  if (!sidecar) return 0;
  (void)sidecar->scaler_of_features();
  (void)sidecar->scaler_of_pictures();
  return 0;
}
