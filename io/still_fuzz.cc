// Any bytes as the file of a still picture.
#include <cstddef>
#include <cstdint>

#include "io/still.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  visq::io::orientation_of_still(file);
  visq::io::is_cut_jpeg(file);
  return 0;
}
