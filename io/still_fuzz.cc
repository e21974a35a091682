// Any bytes as the file of a still picture.
#include <cstddef>
#include <cstdint>

#include "io/still.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::io::orientation_of_still({reinterpret_cast<const char*>(data), size});
  return 0;
}
