// Register-blocked products of rows of activations with packed weights; for one CPU target at a
// time.
#if defined(VISQ_NN_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_NN_GEMM_INL_H_
#undef VISQ_NN_GEMM_INL_H_
#else
#define VISQ_NN_GEMM_INL_H_
#endif

#include <type_traits>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/nn/nn.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, kBlock>;
using V = hn::Vec<D>;
inline constexpr int kLanes =
    static_cast<int>(HWY_MIN(HWY_LANES(float), static_cast<std::size_t>(kBlock)));
inline constexpr int kVectors = kBlock / kLanes;  // of a block

// f(0), f(1), ... with numbers that are constants: GCC keeps arrays in registers only where no loop
// is left to count through them.
#define VISQ_NN_INLINE HWY_ATTR __attribute__((always_inline))
template <int N, int I = 0, class F>
HWY_INLINE void unrolled(const F& f) {
  if constexpr (I < N) {
    f(std::integral_constant<int, I>());
    unrolled<N, I + 1>(f);
  }
}

// Rows whose sums one block of registers holds: 12 of AVX2's 16 registers are sums, 12 of AVX-512's
// 32, which hide the latency of its products, 24 of NEON's 32.
inline constexpr int kRows = kVectors == 1 ? 12 : 6;

// Steps of a block's weights between those that are used and those that are brought near.
constexpr int kAhead = 16;

// Blocks of channels that meet a row together: AVX-512 has registers for the sums of two, and would
// spend as long on reading rows as on products with one.
inline constexpr int kBlocksTogether = kVectors == 1 ? 2 : 1;

// What one step of a product is: `kPerStep` values side by side, of a row and of each channel's
// weights, become part of one sum. `N` vectors of channels.
struct FloatProducts {
  using Value = float;
  using Sum = V;
  static constexpr int kPerStep = 1;

  static HWY_INLINE V weights(const float* from) { return hn::Load(D(), from); }
  template <int N>
  static HWY_INLINE void add(const float* from, const V* w, V* sums) {
    const V x = hn::Set(D(), *from);
    unrolled<N>([&](auto j) VISQ_NN_INLINE { sums[j] = hn::MulAdd(x, w[j], sums[j]); });
  }
};

// What is brought near while weights are multiplied: at each step this many bytes more, of each
// block.
struct Ahead {
  const std::byte* from = nullptr;
  std::ptrdiff_t step = 0, block_step = 0;

  HWY_INLINE Ahead after(std::ptrdiff_t steps) const {
    return {from + steps * step, step, block_step};
  }
};

// The sums of N rows and B blocks of channels.
template <class Products, int N, int B = 1>
struct Sums {
  using Value = typename Products::Value;
  static constexpr int kAll = B * kVectors;
  typename Products::Sum v[N][kAll];

  HWY_INLINE Sums() {}  // written out: an implicit one would not be compiled for the target

  // `value(j)`: what the sums of the blocks' vector j begin with.
  template <class Start>
  HWY_INLINE void start(const Start& value) {
    unrolled<kAll>([&](auto j) VISQ_NN_INLINE {
      const typename Products::Sum first = value(j);
      unrolled<N>([&](auto i) VISQ_NN_INLINE { v[i][j] = first; });
    });
  }

  // Adds rows of values, `step` apart, times [steps][16][kPerStep] weights of each block; blocks
  // stand `block_step` apart. `kFar`: these are not in the first cache. `kFarther`: nor will the
  // next ones be in the second, unless they are brought there.
  template <bool kFar, bool kFarther = false>
  HWY_INLINE void add(const Value* HWY_RESTRICT rows, std::ptrdiff_t step, int steps,
                      const Value* HWY_RESTRICT weights, std::ptrdiff_t block_step = 0,
                      Ahead ahead = {}) {
    constexpr int kStep = Products::kPerStep;
    for (int k = 0; k < steps; ++k, weights += kStep * kBlock, rows += kStep) {
      decltype(Products::weights(weights)) w[kAll];
      unrolled<kAll>([&](auto j) VISQ_NN_INLINE {
        w[j] = Products::weights(weights + j / kVectors * block_step +
                                 kStep * (j % kVectors) * kLanes);
      });
      if constexpr (kFar)
        unrolled<B>([&](auto i) VISQ_NN_INLINE {
          hwy::Prefetch(weights + i * block_step + kStep * kBlock * kAhead);
        });
      if constexpr (kFarther) {
        unrolled<B>([&](auto i)
                        VISQ_NN_INLINE { hwy::Prefetch(ahead.from + i * ahead.block_step); });
        ahead.from += ahead.step;
      }
      const Value* const fourth[] = {rows, rows + 3 * step, rows + 6 * step, rows + 9 * step};
      unrolled<N>([&](auto i) VISQ_NN_INLINE {
        Products::template add<kAll>(fourth[i / 3] + i % 3 * step, w, v[i]);
      });
    }
  }
};

