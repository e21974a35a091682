#include "dnn/stream/workspace.h"

#include <algorithm>

#include "base/large_pages.h"

namespace visq::stream {

Workspace::Workspace(Plan p, const Operators& operators) : plan(std::move(p)) {
  std::size_t longest = 0;
  for (const TensorShape& tensor : plan.tensors) longest = std::max(longest, tensor.row_bytes());
  for (const auto& op : operators) scratch_bytes_ = std::max(scratch_bytes_, op->scratch());
  zeros_ = AlignedBuffer<std::byte>::zeroed(longest);
}

void Workspace::make_room(std::size_t pictures, std::size_t threads) {
  while (scratch_.size() < threads)
    scratch_.push_back(zeroed_in_large_pages<std::byte>(scratch_bytes_));
  while (tensors_.size() < pictures) {
    std::vector<AlignedBuffer<std::byte>> tensors;
    tensors.reserve(plan.tensors.size());
    for (const TensorShape& tensor : plan.tensors)
      tensors.push_back(zeroed_in_large_pages<std::byte>(tensor.bytes()));
    tensors_.push_back(std::move(tensors));
  }
}

TensorRows Workspace::rows(std::size_t picture, int tensor, int first) {
  const auto t = static_cast<std::size_t>(tensor);
  return {&plan.tensors[t], tensors_[picture][t].data(), zeros_.data(), first};
}

}  // namespace visq::stream
