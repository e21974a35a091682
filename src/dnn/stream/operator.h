// What a layer of a network is to the engine: how far it sees, how many rows it makes at a time,
// and how it makes them. Each kind is one file (conv.cc, winograd.cc, max_pool.cc, l2_pool.cc); the
// scheduler knows only this page.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dnn/stream/graph.h"
#include "dnn/stream/tensor.h"

namespace visq::stream {

inline constexpr int kMostWindowRows = 64;  // no graph is recognised that has more

// int16: products of 16 bits where they take less time (kernels/nn/int16.h), and activations of 16
// bits.
enum class Precision { fp32, int16 };

// What an operator reads and writes. `positive`: no value that it reads is below zero.
struct Formats {
  Storage in = Storage::float32, out = Storage::float32;
  bool positive = false;
};

class Operator {
 public:
  virtual ~Operator() = default;

  virtual std::string name() const = 0;  // "conv 3x3/2", for benchmarks
  virtual const Window& window() const = 0;

  // Rows of output that it makes at a time, where `suggested` would stay in the cache.
  virtual int rows_at_once(int suggested, int /*out_width*/) const { return suggested; }

  // Whether the rows of a step are made together, so that fewer take as long.
  virtual bool in_tiles() const { return false; }

  // How many pixels it reads of a row, margins included, to make `out_width`. 0: those of the
  // picture alone.
  virtual int pixels_read(int /*out_width*/) const { return 0; }

  // Working memory of one thread, in bytes.
  virtual std::size_t scratch() const { return 0; }

  // Products of two values that one pixel of output takes, for benchmarks.
  virtual double products() const { return 0; }

  virtual void make(const TensorRows& in, const TensorRows& out, Rows rows,
                    void* scratch) const = 0;
};

// A way to compute layers.
struct OperatorKind {
  bool (*suits)(const Layer&);

  // Whether it reads, or writes, bfloat16 at that precision; `same`: only where it does both.
  struct Bfloat16 {
    bool in = false, out = false, same = false;
  };
  Bfloat16 (*bfloat16)(const Layer&, Precision);

  std::unique_ptr<const Operator> (*make)(const Layer&, Precision, const Formats&);
};

// The best first.
std::span<const OperatorKind* const> operator_kinds();

// The first that suits; there is one for each layer of a graph.
const OperatorKind& operator_kind(const Layer& layer);

using Operators = std::vector<std::unique_ptr<const Operator>>;  // of each layer

extern const OperatorKind kWinogradOperator, kConvOperator, kMaxPoolOperator, kL2PoolOperator;

}  // namespace visq::stream
