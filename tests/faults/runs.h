// Small runs through the C API, whose calls into the system fail one after another.
#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "libvmaf/visq.h"
#include "tests/capi/in_flight.h"

namespace visq::test {

constexpr unsigned kFaultFrames = 4;

// What a run came to. It owns no memory: blocks that are left over are the library's.
struct Outcome {
  int code = 0;  // of the first call that failed
  std::array<char, 160> sentence{};
  std::array<double, kFaultFrames> scores{NAN, NAN, NAN, NAN};
  double pooled = NAN;

  // The code is what the call returned.
  bool ok(int returned) {
    if (returned < 0 && code == 0) {
      code = returned;
      std::string_view(vmaf_last_error()).copy(sentence.data(), sentence.size() - 1);
    }
    return returned >= 0;
  }
};

// A frame for contexts that compare with one reference.
inline bool push_pair(Outcome& outcome, std::span<VmafContext* const> contexts, unsigned index) {
  VmafPicture reference{};
  std::array<VmafPicture, 2> distorted{};
  std::array<VmafComparison, 2> comparisons{};
  bool made = outcome.ok(vmaf_picture_alloc(&reference, VMAF_PIX_FMT_YUV420P, 8, kWidth, kHeight));
  if (made) fill(&reference, index, false);
  for (std::size_t i = 0; i < contexts.size() && made; ++i) {
    made = outcome.ok(vmaf_picture_alloc(&distorted[i], VMAF_PIX_FMT_YUV420P, 8, kWidth, kHeight));
    if (made) fill(&distorted[i], index, true);
    comparisons[i] = {contexts[i], &distorted[i], 0, nullptr};
  }
  if (made)
    made = outcome.ok(
        vmaf_read_pictures_together(&reference, comparisons.data(), contexts.size(), index));
  vmaf_picture_unref(&reference);
  for (VmafPicture& picture : distorted) vmaf_picture_unref(&picture);
  return made;
}

inline bool push_frames(Outcome& outcome, std::span<VmafContext* const> contexts, unsigned from) {
  for (unsigned i = from; i < kFaultFrames; ++i)
    if (!push_pair(outcome, contexts, i)) return false;
  for (VmafContext* context : contexts)
    if (!outcome.ok(vmaf_read_pictures(context, nullptr, nullptr, 0))) return false;
  return true;
}

inline void read_scores(Outcome& outcome, VmafContext* context, const char* feature) {
  outcome.scores.fill(NAN);
  vmaf_feature_scores(context, feature, outcome.scores.data(), kFaultFrames);
}

}  // namespace visq::test
