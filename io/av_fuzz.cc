// Damaged containers and images: what stands around libav (layouts, rotation, colour, EXIF and ICC,
// conversion) gives errors or frames, never a crash. libav itself is the distribution's.
#include "io/av_reader.h"
#include "tests/fuzz/memory_source.h"
#include "tests/fuzz/quiet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using visq::test::MemorySource;
  const auto reader = visq::io::open_av("fuzz", std::make_unique<MemorySource>(data, size), 1, {});
  if (!reader && reader.error().message.empty()) __builtin_trap();
  if (reader) visq::test::read_some_frames(**reader, size);
  return 0;
}
