// Any bytes as raw samples, of any size, format and depth: errors or frames, never a crash.
#include "io/raw_yuv.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/memory_source.h"
#include "tests/fuzz/quiet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::test::Bytes bytes(data, size);
  visq::io::RawFormat format;
  const bool small = bytes.below(8) != 0;  // at times anything
  format.width = small ? bytes.below(40) : bytes.take<std::uint32_t>();
  format.height = small ? bytes.below(40) : bytes.take<std::uint32_t>();
  format.pixel_format = static_cast<VmafPixelFormat>(bytes.below(6));
  format.bits = bytes.below(20);
  const std::string samples = bytes.rest();
  const auto reader = visq::io::open_raw_yuv(
      "fuzz",
      std::make_unique<visq::test::MemorySource>(
          reinterpret_cast<const std::uint8_t*>(samples.data()), samples.size()),
      format);
  if (reader) visq::test::read_some_frames(**reader, size);
  return 0;
}
