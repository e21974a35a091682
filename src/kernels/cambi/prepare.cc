// What comes before contrasts are measured: 10-bit samples, the mask of flat surroundings, the
// pyramid. Planes are walked row by row; what a filter needs of other rows is kept in a ring of row
// buffers.
#include <algorithm>
#include <array>

#include "kernels/cambi/cambi.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cambi/prepare.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::cambi {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

unsigned to_ten_bits8(PlaneView<const std::uint8_t> in, int bits, PlaneView<std::uint16_t> out) {
  return to_ten_bits_ref(in, bits, out);
}
unsigned to_ten_bits16(PlaneView<const std::uint16_t> in, int bits, PlaneView<std::uint16_t> out) {
  return to_ten_bits_ref(in, bits, out);
}
void average(PlaneView<std::uint16_t> plane) { average_pairs_ref(plane); }
void half(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out) {
  decimate_ref(in, out);
}
Status mark(PlaneView<std::uint16_t> plane, Scratch&) {
  mark_flat_ref(plane);
  return {};
}
Status mode(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out, Scratch&) {
  mode_filter_ref(in, out);
  return {};
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::ScalableTag<std::uint16_t>;
using V16 = hn::Vec<D16>;

inline int lanes() { return static_cast<int>(hn::Lanes(D16())); }

HWY_INLINE V16 load(const std::uint8_t* p) {
  return hn::PromoteTo(D16(), hn::LoadU(hn::Rebind<std::uint8_t, D16>(), p));
}
HWY_INLINE V16 load(const std::uint16_t* p) { return hn::LoadU(D16(), p); }

// (v + half) >> down without the carry that 16 bits lack.
HWY_INLINE V16 ten_bits(V16 v, int up, int down) {
  if (down == 0) return hn::ShiftLeftSame(v, up);
  return hn::Add(hn::ShiftRightSame(v, down),
                 hn::And(hn::ShiftRightSame(v, down - 1), hn::Set(D16(), 1)));
}

template <typename T>
unsigned to_ten_bits_rows(PlaneView<const T> in, int bits, PlaneView<std::uint16_t> out) {
  const D16 d;
  const int up = std::max(0, 10 - bits), down = std::max(0, bits - 10);
  V16 seen = hn::Zero(d);
  unsigned rest = 0;
  for (int y = 0; y < in.height; ++y) {
    const T* const from = in.row(y);
    std::uint16_t* const to = out.row(y);
    int x = 0;
    for (; x + lanes() <= in.width; x += lanes()) {
      const V16 v = load(from + x);
      seen = hn::Or(seen, v);
      hn::StoreU(ten_bits(v, up, down), d, to + x);
    }
    if (x < in.width)
      rest |= to_ten_bits_ref(PlaneView<const T>{from + x, 0, in.width - x, 1}, bits,
                              {to + x, 0, in.width - x, 1});
  }
  HWY_ALIGN std::array<std::uint16_t, hn::MaxLanes(D16())> all;
  hn::Store(seen, d, all.data());
  for (int i = 0; i < lanes(); ++i) rest |= all[static_cast<std::size_t>(i)];
  return rest;
}

unsigned to_ten_bits8(PlaneView<const std::uint8_t> in, int bits, PlaneView<std::uint16_t> out) {
  return to_ten_bits_rows(in, bits, out);
}
unsigned to_ten_bits16(PlaneView<const std::uint16_t> in, int bits, PlaneView<std::uint16_t> out) {
  return to_ten_bits_rows(in, bits, out);
}

// All but the last column and the last row have three neighbours; a row is read before it is
// written, and the one below is not written yet.
void average(PlaneView<std::uint16_t> plane) {
  const D16 d;
  for (int y = 0; y + 1 < plane.height; ++y) {
    std::uint16_t* const row = plane.row(y);
    const std::uint16_t* const below = plane.row(y + 1);
    int x = 0;
    for (; x + lanes() < plane.width; x += lanes()) {
      const V16 upper = hn::Add(load(row + x), load(row + x + 1)),
                lower = hn::Add(load(below + x), load(below + x + 1));
      hn::StoreU(hn::ShiftRight<2>(hn::Add(upper, lower)), d, row + x);
    }
    for (; x + 1 < plane.width; ++x)
      row[x] = static_cast<std::uint16_t>((row[x] + row[x + 1] + below[x] + below[x + 1]) >> 2);
    row[x] = static_cast<std::uint16_t>((row[x] + below[x]) >> 1);
  }
  if (plane.height > 0)
    average_pairs_ref({plane.row(plane.height - 1), plane.stride, plane.width, 1});
}

inline constexpr int kMaskRadius = 3, kMaskRows = 2 * kMaskRadius + 1;

// 1 where a sample equals its right and its lower neighbour (`below` is null in the last row).
void equal_row(const std::uint16_t* row, const std::uint16_t* below, int width,
               std::uint16_t* out) {
  const D16 d;
  const V16 one = hn::Set(d, 1);
  const std::uint16_t* const other = below == nullptr ? row : below;
  int x = 0;
  for (; x + lanes() < width; x += lanes()) {
    const V16 v = load(row + x);
    const V16 unlike = hn::Or(hn::Xor(v, load(row + x + 1)), hn::Xor(v, load(other + x)));
    hn::StoreU(hn::IfThenElseZero(hn::Eq(unlike, hn::Zero(d)), one), d, out + x);
  }
  for (; x < width; ++x) out[x] = (x + 1 == width || row[x] == row[x + 1]) && row[x] == other[x];
}

// sums += entering - leaving.
void slide_sums(const std::uint16_t* entering, const std::uint16_t* leaving, int width,
                std::uint16_t* sums) {
  const D16 d;
  for (int x = 0; x < width; x += lanes())
    hn::StoreU(hn::Sub(hn::Add(load(sums + x), load(entering + x)), load(leaving + x)), d,
               sums + x);
}

// `sums` starts kMaskRadius columns left of the row.
void mark_row(const std::uint16_t* sums, int width, int limit, std::uint16_t* row) {
  const D16 d;
  const V16 flat = hn::Set(d, kFlat), most = hn::Set(d, static_cast<std::uint16_t>(limit));
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) {
    V16 sum = load(sums + x);
    for (int k = 1; k < kMaskRows; ++k) sum = hn::Add(sum, load(sums + x + k));
    hn::StoreU(hn::Or(load(row + x), hn::IfThenElseZero(hn::Gt(sum, most), flat)), d, row + x);
  }
  for (; x < width; ++x) {
    int sum = 0;
    for (int k = 0; k < kMaskRows; ++k) sum += sums[x + k];
    if (sum > limit) row[x] |= kFlat;
  }
}

