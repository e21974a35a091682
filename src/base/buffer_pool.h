// Large buffers that are used again instead of being given back to the system: fresh memory costs a
// page fault each 4 kB.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/aligned.h"

namespace visq {

template <typename T>
class BufferPool {
 public:
  // `size` objects with whatever they last held.
  AlignedBuffer<T> take(std::size_t size) {
    {
      std::lock_guard lock(mutex_);
      while (!free_.empty()) {
        AlignedBuffer<T> buffer = std::move(free_.back());
        free_.pop_back();
        if (buffer.size() == size) return buffer;
      }
    }
    return AlignedBuffer<T>(size);
  }
  // Where the list has no room for it, the buffer goes back to the system.
  void give(AlignedBuffer<T> buffer) noexcept {
    if (buffer.data() == nullptr) return;
    std::lock_guard lock(mutex_);
    try {
      free_.push_back(std::move(buffer));
    } catch (const std::bad_alloc&) {
    }
  }

 private:
  std::mutex mutex_;
  std::vector<AlignedBuffer<T>> free_;
};

}  // namespace visq
