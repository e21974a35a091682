// Which frame of the reference a distorted frame shows: clips that begin at different frames, and
// frames that were dropped or repeated. What a job makes of it is in align.h.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "job/control.h"
#include "job/open.h"

namespace visq::job {

// Mean luma of the blocks of a grid: enough to know a frame again.
inline constexpr unsigned kSignatureColumns = 16, kSignatureRows = 9;
using Signature = std::array<float, std::size_t{kSignatureColumns} * kSignatureRows>;
Signature signature_of(const VmafPicture& picture);

// Most frames i of the distorted clip are frames i + offset of the reference, from -limit to limit.
int find_offset(const std::vector<Signature>& reference, const std::vector<Signature>& distorted,
                int limit);

struct SyncEvent {
  unsigned frame = 0;  // of the distorted clip
  unsigned dropped =
      0;  // frames of the reference that are missing before it; 0: it repeats the frame before
  bool operator==(const SyncEvent&) const = default;
};

struct Synchrony {
  int offset = 0;  // of the first frame that both have
  std::vector<SyncEvent> events;
  double difference = 0;  // of the frames taken for each other: mean, in code values of 8 bits
};
Synchrony find_synchrony(const std::vector<Signature>& reference,
                         const std::vector<Signature>& distorted);

inline constexpr int kMaxOffset = 100;

// Reads the clips, `most` frames of each at most (0: to their ends): one synchrony for each
// distorted one.
struct Looked {
  std::vector<Synchrony> clips;
  std::uint64_t frames = 0;  // read, of all clips together
  bool whole = true;         // all clips were read to their ends
};
Result<Looked> synchronise(Readers readers, std::uint64_t most, const Control& control);

}  // namespace visq::job
