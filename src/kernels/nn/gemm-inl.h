// Register-blocked products of rows of activations with packed weights; for one CPU target at a
// time.
#if defined(VISQ_NN_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_NN_GEMM_INL_H_
#undef VISQ_NN_GEMM_INL_H_
#else
#define VISQ_NN_GEMM_INL_H_
#endif

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

// Rows that one block of registers holds: 12 of AVX2's 16 registers are sums, 14 of AVX-512's 32,
// 24 of NEON's 32.
inline constexpr int kRows = kVectors == 1 ? 14 : 6;

// Rows of a block's weights between those that are used and those that are brought near.
constexpr int kAhead = 16;

template <int N>
struct Sums {
  V v[N][kVectors];

  HWY_INLINE Sums() {}  // written out: an implicit one would not be compiled for the target

  HWY_INLINE void start(const float* HWY_RESTRICT from) {
    for (int j = 0; j < kVectors; ++j) {
      const V value = hn::Load(D(), from + j * kLanes);
      HWY_UNROLL(16) for (int i = 0; i < N; ++i) v[i][j] = value;
    }
  }
  HWY_INLINE void clear() {
    HWY_UNROLL(16)
    for (int i = 0; i < N; ++i) for (int j = 0; j < kVectors; ++j) v[i][j] = hn::Zero(D());
  }

  // Adds rows of `count` values, `step` apart, times [count][16] weights. `kFar`: these are not in
  // the first cache.
  template <bool kFar>
  HWY_INLINE void add(const float* HWY_RESTRICT rows, std::ptrdiff_t step, int count,
                      const float* HWY_RESTRICT weights) {
    const D d;
    for (int k = 0; k < count; ++k, weights += kBlock) {
      V w[kVectors];
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) w[j] = hn::Load(d, weights + j * kLanes);
      if (kFar) hwy::Prefetch(weights + kBlock * kAhead);
      HWY_UNROLL(16) for (int i = 0; i < N; ++i) {
        const V x = hn::Set(d, rows[i * step + k]);
        HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) v[i][j] = hn::MulAdd(x, w[j], v[i][j]);
      }
    }
  }
};

// Calls f.run<N>(from) for `count` rows, kMost at a time and the rest in one smaller block.
template <int N, typename F>
HWY_INLINE void rest_of_rows(int count, int from, const F& f) {
  if constexpr (N > 0) {
    if (count == N) return f.template run<N>(from);
    rest_of_rows<N - 1>(count, from, f);
  }
}
template <int kMost = kRows, typename F>
HWY_INLINE void in_blocks_of_rows(int count, const F& f) {
  int i = 0;
  for (; i + kMost <= count; i += kMost) f.template run<kMost>(i);
  rest_of_rows<kMost - 1>(count - i, i, f);
}

// Into the first cache; rows have mostly left the second one when they are read again.
HWY_INLINE void prefetch(const void* from, std::ptrdiff_t bytes) {
  constexpr std::ptrdiff_t kLine = 64;
  for (std::ptrdiff_t i = 0; i < bytes; i += kLine)
    hwy::Prefetch(static_cast<const std::byte*>(from) + i);
}

// The first `channels` of a block.
HWY_INLINE void store_block(const V (&block)[kVectors], int channels, float* out) {
  const D d;
  if (channels >= kBlock) {
    HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) hn::StoreU(block[j], d, out + j * kLanes);
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
