#include "base/scratch.h"

namespace visq {

// The n-th request of a frame meets the n-th block of the frame before, which mostly fits.
void* Scratch::take_bytes(std::size_t bytes) {
  if (used_ == blocks_.size()) blocks_.emplace_back();
  AlignedBuffer<std::byte>& block = blocks_[used_];
  if (block.size() < bytes) {
    block = {};
    block = AlignedBuffer<std::byte>(bytes);
  }
  ++used_;
  return block.data();
}

}  // namespace visq
