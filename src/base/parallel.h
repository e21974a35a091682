// Parts of one job, done by several threads: how one picture uses more than one core.
#pragma once

#include <cstddef>
#include <functional>

#include "base/scratch.h"

namespace visq {

// What a metric splits its work on a frame with. How many parts there are, and how their
// results are put together, must follow from the picture alone, never from the number of threads:
// scores have equal bits for any.
class Parallel {
 public:
  using Part = std::function<void(std::size_t part, Scratch& scratch)>;

  virtual ~Parallel() = default;

  // Does part(0) to part(count - 1), each once, in any order, on any thread, this one among them,
  // and returns when all are done. `scratch` is the caller's own; a part finds its scratch as it
  // would be without it, and what it takes is given back when it ends. What a part throws is thrown
  // here, once the others have ended.
  virtual void run(std::size_t count, Scratch& scratch, const Part& part) = 0;
};

// Does one part after the other in the calling thread.
Parallel* serial();

}  // namespace visq
