// Any bytes as a registry.
#include <cstddef>
#include <cstdint>

#include "dnn/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto registry = visq::Registry::parse({reinterpret_cast<const char*>(data), size});
  if (registry) (void)registry->find_file("a.onnx");
  return 0;
}
