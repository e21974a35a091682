// Parts of a frame in an order, and on memory, that no metric may depend on.
#pragma once

#include <malloc.h>

#include "base/parallel.h"

namespace visq::test {

// The last part first, each on memory of its own. What one part leaves to another, other than its
// results, is lost, as it is on another thread.
class Disordered final : public Parallel {
 public:
  void run(std::size_t count, Scratch&, const Part& part) override {
    for (std::size_t i = count; i-- > 0;) {
      Scratch own;
      part(i, own);
    }
    parts_ += count;
  }
  std::size_t parts() const { return parts_; }  // of all runs

 private:
  std::size_t parts_ = 0;
};

// While it lives, new memory is full of bytes 0xFF: floats of it are not numbers. (glibc does so.)
class PoisonedMemory {
 public:
  PoisonedMemory() { set(0x100); }
  ~PoisonedMemory() { set(0); }
  PoisonedMemory(const PoisonedMemory&) = delete;
  PoisonedMemory& operator=(const PoisonedMemory&) = delete;

 private:
  // glibc fills memory with the complement of the lowest byte of a value that is not 0.
  static void set([[maybe_unused]] int value) {
#ifdef M_PERTURB
    mallopt(M_PERTURB, value);
#endif
  }
};

}  // namespace visq::test
