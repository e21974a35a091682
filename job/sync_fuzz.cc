// Any two clips of a few frames: which frame is which, within the limits, never a crash.
#include "job/sync.h"
#include "tests/fuzz/bytes.h"

namespace {

// Frames that are few different pictures, repeated and dropped as the bytes say.
std::vector<visq::job::Signature> clip_from(visq::test::Bytes& bytes) {
  std::vector<visq::job::Signature> frames(bytes.below(40));
  for (auto& frame : frames) {
    const unsigned picture = bytes.below(64), noise = bytes.below(4);
    for (std::size_t i = 0; i < frame.size(); ++i)
      frame[i] = static_cast<float>((picture * 37 + i * (picture + 3)) % 256 + noise * (i % 2));
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::test::Bytes bytes(data, size);
  const auto reference = clip_from(bytes), distorted = clip_from(bytes);
  const auto found = visq::job::find_synchrony(reference, distorted);
  if (found.offset > visq::job::kMaxOffset || found.offset < -visq::job::kMaxOffset)
    __builtin_trap();
  for (const auto& event : found.events)
    if (event.frame >= distorted.size() || event.dropped > reference.size()) __builtin_trap();
  return 0;
}
