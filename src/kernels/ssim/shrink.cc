// A row of the output at a time: input rows are combined into one, which is mirrored at its ends
// and then combined horizontally.
#include "kernels/ssim/shrink.h"

#include <algorithm>

#include "kernels/parts.h"
#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/shrink.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::ssim {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void shrink_plane(const Samples& in, int factor, PlaneView<float> out, Scratch&, Parallel&) {
  shrink_by_box_ref(in, factor, out);
}

void halve_plane(const Samples& in, PlaneView<float> out, Scratch&, Parallel&) {
  halve_ref(in, out);
}

#else

// Room left and right of a combined row for what is mirrored and for whole vectors.
inline constexpr int kMargin = kMaxShrink + 16;

template <typename T>
HWY_INLINE void add_rows(const T* const* rows, int factor, int width, std::uint32_t* sums) {
  const hn::ScalableTag<std::uint32_t> d;
  const hn::Rebind<T, decltype(d)> d_samples;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    auto sum = hn::PromoteTo(d, hn::LoadU(d_samples, rows[0] + x));
    for (int k = 1; k < factor; ++k)
      sum = hn::Add(sum, hn::PromoteTo(d, hn::LoadU(d_samples, rows[k] + x)));
    hn::StoreU(sum, d, sums + x);
  }
  for (; x < width; ++x) {
    sums[x] = 0;
    for (int k = 0; k < factor; ++k) sums[x] += rows[k][x];
  }
}

template <typename T>
void shrink_rows(const Samples& samples, int factor, Band band, PlaneView<float> out,
                 Scratch& scratch) {
  const PlaneView<const T> in = samples.as<T>();
  std::uint32_t* const sums =
      scratch.take<std::uint32_t>(static_cast<std::size_t>(in.width) + 2 * kMargin) + kMargin;
  const float weight = 1.0f / static_cast<float>(factor * factor) * unit(samples.bits);
  for (int y = band.from; y < band.to; ++y) {
    const T* rows[kMaxShrink];
    for (int k = 0; k < factor; ++k)
      rows[k] = in.row(reflect_edge(y * factor - factor / 2 + k, in.height));
    add_rows(rows, factor, in.width, sums);
    mirror_edges(sums, in.width, factor);
    const std::uint32_t* box = sums - factor / 2;
    for (int x = 0; x < out.width; ++x, box += factor) {
      std::uint32_t sum = box[0];
      for (int k = 1; k < factor; ++k) sum += box[k];
      out.row(y)[x] = static_cast<float>(sum) * weight;
    }
  }
}

void shrink_plane(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                  Parallel& parallel) {
  const Bands bands(out.height, std::max(1, 256 / factor));
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    with_sample_type(in.bits,
                     [&]<typename T>() { shrink_rows<T>(in, factor, bands[i], out, own); });
  });
}

using D = DF;
using V = VF;

inline constexpr int kReach = static_cast<int>(kHalveTaps.size()) - 1;

HWY_INLINE V load_pair(const float* p, const float* q) {
  return hn::Add(hn::LoadU(D(), p), hn::LoadU(D(), q));
}

template <typename T>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> load_integers(const T* p) {
  const hn::RebindToSigned<D> d32;
  const hn::Rebind<T, D> d_samples;
  return hn::PromoteTo(d32, hn::LoadU(d_samples, p));
}
template <typename T>
HWY_INLINE V load_pair(const T* p, const T* q) {
  return hn::ConvertTo(D(), hn::Add(load_integers(p), load_integers(q)));
}

// at(k): where the sample k away from the centre is.
HWY_INLINE V low_passed(const auto& at) {
  const D d;
  const auto pair = [&](int k) HWY_ATTR {
    return hn::Mul(hn::Set(d, kHalveTaps[static_cast<std::size_t>(k)]), load_pair(at(-k), at(k)));
  };
  const V inner =
      hn::Add(hn::Add(hn::Mul(hn::Set(d, kHalveTaps[0]), load_samples(at(0))), pair(1)), pair(2));
  return hn::Add(inner, hn::Add(pair(3), pair(4)));
}

float low_passed_sample(const auto& at) {
  const auto pair = [&](int k) {
    return kHalveTaps[static_cast<std::size_t>(k)] * (at(-k) + at(k));
  };
  return (kHalveTaps[0] * at(0) + pair(1) + pair(2)) + (pair(3) + pair(4));
}

// rows[kReach] is the centre.
template <typename T>
void combine_rows(const T* const* rows, int width, float scale, float* out) {
  const D d;
  const V factor = hn::Set(d, scale);
  int x = 0;
  for (; x + lanes() <= width; x += lanes())
    hn::StoreU(hn::Mul(low_passed([&](int k) HWY_ATTR { return rows[kReach + k] + x; }), factor), d,
               out + x);
  for (; x < width; ++x)
    out[x] =
        low_passed_sample([&](int k) { return static_cast<float>(rows[kReach + k][x]); }) * scale;
}

struct HalveRows {
  float* combined;  // all samples, then apart: those of even and of odd columns
  float* even;
  float* odd;
};

void split(const HalveRows& rows, int width) {
  for (int i = -kReach; i < width / 2 + kReach; ++i) {
    rows.even[i] = rows.combined[2 * i];
    rows.odd[i] = rows.combined[2 * i + 1];
  }
}

HWY_INLINE void filter_columns(const HalveRows& rows, int width, float* out) {
  const D d;
  const auto sample = [&](int x, int k) {
    return (k % 2 == 0 ? rows.even : rows.odd) + x + (k - (k & 1)) / 2;
  };
  int x = 0;
  for (; x + lanes() <= width; x += lanes())
    hn::StoreU(low_passed([&](int k) HWY_ATTR { return sample(x, k); }), d, out + x);
  for (; x < width; ++x) out[x] = low_passed_sample([&](int k) { return *sample(x, k); });
}

template <typename T>
void halve_rows(const Samples& samples, Band band, PlaneView<float> out, Scratch& scratch) {
  const PlaneView<const T> in = samples.as<T>();
  const std::size_t length = static_cast<std::size_t>(in.width) + 2 * kMargin;
  const auto take_row = [&] { return scratch.take<float>(length) + kMargin; };
  const HalveRows work{take_row(), take_row(), take_row()};
  for (int y = band.from; y < band.to; ++y) {
    const T* rows[2 * kReach + 1];
    for (int k = -kReach; k <= kReach; ++k)
      rows[kReach + k] = in.row(reflect_edge(2 * y + k, in.height));
    combine_rows(rows, in.width, unit(samples.bits), work.combined);
    mirror_edges(work.combined, in.width, 2 * kReach + 2);
    split(work, in.width);
    filter_columns(work, out.width, out.row(y));
  }
}

void halve_plane(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel) {
  const Bands bands(out.height, 64);
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    with_value_type(in.bits, [&]<typename T>() { halve_rows<T>(in, bands[i], out, own); });
  });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssim {

HWY_EXPORT(shrink_plane);
HWY_EXPORT(halve_plane);

void shrink_by_box(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                   Parallel& parallel) {
  HWY_DYNAMIC_DISPATCH(shrink_plane)(in, factor, out, scratch, parallel);
}

void halve(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel) {
  HWY_DYNAMIC_DISPATCH(halve_plane)(in, out, scratch, parallel);
}

}  // namespace visq::ssim
#endif