// Calls f(a constant, block): how many blocks together, from that one on.
template <typename F>
HWY_INLINE void in_blocks(int from, int to, const F& f) {
  int block = from;
  for (; block + kBlocksTogether <= to; block += kBlocksTogether)
    f(std::integral_constant<int, kBlocksTogether>(), block);
  for (; block < to; ++block) f(std::integral_constant<int, 1>(), block);
}

// Calls f.run<N>(from) for `count` rows, N at a time: the most, and fewer of what is left. The last
// rows may be those of the run before, too: each number of rows takes time to compile, and half as
// many hardly less to multiply.
template <int N>
inline constexpr int kFewer = N > 3 ? N / 2 : 1;

template <int N = kRows, typename F>
HWY_INLINE void in_blocks_of_rows(int count, const F& f, int from = 0) {
  for (; from + N <= count; from += N) f.template run<N>(from);
  if constexpr (N > 1) {
    if (count - from > kFewer<N> && count >= N) return f.template run<N>(count - N);
    in_blocks_of_rows<kFewer<N>>(count, f, from);
  }
}

// Which part of the rows that many of them belong to.
constexpr int part_of(int from) { return (from + kRows / 2) / kRows; }

// Inputs of the pixels that are multiplied next, of which each block of sums brings a part near:
// all at once they would take longer than what is multiplied meanwhile.
class Following {
 public:
  // `count` bytes of each row from `first` on; `pixels` meet `blocks` of channels meanwhile, each
  // in so many steps.
  HWY_INLINE Following(std::ptrdiff_t first, std::ptrdiff_t count, int pixels, int blocks,
                       int steps)
      : first_(first), parts_((pixels + kRows - 1) / kRows) {
    part_ = count / (parts_ * ((blocks + kBlocksTogether - 1) / kBlocksTogether));
    step_ = part_ / steps;
  }

  // While B blocks, from `block` on, meet the pixels that begin at `pixel`.
  template <int B>
  HWY_INLINE Ahead of(const void* row, int block, int pixel) const {
    const int part = block / kBlocksTogether * parts_ + part_of(pixel);
    return {static_cast<const std::byte*>(row) + first_ + part * part_, step_ / B, part_ / B};
  }

 private:
  std::ptrdiff_t first_, part_, step_;  // bytes
  int parts_;                           // of the pixels
};

// Into the first cache; rows have mostly left the second one when they are read again.
HWY_INLINE void prefetch(const void* from, std::ptrdiff_t bytes) {
  constexpr std::ptrdiff_t kLine = 64;
  for (std::ptrdiff_t i = 0; i < bytes; i += kLine)
    hwy::Prefetch(static_cast<const std::byte*>(from) + i);
}

// The first `channels` of a block.
HWY_INLINE void store_block(const V* block, int channels, float* out) {
  const D d;
  if (channels >= kBlock) {
    HWY_UNROLL(4)
    for (int j = 0; j < kVectors; ++j) hn::StoreU(block[j], d, out + j * kLanes);
    return;
  }
  HWY_ALIGN float all[kBlock];
  for (int j = 0; j < kVectors; ++j) hn::Store(block[j], d, all + j * kLanes);
  for (int c = 0; c < channels; ++c) out[c] = all[c];
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#endif
