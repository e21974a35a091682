// A row of the output at a time: input rows are combined into one, which is mirrored at its ends
// and then combined horizontally.
#include "kernels/ssim/shrink.h"

#include <algorithm>
#include <type_traits>

#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/shrink.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Status shrink(PlaneView<const T> in, int bits, int factor, PlaneView<float> out, Scratch&) {
  shrink_by_box_ref(in, bits, factor, out);
  return {};
}

template <typename T>
Status halve_plane(PlaneView<const T> in, int bits, PlaneView<float> out, Scratch&) {
  if constexpr (std::is_same_v<T, float>)
    halve_ref(in, out);
  else
    halve_ref(in, bits, out);
  return {};
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
Status shrink(PlaneView<const T> in, int bits, int factor, PlaneView<float> out, Scratch& scratch) {
  std::uint32_t* const memory =
      scratch.take<std::uint32_t>(static_cast<std::size_t>(in.width) + 2 * kMargin);
  if (memory == nullptr) return fail(ENOMEM, "ssim: no memory for a row of the picture");
  std::uint32_t* const sums = memory + kMargin;
  const float weight = 1.0f / static_cast<float>(factor * factor) * ssim::unit(bits);
  for (int y = 0; y < out.height; ++y) {
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
  return {};
}

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

inline int lanes() { return static_cast<int>(hn::Lanes(D())); }
inline constexpr int kReach = static_cast<int>(kHalveTaps.size()) - 1;

HWY_INLINE V load_samples(const float* p) { return hn::LoadU(D(), p); }
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
HWY_INLINE V load_samples(const T* p) {
  return hn::ConvertTo(D(), load_integers(p));
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
void combine_rows(const T* const* rows, int width, float unit, float* out) {
  const D d;
  const V factor = hn::Set(d, unit);
  int x = 0;
  for (; x + lanes() <= width; x += lanes())
    hn::StoreU(hn::Mul(low_passed([&](int k) HWY_ATTR { return rows[kReach + k] + x; }), factor), d,
               out + x);
  for (; x < width; ++x)
    out[x] =
        low_passed_sample([&](int k) { return static_cast<float>(rows[kReach + k][x]); }) * unit;
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
Status halve_plane(PlaneView<const T> in, int bits, PlaneView<float> out, Scratch& scratch) {
  const std::size_t length = static_cast<std::size_t>(in.width) + 2 * kMargin;
  HalveRows work{scratch.take<float>(length), scratch.take<float>(length),
                 scratch.take<float>(length)};
  if (work.combined == nullptr || work.even == nullptr || work.odd == nullptr)
    return fail(ENOMEM, "ms_ssim: no memory for a row of the picture");
  for (float** row : {&work.combined, &work.even, &work.odd}) *row += kMargin;
  for (int y = 0; y < out.height; ++y) {
    const T* rows[2 * kReach + 1];
    for (int k = -kReach; k <= kReach; ++k)
      rows[kReach + k] = in.row(reflect_edge(2 * y + k, in.height));
    combine_rows(rows, in.width, ssim::unit(bits), work.combined);
    mirror_edges(work.combined, in.width, 2 * kReach + 2);
    split(work, in.width);
    filter_columns(work, out.width, out.row(y));
  }
  return {};
}

#endif

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& shrink8 = shrink<std::uint8_t>;
static constexpr auto& shrink16 = shrink<std::uint16_t>;
static constexpr auto& halve8 = halve_plane<std::uint8_t>;
static constexpr auto& halve16 = halve_plane<std::uint16_t>;
static constexpr auto& halve_float = halve_plane<float>;

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(shrink8);
HWY_EXPORT(shrink16);
HWY_EXPORT(halve8);
HWY_EXPORT(halve16);
HWY_EXPORT(halve_float);

Status shrink_by_box(PlaneView<const std::uint8_t> in, int bits, int factor, PlaneView<float> out,
                     Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(shrink8)(in, bits, factor, out, scratch);
}
Status shrink_by_box(PlaneView<const std::uint16_t> in, int bits, int factor, PlaneView<float> out,
                     Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(shrink16)(in, bits, factor, out, scratch);
}
Status halve(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(halve8)(in, bits, out, scratch);
}
Status halve(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(halve16)(in, bits, out, scratch);
}
Status halve(PlaneView<const float> in, PlaneView<float> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(halve_float)(in, 8, out, scratch);
}

}  // namespace visq
#endif
