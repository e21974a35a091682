// Any bytes as a registry of models, and as the list of a store's files.
#include <cstddef>
#include <cstdint>

#include "dnn/store/pins.h"
#include "dnn/store/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto registry = visq::Registry::parse(text);
  if (registry) (void)registry->find_file("a.onnx");
  (void)visq::parse_pins(text);
  return 0;
}
