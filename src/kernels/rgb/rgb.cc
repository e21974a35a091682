// Whole vectors of columns; the reference does what is left of a row, and where chroma ends before
// luma does.
#include "kernels/rgb/rgb.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rgb/rgb.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::rgb {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
void convert(const Row<T>& row, const Conversion& conversion, const Target& target) {
  convert_row_ref(row, conversion, target);
}

#else

// Two blocks at most, whose order `spread` restores.
using D = hn::CappedTag<float, 8>;
using DI = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
inline constexpr int kLanes = static_cast<int>(HWY_MIN(HWY_LANES(float), std::size_t{8}));

// Two vectors of columns, which are as many as one of half as many columns of chroma stands for.
struct Pair {
  V lower, upper;
};

HWY_INLINE Pair spread(V even, V odd) {
  const V lower = hn::InterleaveLower(D(), even, odd), upper = hn::InterleaveUpper(D(), even, odd);
  if constexpr (kLanes == 4) return {lower, upper};
  return {hn::ConcatLowerLower(D(), upper, lower), hn::ConcatUpperUpper(D(), upper, lower)};
}

template <typename T>
HWY_INLINE V load(const T* from, int dropped_bits) {
  const auto samples = hn::PromoteTo(DI(), hn::LoadU(hn::Rebind<T, D>(), from));
  if constexpr (sizeof(T) == 1) return hn::ConvertTo(D(), samples);
  return hn::ConvertTo(
      D(),
      hn::ShiftRightSame(hn::Add(samples, hn::Set(DI(), (1 << dropped_bits) >> 1)), dropped_bits));
}

template <typename T>
HWY_INLINE V between_rows(const Row<T>& row, std::size_t plane, int column, int dropped_bits) {
  const V nearer = load(row.samples[plane] + column, dropped_bits),
          farther = load(row.farther[plane] + column, dropped_bits);
  return hn::Add(hn::Mul(hn::Set(D(), 0.75f), nearer), hn::Mul(hn::Set(D(), 0.25f), farther));
}

HWY_INLINE V scaled(V value, float zero, float scale) {
  return hn::Mul(hn::Sub(value, hn::Set(D(), zero)), hn::Set(D(), scale));
}

template <typename T>
HWY_INLINE Pair load_luma(const T* from, const Mix& m, int dropped_bits) {
  return {scaled(load(from, dropped_bits), m.black, m.luma),
          scaled(load(from + kLanes, dropped_bits), m.black, m.luma)};
}

template <Upsampling kUpsampling, typename T>
HWY_INLINE Pair load_chroma(const Row<T>& row, std::size_t plane, int x, const Mix& m,
                            int dropped_bits) {
  const auto of_chroma = [&](V codes) HWY_ATTR { return scaled(codes, m.chroma_zero, m.chroma); };
  if constexpr (kUpsampling == Upsampling::none) {
    return {of_chroma(load(row.samples[plane] + x, dropped_bits)),
            of_chroma(load(row.samples[plane] + x + kLanes, dropped_bits))};
  } else if constexpr (kUpsampling == Upsampling::nearest) {
    const V both = of_chroma(load(row.samples[plane] + x / 2, dropped_bits));
    return spread(both, both);
  } else {
    const V even = between_rows(row, plane, x / 2, dropped_bits),
            next = between_rows(row, plane, x / 2 + 1, dropped_bits);
    return spread(of_chroma(even), of_chroma(hn::Mul(hn::Set(D(), 0.5f), hn::Add(even, next))));
  }
}

HWY_INLINE V plus_share(V value, float share, V chroma) {
  return hn::Add(value, hn::Mul(hn::Set(D(), share), chroma));
}
HWY_INLINE V clipped(V value, float top) {
  return hn::Min(hn::Max(value, hn::Zero(D())), hn::Set(D(), top));
}

HWY_INLINE V of_code(V code, const Encoding& encoding, std::size_t channel) {
  return hn::Sub(hn::Mul(code, hn::Set(D(), encoding.scale[channel])),
                 hn::Set(D(), encoding.offset[channel]));
}

template <bool kWhole>
HWY_INLINE V encoded(V value, const Encoding& encoding, std::size_t channel) {
  if constexpr (!kWhole) return clipped(value, 1);
  const float top = static_cast<float>(encoding.top);
  const V code =
      hn::Trunc(clipped(hn::Add(hn::Mul(value, hn::Set(D(), top)), hn::Set(D(), 0.5f)), top));
  return of_code(code, encoding, channel);
}

// A vector of R, G and B.
struct Colours {
  V r, g, b;
};