// Row y is marked after row y + 4 was last compared, so that marks never take part in comparisons.
Status mark(PlaneView<std::uint16_t> plane, Scratch& scratch) {
  const std::size_t length = round_up(static_cast<std::size_t>(plane.width), hn::MaxLanes(D16())) +
                             2 * hn::MaxLanes(D16());
  auto* const rows = scratch.take<std::uint16_t>(length * (kMaskRows + 3));
  if (rows == nullptr) return fail(ENOMEM, "cambi: no memory for rows of the mask");
  std::fill_n(rows, length * (kMaskRows + 3), std::uint16_t{0});
  std::uint16_t* const sums = rows + length * (kMaskRows + 1);
  const auto ring = [&](int y) {
    return rows + length * static_cast<std::size_t>(y % (kMaskRows + 1));
  };
  const int limit = flat_limit(plane.width, plane.height);
  for (int y = 0; y < plane.height + kMaskRadius; ++y) {
    if (y < plane.height)
      equal_row(plane.row(y), y + 1 < plane.height ? plane.row(y + 1) : nullptr, plane.width,
                ring(y));
    else
      std::fill_n(ring(y), plane.width, std::uint16_t{0});
    slide_sums(ring(y), ring(y + 1), plane.width,
               sums + kMaskRadius);  // y + 1 is the place of y - 7
    std::fill_n(sums + kMaskRadius + plane.width, kMaskRadius, std::uint16_t{0});
    if (y >= kMaskRadius) mark_row(sums, plane.width, limit, plane.row(y - kMaskRadius));
  }
  return {};
}

