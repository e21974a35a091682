// Temporary memory of one worker thread, reused from frame to frame.
#pragma once

#include <cstddef>
#include <vector>

#include "base/aligned.h"
#include "base/plane.h"

namespace visq {

// A stack of aligned blocks: take what a frame needs, `reset` gives all of it back without
// freeing, so that a steady state allocates nothing. Not shared between threads. std::bad_alloc
// where there is no memory (base/attempt.h).
class Scratch {
 public:
  // Uninitialised memory for `count` objects.
  template <typename T>
  T* take(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(take_bytes(count * sizeof(T)));
  }
  template <typename T>
  PlaneView<T> take_plane(int width, int height) {
    const std::size_t stride =
        round_up(static_cast<std::size_t>(width) * sizeof(T), kAlignment) / sizeof(T);
    T* data = take<T>(stride * static_cast<std::size_t>(height));
    return {data, static_cast<std::ptrdiff_t>(stride), width, height};
  }
  void reset() { used_ = 0; }

  // What is taken while a mark exists is given back when the mark is destroyed.
  class Mark {
   public:
    explicit Mark(Scratch& scratch) : scratch_(scratch), used_(scratch.used_) {}
    ~Mark() { scratch_.used_ = used_; }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    Scratch& scratch_;
    std::size_t used_;
  };

 private:
  void* take_bytes(std::size_t bytes);
  std::vector<AlignedBuffer<std::byte>> blocks_;
  std::size_t used_ = 0;  // blocks handed out since the last reset
};

}  // namespace visq
