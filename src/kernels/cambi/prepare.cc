// What comes before contrasts are measured: 10-bit samples, the mask of flat surroundings, the
// pyramid. A scale is made row by row, and what a step needs of other rows is kept in a ring of row
// buffers, so that a plane is read once and written once.
#include <algorithm>
#include <array>

#include "kernels/cambi/cambi.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cambi/prepare.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef VISQ_CAMBI_ROWS_H_
#define VISQ_CAMBI_ROWS_H_

namespace visq::cambi {

inline constexpr int kMaskRadius = 3;
inline constexpr int kRing = 2 * kMaskRadius + 2;  // rows that enter and leave sums of seven
inline constexpr int kPad = 64;  // elements before and behind a row; no vector is longer

// Rows on their way, padded so that whole vectors and neighbours can be taken.
struct Rows {
  std::uint16_t* samples[kRing];  // at 10 bits, dither still there
  std::uint16_t* values[kRing];   // at 10 bits
  std::uint16_t* along[kRing];    // filtered along the row
  std::uint8_t* equal[kRing];     // 1 where a sample equals its right and its lower neighbour
  std::uint8_t* sums;             // of seven rows of these
};

}  // namespace visq::cambi

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::cambi {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

unsigned first_rows(const Samples& in, Preparation how, RowRange, PlaneView<std::uint16_t> out,
                    const Rows&) {
  return first_scale_ref(in, how, out);
}
void next_rows(PlaneView<const std::uint16_t> in, RowRange, PlaneView<std::uint16_t> out,
               const Rows&) {
  next_scale_ref(in, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::ScalableTag<std::uint16_t>;
using D8 = hn::Repartition<std::uint8_t, D16>;
using V16 = hn::Vec<D16>;
using V8 = hn::Vec<D8>;

inline int lanes() { return static_cast<int>(hn::Lanes(D16())); }

HWY_INLINE V16 load(const std::uint16_t* p) { return hn::LoadU(D16(), p); }
HWY_INLINE V16 load(const std::uint16_t* p, std::size_t count) {
  return hn::LoadN(D16(), p, count);
}
HWY_INLINE V16 load(const std::uint8_t* p) {
  return hn::PromoteTo(D16(), hn::LoadU(hn::Rebind<std::uint8_t, D16>(), p));
}
HWY_INLINE V16 load(const std::uint8_t* p, std::size_t count) {
  return hn::PromoteTo(D16(), hn::LoadN(hn::Rebind<std::uint8_t, D16>(), p, count));
}

// (v + half) >> down without the carry that 16 bits lack.
HWY_INLINE V16 ten_bits(V16 v, int up, int down) {
  if (down == 0) return hn::ShiftLeftSame(v, up);
  return hn::Add(hn::ShiftRightSame(v, down),
                 hn::And(hn::ShiftRightSame(v, down - 1), hn::Set(D16(), 1)));
}

// The neighbour on the right of the last sample is that sample: it is averaged with itself, and
// equals itself.
HWY_INLINE void repeat_last(std::uint16_t* row, int width) { row[width] = row[width - 1]; }

// Returns `seen` with the bits of all samples.
template <typename T>
HWY_INLINE V16 to_ten_bits(const T* in, int width, int bits, V16 seen, std::uint16_t* out) {
  const int up = std::max(0, 10 - bits), down = std::max(0, bits - 10);
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) {
    const V16 v = load(in + x);
    seen = hn::Or(seen, v);
    hn::StoreU(ten_bits(v, up, down), D16(), out + x);
  }
  if (x < width) {
    const V16 v = load(in + x, static_cast<std::size_t>(width - x));
    seen = hn::Or(seen, v);
    hn::StoreU(ten_bits(v, up, down), D16(), out + x);
  }
  repeat_last(out, width);
  return seen;
}

// Means of 2x2.
void average(const std::uint16_t* row, const std::uint16_t* below, int width, std::uint16_t* out) {
  for (int x = 0; x < width; x += lanes()) {
    const V16 upper = hn::Add(load(row + x), load(row + x + 1)),
              lower = hn::Add(load(below + x), load(below + x + 1));
    hn::StoreU(hn::ShiftRight<2>(hn::Add(upper, lower)), D16(), out + x);
  }
  repeat_last(out, width);
}

HWY_INLINE V16 mode_of_vectors(V16 a, V16 b, V16 c) {
  const auto first = hn::Or(hn::Eq(a, b), hn::Eq(a, c));
  return hn::IfThenElse(first, a, hn::IfThenElse(hn::Eq(b, c), b, hn::Min(hn::Min(a, b), c)));
}

// A row filtered along itself, and where its samples equal their neighbours. (Two vectors of
// samples are one of bytes.)
void examine(const std::uint16_t* row, const std::uint16_t* below, int width, std::uint16_t* along,
             std::uint8_t* equal) {
  const auto half = [&](int x) HWY_ATTR {
    const V16 v = load(row + x), right = load(row + x + 1);
    hn::StoreU(mode_of_vectors(load(row + x - 1), v, right), D16(), along + x);
    return hn::Eq(hn::Or(hn::Xor(v, right), hn::Xor(v, load(below + x))), hn::Zero(D16()));
  };
  for (int x = 0; x < width; x += 2 * lanes()) {
    const auto first = half(x), second = half(x + lanes());
    hn::StoreU(
        hn::IfThenElseZero(hn::OrderedDemote2MasksTo(D8(), D16(), first, second), hn::Set(D8(), 1)),
        D8(), equal + x);
  }
  along[0] = row[0];
  along[width - 1] = row[width - 1];
  std::fill_n(equal + width, kPad, std::uint8_t{0});
}

// sums += entering - leaving.
void slide_sums(const std::uint8_t* entering, const std::uint8_t* leaving, int width,
                std::uint8_t* sums) {
  const D8 d;
  for (int x = 0; x < width; x += 2 * lanes())
    hn::StoreU(hn::Sub(hn::Add(hn::LoadU(d, sums + x), hn::LoadU(d, entering + x)),
                       hn::LoadU(d, leaving + x)),
               d, sums + x);
}

HWY_INLINE void store(V16 v, std::uint16_t* row, int x, int width) {
  if (x + lanes() <= width)
    hn::StoreU(v, D16(), row + x);
  else if (x < width)
    hn::StoreN(v, D16(), row + x, static_cast<std::size_t>(width - x));
}

struct ThreeRows {
  const std::uint16_t *above, *here, *below;
  HWY_INLINE V16 mode(int x) const {
    return mode_of_vectors(load(above + x), load(here + x), load(below + x));
  }
};

// Samples marked where more than `limit` of those around, which `sums` counts by columns, equal
// their neighbours.
template <typename Value>
HWY_INLINE void mark(const std::uint8_t* sums, int width, int limit, const Value& value,
                     std::uint16_t* out) {
  const D8 d;
  const hn::Half<D8> half;
  const V16 flat = hn::Set(D16(), kFlat);
  const V8 most = hn::Set(d, static_cast<std::uint8_t>(limit));
  const auto marked = [&](V16 v, auto mask) HWY_ATTR {
    return hn::Or(v, hn::IfThenElseZero(hn::PromoteMaskTo(D16(), half, mask), flat));
  };
  for (int x = 0; x < width; x += 2 * lanes()) {
    V8 sum = hn::LoadU(d, sums + x - kMaskRadius);
    for (int k = 1 - kMaskRadius; k <= kMaskRadius; ++k)
      sum = hn::Add(sum, hn::LoadU(d, sums + x + k));
    const auto mask = hn::Gt(sum, most);
    store(marked(value(x), hn::LowerHalfOfMask(half, mask)), out, x, width);
    store(marked(value(x + lanes()), hn::UpperHalfOfMask(half, mask)), out, x + lanes(), width);
  }
}

// The rows of a picture in the finest scale: row i of each step after what it needs.
template <typename T>
class FirstScale {
 public:
  FirstScale(const Samples& in, Preparation how, const Rows& rows)
      : in_(in.as<T>()),
        bits_(in.bits),
        how_(how),
        rows_(rows),
        limit_(flat_limit(in.width, in.height)),
        seen_(hn::Zero(D16())) {}

  void make(RowRange range, PlaneView<std::uint16_t> out) {
    const int first = std::max(0, range.begin - kMaskRadius - 1);
    if (how_.averages) load_samples(first);
    for (int i = first; i <= range.end + kMaskRadius; ++i) {
      if (i < in_.height) fill_values(i);
      if (i > first) count_equal(i - 1);
      const int y = i - 1 - kMaskRadius;
      if (y >= range.begin && y < range.end) finish(y, out.row(y));
    }
  }

  unsigned seen() const {
    HWY_ALIGN std::array<std::uint16_t, hn::MaxLanes(D16())> all;
    hn::Store(seen_, D16(), all.data());
    unsigned bits = 0;
    for (const std::uint16_t lane : all) bits |= lane;
    return bits;
  }

 private:
  template <typename U>
  static U* at(U* const (&ring)[kRing], int y) {
    return ring[y % kRing];
  }
  int width() const { return in_.width; }

  void load_samples(int y) {
    seen_ = to_ten_bits(in_.row(y), width(), bits_, seen_, at(rows_.samples, y));
  }
  void fill_values(int y) {
    if (!how_.averages) {
      seen_ = to_ten_bits(in_.row(y), width(), bits_, seen_, at(rows_.values, y));
      return;
    }
    const int below = std::min(y + 1, in_.height - 1);
    if (below > y) load_samples(below);
    average(at(rows_.samples, y), at(rows_.samples, below), width(), at(rows_.values, y));
  }
  void count_equal(int y) {
    if (y < in_.height)
      examine(at(rows_.values, y), at(rows_.values, std::min(y + 1, in_.height - 1)), width(),
              at(rows_.along, y), at(rows_.equal, y));
    else
      std::fill_n(at(rows_.equal, y), width(), std::uint8_t{0});
    slide_sums(at(rows_.equal, y), at(rows_.equal, y + 1), width(),
               rows_.sums);  // y + 1 is the place of y - 7
  }
  void finish(int y, std::uint16_t* out) const {
    const bool outer = y == 0 || y + 1 == in_.height;
    if (outer || !how_.filters) {
      const std::uint16_t* const values = at(rows_.values, y);
      mark(rows_.sums, width(), limit_, [&](int x) HWY_ATTR { return load(values + x); }, out);
      return;
    }
    const ThreeRows three{at(rows_.along, y - 1), at(rows_.along, y), at(rows_.along, y + 1)};
    mark(rows_.sums, width(), limit_, [&](int x) HWY_ATTR { return three.mode(x); }, out);
  }

  PlaneView<const T> in_;
  int bits_;
  Preparation how_;
  const Rows& rows_;
  int limit_;
  V16 seen_;
};

unsigned first_rows(const Samples& in, Preparation how, RowRange range,
                    PlaneView<std::uint16_t> out, const Rows& rows) {
  return with_sample_type(in.bits, [&]<typename T>() HWY_ATTR {
    FirstScale<T> scale(in, how, rows);
    scale.make(range, out);
    return scale.seen();
  });
}

// Every other sample, with marks and without.
void halve(const std::uint16_t* in, int in_width, std::uint16_t* marked, std::uint16_t* values) {
  const V16 bits = hn::Set(D16(), kValueBits);
  const int width = (in_width + 1) / 2;
  int x = 0;
  for (; 2 * (x + lanes()) <= in_width; x += lanes()) {
    const V16 v = hn::ConcatEven(D16(), load(in + 2 * x + lanes()), load(in + 2 * x));
    hn::StoreU(v, D16(), marked + x);
    hn::StoreU(hn::And(v, bits), D16(), values + x);
  }
  for (; x < width; ++x) {
    marked[x] = in[2 * x];
    values[x] = in[2 * x] & kValueBits;
  }
}

void filter_along(const std::uint16_t* row, int width, std::uint16_t* out) {
  for (int x = 0; x < width; x += lanes())
    hn::StoreU(mode_of_vectors(load(row + x - 1), load(row + x), load(row + x + 1)), D16(),
               out + x);
  out[0] = row[0];
  out[width - 1] = row[width - 1];
}

void next_rows(PlaneView<const std::uint16_t> in, RowRange range, PlaneView<std::uint16_t> out,
               const Rows& rows) {
  const V16 flat = hn::Set(D16(), kFlat);
  const int width = out.width;
  for (int i = std::max(0, range.begin - 1); i <= std::min(range.end, out.height - 1); ++i) {
    halve(in.row(2 * i), in.width, rows.samples[i % kRing], rows.values[0]);
    filter_along(rows.values[0], width, rows.along[i % kRing]);
    const int y = i - 1;
    if (y <= 0 || y < range.begin) continue;
    const std::uint16_t* const marks = rows.samples[y % kRing];
    const ThreeRows three{rows.along[(y - 1) % kRing], rows.along[y % kRing],
                          rows.along[i % kRing]};
    for (int x = 0; x < width; x += lanes())
      store(hn::Or(three.mode(x), hn::And(load(marks + x), flat)), out.row(y), x, width);
  }
  for (const int y : {0, out.height - 1})
    if (y >= range.begin && y < range.end)
      for (int x = 0; x < width; ++x) out.row(y)[x] = in.row(2 * y)[2 * x];
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::cambi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::cambi {
namespace {

HWY_EXPORT(first_rows);
HWY_EXPORT(next_rows);

Rows take_rows(int width, Scratch& scratch) {
  const std::size_t length = round_up(static_cast<std::size_t>(width), kPad) + 2 * kPad;
  auto* wide = scratch.take<std::uint16_t>(length * 3 * kRing);
  auto* narrow = scratch.take<std::uint8_t>(length * (kRing + 1));
  std::fill_n(wide, length * 3 * kRing, std::uint16_t{0});
  std::fill_n(narrow, length * (kRing + 1), std::uint8_t{0});
  Rows rows;
  for (auto* ring : {&rows.samples, &rows.values, &rows.along})
    for (std::uint16_t*& row : *ring) row = std::exchange(wide, wide + length) + kPad;
  for (std::uint8_t*& row : rows.equal) row = std::exchange(narrow, narrow + length) + kPad;
  rows.sums = narrow + kPad;
  return rows;
}

}  // namespace

unsigned first_scale(const Samples& in, Preparation how, RowRange range,
                     PlaneView<std::uint16_t> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(first_rows)(in, how, range, out, take_rows(in.width, scratch));
}

void next_scale(PlaneView<const std::uint16_t> in, RowRange range, PlaneView<std::uint16_t> out,
                Scratch& scratch) {
  HWY_DYNAMIC_DISPATCH(next_rows)(in, range, out, take_rows(out.width, scratch));
}

}  // namespace visq::cambi
#endif
