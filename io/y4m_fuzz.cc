// Any bytes as a y4m stream: errors or frames, never a crash.
#include "io/y4m.h"
#include "tests/fuzz/memory_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using visq::test::MemorySource;
  const auto reader = visq::io::open_y4m("fuzz", std::make_unique<MemorySource>(data, size));
  if (reader) visq::test::read_some_frames(**reader, size);
  return 0;
}
