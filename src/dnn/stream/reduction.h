// What becomes of the tensors that a network is tapped at: the head of the network, which its
// metric owns (LPIPS's differences, DISTS's statistics). One object for each comparison.
#pragma once

#include <cstddef>
#include <span>

#include "dnn/stream/tensor.h"

namespace visq::stream {

class Reduction {
 public:
  virtual ~Reduction() = default;

  // Before the first row: the tensors of the taps, and the number of distorted pictures.
  virtual void begin(std::span<const TensorShape> taps, std::size_t distorted) = 0;

  // Rows of a tap, of all pictures. Those of one tap come in order, from one thread at a time;
  // those of several taps at once.
  virtual void add(std::size_t tap, Rows rows, const TensorRows& ref,
                   std::span<const TensorRows> distorted) = 0;
};

}  // namespace visq::stream
