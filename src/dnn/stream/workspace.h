// The memory of one comparison: the rows in flight of every tensor and picture, and what threads
// work in. It is used again from comparison to comparison.
#pragma once

#include <vector>

#include "base/aligned.h"
#include "dnn/stream/plan.h"

namespace visq::stream {

class Workspace {
 public:
  Workspace(Plan plan, const Operators& operators);

  // For that many pictures and threads.
  void make_room(std::size_t pictures, std::size_t threads);

  // The tensor, from channel `first` on.
  TensorRows rows(std::size_t picture, int tensor, int first = 0);
  void* scratch(std::size_t worker) { return scratch_[worker].data(); }

  const Plan plan;

 private:
  std::vector<std::vector<AlignedBuffer<std::byte>>> tensors_;  // of each picture
  AlignedBuffer<std::byte> zeros_;
  std::size_t scratch_bytes_ = 0;  // of a thread
  std::vector<AlignedBuffer<std::byte>> scratch_;
};

}  // namespace visq::stream