void half(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out) {
  const D16 d;
  for (int y = 0; y < out.height; ++y) {
    const std::uint16_t* const from = in.row(2 * y);
    std::uint16_t* const to = out.row(y);
    int x = 0;
    for (; 2 * (x + lanes()) <= in.width; x += lanes())
      hn::StoreU(hn::ConcatEven(d, load(from + 2 * x + lanes()), load(from + 2 * x)), d, to + x);
    for (; x < out.width; ++x) to[x] = from[2 * x];
  }
}

HWY_INLINE V16 mode_of_vectors(V16 a, V16 b, V16 c) {
  const auto first = hn::Or(hn::Eq(a, b), hn::Eq(a, c));
  return hn::IfThenElse(first, a, hn::IfThenElse(hn::Eq(b, c), b, hn::Min(hn::Min(a, b), c)));
}

// The samples of a row without marks, filtered along the row.
void mode_along(const std::uint16_t* row, int width, std::uint16_t* out) {
  const D16 d;
  const V16 bits = hn::Set(d, kValueBits);
  const auto at = [&](int i) { return static_cast<std::uint16_t>(row[i] & kValueBits); };
  out[0] = at(0);
  int x = 1;
  for (; x + lanes() < width; x += lanes()) {
    const V16 left = hn::And(load(row + x - 1), bits), centre = hn::And(load(row + x), bits),
              right = hn::And(load(row + x + 1), bits);
    hn::StoreU(mode_of_vectors(left, centre, right), d, out + x);
  }
  for (; x + 1 < width; ++x) out[x] = mode_of(at(x - 1), at(x), at(x + 1));
  if (x < width) out[x] = at(x);
}

struct ThreeRows {
  const std::uint16_t *above, *here, *below;
};

void mode_across(const ThreeRows& rows, const std::uint16_t* marks, int width, std::uint16_t* out) {
  const D16 d;
  const V16 flat = hn::Set(d, kFlat);
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) {
    const V16 value =
        mode_of_vectors(load(rows.above + x), load(rows.here + x), load(rows.below + x));
    hn::StoreU(hn::Or(value, hn::And(load(marks + x), flat)), d, out + x);
  }
  for (; x < width; ++x)
    out[x] = static_cast<std::uint16_t>(mode_of(rows.above[x], rows.here[x], rows.below[x]) |
                                        (marks[x] & kFlat));
}

Status mode(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out, Scratch& scratch) {
  const auto length = static_cast<std::size_t>(in.width);
  auto* const rows = scratch.take<std::uint16_t>(length * 3);
  if (rows == nullptr) return fail(ENOMEM, "cambi: no memory for rows of the mode filter");
  const auto ring = [&](int y) { return rows + length * static_cast<std::size_t>(y % 3); };
  for (int y = 0; y < in.height; ++y) {
    mode_along(in.row(y), in.width, ring(y));
    if (y >= 2)
      mode_across({ring(y - 2), ring(y - 1), ring(y)}, in.row(y - 1), in.width, out.row(y - 1));
  }
  for (const int y : {0, in.height - 1}) std::copy_n(in.row(y), in.width, out.row(y));
  return {};
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::cambi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::cambi {

HWY_EXPORT(to_ten_bits8);
HWY_EXPORT(to_ten_bits16);
HWY_EXPORT(average);
HWY_EXPORT(mark);
HWY_EXPORT(half);
HWY_EXPORT(mode);

unsigned to_ten_bits(PlaneView<const std::uint8_t> in, int bits, PlaneView<std::uint16_t> out) {
  return HWY_DYNAMIC_DISPATCH(to_ten_bits8)(in, bits, out);
}
unsigned to_ten_bits(PlaneView<const std::uint16_t> in, int bits, PlaneView<std::uint16_t> out) {
  return HWY_DYNAMIC_DISPATCH(to_ten_bits16)(in, bits, out);
}
void average_pairs(PlaneView<std::uint16_t> plane) { HWY_DYNAMIC_DISPATCH(average)(plane); }
Status mark_flat(PlaneView<std::uint16_t> plane, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(mark)(plane, scratch);
}
void decimate(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out) {
  HWY_DYNAMIC_DISPATCH(half)(in, out);
}
Status mode_filter(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out,
                   Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(mode)(in, out, scratch);
}

}  // namespace visq::cambi
#endif
