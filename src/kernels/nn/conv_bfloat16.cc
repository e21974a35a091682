#include "kernels/nn/conv_bfloat16.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/conv_bfloat16.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/gemm-inl.h"
#include "kernels/nn/narrow-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_AVX3_ZEN4 && HWY_TARGET != HWY_AVX3_SPR

bool has_products() { return false; }

template <typename Out>
void conv_to(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
             Out* out) {
  conv_row_ref(weights, in, shape, out);
}

#else

bool has_products() { return true; }

using DDot = hn::Repartition<hwy::bfloat16_t, D>;
using VDot = hn::Vec<DDot>;

struct Bfloat16Products {
  using Value = Bfloat16;
  using Sum = V;
  static constexpr int kPerStep = 2;

  static HWY_INLINE VDot weights(const Bfloat16* from) {
    return hn::BitCast(DDot(), hn::Load(hn::RebindToUnsigned<DDot>(), from));
  }
  // In assembly, because GCC copies each sum and writes it to memory.
  template <class Parts>
  static HWY_INLINE void add(const Bfloat16* from, const VDot* w, Parts& sums) {
    using Pair = Bfloat16[2];
    asm("vdpbf16ps %2%{1to16%}, %1, %0"
        : "+v"(sums[0].raw)
        : "v"(w[0].raw), "m"(*reinterpret_cast<const Pair*>(from)));
  }
};

template <typename Out>
struct Bfloat16Block {
  const Bfloat16Weights& weights;
  const Bfloat16* const* in;
  const RowShape& shape;
  Out* out;
  int block, first;

  template <int N>
  HWY_INLINE void run(int from) const {
    const std::ptrdiff_t x = first + from, step = shape.out_step;
    const int length = weights.run, channels = weights.out_channels - block * kBlock;
    const std::ptrdiff_t size = std::ptrdiff_t{length} * kBlock;
    const Bfloat16* packed = weights.values.data() + block * weights.height * size;
    const V bias = hn::Load(D(), weights.bias.data() + block * kBlock);
    Sums<Bfloat16Products, N> sums;
    sums.start([&](auto) VISQ_NN_INLINE { return bias; });
    for (int y = 0; y < weights.height; ++y, packed += size)
      sums.template add<true>(in[y] + x * shape.in_step, shape.in_step, length / 2, packed);
    const V least = weights.relu ? hn::Zero(D()) : hn::Set(D(), -hwy::HighestValue<float>());
    Out* const to = out + x * step + block * kBlock;
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      sums.v[i][0] = hn::Max(sums.v[i][0], least);
      store_block(sums.v[i], channels, to + i * step);
    });
  }
};

// Pixels whose inputs stay in the first cache while all blocks of channels pass over them.
constexpr int kPixelsAtOnce = 96;

template <typename Out>
void conv_to(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
             Out* out) {
  for (int x = 0; x < shape.pixels; x += kPixelsAtOnce) {
    const int pixels = std::min(kPixelsAtOnce, shape.pixels - x);
    for (int y = 0; y < weights.height; ++y)
      prefetch(in[y] + (x + pixels) * shape.in_step,
               pixels * shape.in_step * static_cast<std::ptrdiff_t>(sizeof(Bfloat16)));
    for (int block = 0; block < weights.blocks(); ++block)
      in_blocks_of_rows(pixels, Bfloat16Block<Out>{weights, in, shape, out, block, x});
  }
}

#endif

void conv(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
          float* out) {
  conv_to(weights, in, shape, out);
}
void conv_narrow(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
                 Bfloat16* out) {
  conv_to(weights, in, shape, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(has_products);
HWY_EXPORT(conv);
HWY_EXPORT(conv_narrow);

bool bfloat16_products_available() { return HWY_DYNAMIC_DISPATCH(has_products)(); }

void conv_row(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
              float* out) {
  HWY_DYNAMIC_DISPATCH(conv)(weights, in, shape, out);
}
void conv_row(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
              Bfloat16* out) {
  HWY_DYNAMIC_DISPATCH(conv_narrow)(weights, in, shape, out);
}

}  // namespace visq::nn
#endif
