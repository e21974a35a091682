// Any bytes as a PNG file: an image or nothing, never a crash.
#include "io/png.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::io::decode_png({reinterpret_cast<const char*>(data), size});
  return 0;
}