HWY_INLINE void store(const Colours& c, const Planes& planes, int x) {
  hn::StoreU(c.r, D(), planes[0] + x);
  hn::StoreU(c.g, D(), planes[1] + x);
  hn::StoreU(c.b, D(), planes[2] + x);
}

HWY_INLINE void store(const Colours& c, const Pixels& pixels, int x) {
  const auto affine = [&](V value, std::size_t i) HWY_ATTR {
    return hn::Add(hn::Mul(value, hn::Set(D(), pixels.scale[i])), hn::Set(D(), pixels.offset[i]));
  };
  hn::StoreInterleaved3(affine(c.r, 0), affine(c.g, 1), affine(c.b, 2), D(), pixels.row + 3 * x);
}

template <bool kWhole>
HWY_INLINE Colours mixed(V y, V cb, V cr, const Mix& m, const Encoding& encoding) {
  const auto of = [&](float share_cb, float share_cr)
                      HWY_ATTR { return plus_share(plus_share(y, share_cb, cb), share_cr, cr); };
  return {encoded<kWhole>(of(m.r_cb, m.r_cr), encoding, 0),
          encoded<kWhole>(of(m.g_cb, m.g_cr), encoding, 1),
          encoded<kWhole>(of(m.b_cb, m.b_cr), encoding, 2)};
}

// Copies of what stays the same, whatever is stored.
template <Upsampling kUpsampling, bool kWhole, typename T, typename Out>
int mix_vectors(const Row<T> row, const Mix m, const Conversion c, const Out out) {
  constexpr int kStep = 2 * kLanes, kColumns = kUpsampling == Upsampling::between
                                                   ? kLanes + 1
                                                   : kLanes;  // of chroma that a step reads
  const int last =
      std::min(row.width - kStep,
               kUpsampling == Upsampling::none ? row.width : 2 * (row.chroma_width - kColumns));
  int x = 0;
  for (; x <= last; x += kStep) {
    const Pair y = load_luma(row.samples[0] + x, m, c.dropped_bits);
    const Pair cb = load_chroma<kUpsampling>(row, 1, x, m, c.dropped_bits),
               cr = load_chroma<kUpsampling>(row, 2, x, m, c.dropped_bits);
    store(mixed<kWhole>(y.lower, cb.lower, cr.lower, m, c.encoding), out, x);
    store(mixed<kWhole>(y.upper, cb.upper, cr.upper, m, c.encoding), out, x + kLanes);
  }
  return x;
}

template <typename T, typename Out>
int scale_vectors(const Row<T> row, const Encoding encoding, const Out out) {
  int x = 0;
  for (; x <= row.width - kLanes; x += kLanes) {
    const auto value = [&](std::size_t i)
                           HWY_ATTR { return of_code(load(row.samples[i] + x, 0), encoding, i); };
    store({value(0), value(1), value(2)}, out, x);
  }
  return x;
}

template <Upsampling kUpsampling, typename T, typename Out>
int mix(const Row<T>& row, const Conversion& c, const Out& out) {
  return c.encoding.top > 0 ? mix_vectors<kUpsampling, true>(row, *c.mix, c, out)
                            : mix_vectors<kUpsampling, false>(row, *c.mix, c, out);
}

// Returns the columns that are done.
template <typename T, typename Out>
int convert_vectors(const Row<T>& row, const Conversion& c, const Out& out) {
  if (!c.mix) return scale_vectors(row, c.encoding, out);
  switch (row.upsampling) {
    case Upsampling::none:
      break;
    case Upsampling::nearest:
      return mix<Upsampling::nearest>(row, c, out);
    case Upsampling::between:
      return mix<Upsampling::between>(row, c, out);
  }
  return mix<Upsampling::none>(row, c, out);
}

template <typename T>
void convert(const Row<T>& row, const Conversion& conversion, const Target& target) {
  const int done =
      std::visit([&](const auto& out) { return convert_vectors(row, conversion, out); }, target);
  convert_row_ref(row, conversion, target, done);
}

#endif

void convert8(const Row<std::uint8_t>& row, const Conversion& conversion, const Target& target) {
  convert(row, conversion, target);
}
void convert16(const Row<std::uint16_t>& row, const Conversion& conversion, const Target& target) {
  convert(row, conversion, target);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::rgb
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::rgb {

HWY_EXPORT(convert8);
HWY_EXPORT(convert16);

void convert_row(const Row<std::uint8_t>& row, const Conversion& conversion, const Target& target) {
  HWY_DYNAMIC_DISPATCH(convert8)(row, conversion, target);
}
void convert_row(const Row<std::uint16_t>& row, const Conversion& conversion,
                 const Target& target) {
  HWY_DYNAMIC_DISPATCH(convert16)(row, conversion, target);
}

}  // namespace visq::rgb
#endif
