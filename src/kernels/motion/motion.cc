// A row at a time: the vertical blur of the difference goes to a row buffer, the horizontal blur
// and the sum read it while it is in the cache.
//
// Both passes are the weighted sum of five values of 17 bits, rounded and shifted. Rows of
// differences of less than half the range, which most are, fit 16 bits after the first pass. In
// others a value v is kept as its half v >> 1, which has 16 bits, and its last bit: with the sums A
// of halves and B of bits, (2A + B + 2^15) >> 16 = (A + ((B + 2^15) >> 1)) >> 15, and A fits 32
// bits.
#include "kernels/motion/motion.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "base/reflect.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/motion/motion.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/cache_control.h>

#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::motion {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

std::uint64_t sum(const Samples& a, const Samples& b, Parallel&, Scratch&) { return sad_ref(a, b); }

#else

using DU16 = hn::RebindToUnsigned<D16>;

inline int lanes16() { return static_cast<int>(hn::Lanes(D16())); }

HWY_INLINE V16 load_samples(const std::uint8_t* p) {
  const hn::Rebind<std::uint8_t, D16> d8;
  return hn::PromoteTo(D16(), hn::LoadU(d8, p));
}
HWY_INLINE V16 load_samples(const std::uint16_t* p) {
  return hn::BitCast(D16(), hn::LoadU(DU16(), p));
}

template <typename T>
struct FiveRows {
  const T* a[5];
  const T* b[5];
  const T *next_a, *next_b;  // what is read next, which is fetched ahead
};

struct TwoHalves {
  V32 lower, upper;  // of a vector of columns, as the interleaving has them
};

HWY_INLINE V16 weights(int first, int second) {
  return hn::BitCast(
      D16(), hn::Set(D32(), static_cast<std::int32_t>(static_cast<std::uint32_t>(first) |
                                                      static_cast<std::uint32_t>(second) << 16)));
}

HWY_INLINE void add_products(V16 x, V16 y, V16 w, TwoHalves& sums) {
  const D16 d;
  sums.lower = add_pair_products(hn::InterleaveLower(d, x, y), w, sums.lower);
  sums.upper = add_pair_products(hn::InterleaveUpper(d, x, y), w, sums.upper);
}

// Differences of up to 14 bits: twice one still fits 16, so that mirrored rows are added first.
template <typename T>
HWY_INLINE TwoHalves vertical_narrow(const FiveRows<T>& rows, int x, int bits) {
  const auto difference = [&](int k) HWY_ATTR {
    return hn::Sub(load_samples(rows.a[k] + x), load_samples(rows.b[k] + x));
  };
  const V16 outer = hn::Add(difference(0), difference(4)),
            inner = hn::Add(difference(1), difference(3)), centre = difference(2);
  const V32 start = hn::Set(D32(), 1 << (bits - 1));
  TwoHalves sums{start, start};
  add_products(outer, inner, weights(kTaps[0], kTaps[1]), sums);
  add_products(centre, hn::Zero(D16()), weights(kTaps[2], 0), sums);
  return {hn::ShiftRightSame(sums.lower, bits), hn::ShiftRightSame(sums.upper, bits)};
}

// The half of a - b of unsigned samples, and its last bit, which is that of a ^ b.
HWY_INLINE V16 half_difference(V16 a, V16 b) {
  const V16 same = hn::Sub(hn::BitCast(D16(), hn::ShiftRight<1>(hn::BitCast(DU16(), a))),
                           hn::BitCast(D16(), hn::ShiftRight<1>(hn::BitCast(DU16(), b))));
  const V16 borrow = hn::And(hn::AndNot(a, b), hn::Set(D16(), 1));  // the bit of b alone
  return hn::Sub(same, borrow);
}

// Differences of 15 (doubled) and 16 bits.
template <typename T>
HWY_INLINE TwoHalves vertical_wide(const FiveRows<T>& rows, int x, int bits) {
  const D16 d;
  V16 half[5], bit[5];
  for (int k = 0; k < 5; ++k) {
    const V16 a = hn::ShiftLeftSame(load_samples(rows.a[k] + x), 16 - bits),
              b = hn::ShiftLeftSame(load_samples(rows.b[k] + x), 16 - bits);
    half[k] = half_difference(a, b);
    bit[k] = hn::And(hn::Xor(a, b), hn::Set(d, 1));
  }
  const V32 zero = hn::Zero(D32()), rounding = hn::Set(D32(), 1 << 15);
  TwoHalves halves{zero, zero}, last{rounding, rounding};
  const V16 w01 = weights(kTaps[0], kTaps[1]), w2 = weights(kTaps[2], 0);
  add_products(half[0], half[1], w01, halves);
  add_products(half[4], half[3], w01, halves);
  add_products(half[2], hn::Zero(d), w2, halves);
  add_products(hn::Add(bit[0], bit[4]), hn::Add(bit[1], bit[3]), w01, last);
  add_products(bit[2], hn::Zero(d), w2, last);
  return {hn::ShiftRight<15>(hn::Add(halves.lower, hn::ShiftRight<1>(last.lower))),
          hn::ShiftRight<15>(hn::Add(halves.upper, hn::ShiftRight<1>(last.upper)))};
}

// A row of blurred differences: values that fit 16 bits, or halves and last bits, from two columns
// left of the plane.
struct BlurredRow {
  std::int16_t* half;  // or the value
  std::int16_t* bit;
  std::int16_t* weights;  // of the second pass
};

template <bool kNarrow, typename T>
HWY_INLINE TwoHalves vertical(const FiveRows<T>& rows, int x, int bits) {
  return kNarrow ? vertical_narrow(rows, x, bits) : vertical_wide(rows, x, bits);
}

// Values of 16 bits. False where they do not fit. The last vector overlaps the one before.
template <bool kNarrow, typename T>
bool blur_values(const FiveRows<T>& rows, int width, int bits, const BlurredRow& out) {
  const D16 d;
  V16 most = hn::Zero(d), least = hn::Zero(d);
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    hwy::Prefetch(rows.next_a + x);
    hwy::Prefetch(rows.next_b + x);
    const TwoHalves v = vertical<kNarrow>(rows, x, bits);
    const V16 value = hn::ReorderDemote2To(d, v.lower, v.upper);  // saturates
    most = hn::Max(most, value);
    least = hn::Min(least, value);
    hn::StoreU(value, d, out.half + kRadius + x);
  }
  return hn::AllFalse(d, hn::Or(hn::Eq(most, hn::Set(d, std::int16_t{32767})),
                                hn::Eq(least, hn::Set(d, std::int16_t{-32768}))));
}

template <bool kNarrow, typename T>
void blur_halves(const FiveRows<T>& rows, int width, int bits, const BlurredRow& out) {
  const D16 d;
  const V32 one = hn::Set(D32(), 1);
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    hwy::Prefetch(rows.next_a + x);
    hwy::Prefetch(rows.next_b + x);
    const TwoHalves v = vertical<kNarrow>(rows, x, bits);
    hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRight<1>(v.lower), hn::ShiftRight<1>(v.upper)), d,
               out.half + kRadius + x);
    hn::StoreU(hn::ReorderDemote2To(d, hn::And(v.lower, one), hn::And(v.upper, one)), d,
               out.bit + kRadius + x);
  }
}

inline void mirror(std::int16_t* row, int width) {
  std::int16_t* const first = row + kRadius;
  for (int k = 1; k <= kRadius; ++k) {
    first[-k] = first[k];
    first[width - 1 + k] = first[width - 1 - k];
  }
}

inline constexpr std::array<std::uint16_t, 5> kWeights{kTaps[0], kTaps[1], kTaps[2], kTaps[3],
                                                       kTaps[4]};

HWY_INLINE V32 blurred_size(V32 halves, V32 bits) {
  return hn::Abs(hn::ShiftRight<15>(hn::Add(halves, hn::ShiftRight<1>(bits))));
}

// The sums of two neighbouring columns, their sizes where `inside`. The last vector may reach
// beyond the row.
struct Inside {
  V32 even, odd;
};
template <bool kFits>
HWY_INLINE V32 horizontal_vector(const BlurredRow& row, int x, const Inside& inside) {
  const V32 rounding = hn::Set(D32(), 1 << 15);
  if constexpr (kFits) {
    auto sums = started<1>({rounding});
    filter_pairs<kWeights>(row.weights, RowPairs{row.half + x, 0}, sums);
    const auto size = [](V32 v) HWY_ATTR { return hn::Abs(hn::ShiftRight<16>(v)); };
    return hn::Add(hn::And(size(sums.even[0]), inside.even),
                   hn::And(size(sums.odd[0]), inside.odd));
  } else {
    auto sums = started<2>({hn::Zero(D32()), rounding});
    filter_pairs<kWeights>(row.weights, RowPairs{row.half + x, row.bit - row.half}, sums);
    return hn::Add(hn::And(blurred_size(sums.even[0], sums.even[1]), inside.even),
                   hn::And(blurred_size(sums.odd[0], sums.odd[1]), inside.odd));
  }
}

// Columns of every other lane from `first` that lie left of `width`.
HWY_INLINE V32 inside(int first, int width) {
  const D32 d;
  const V32 column = hn::Add(hn::Add(hn::Iota(d, 0), hn::Iota(d, 0)), hn::Set(d, first));
  return hn::VecFromMask(d, hn::Lt(column, hn::Set(d, width)));
}

// A sum of up to 32768 values of up to 65536, in lanes of 32 bits.
template <bool kFits>
std::uint64_t horizontal(const BlurredRow& row, int width) {
  const D32 d;
  const hn::Repartition<std::uint64_t, D32> d64;
  const V32 all = hn::Set(d, -1);
  V32 sum = hn::Zero(d);
  int x = 0;
  for (; x + lanes16() <= width; x += lanes16())
    sum = hn::Add(sum, horizontal_vector<kFits>(row, x, {all, all}));
  if (x < width)
    sum = hn::Add(sum, horizontal_vector<kFits>(row, x, {inside(x, width), inside(x + 1, width)}));
  const auto wide = hn::BitCast(d64, sum);
  return hn::GetLane(hn::SumOfLanes(
      d64, hn::Add(hn::And(wide, hn::Set(d64, 0xFFFFFFFFu)), hn::ShiftRight<32>(wide))));
}

// From `first` to before `last`.
struct RowRange {
  int first, last;
};

template <typename T>
FiveRows<T> five_rows(PlaneView<const T> a, PlaneView<const T> b, int y) {
  FiveRows<T> rows;
  for (int k = 0; k < 5; ++k) {
    const int row = reflect101(y - kRadius + k, a.height);
    rows.a[k] = a.row(row);
    rows.b[k] = b.row(row);
  }
  const int next = std::min(y + kRadius + 1, a.height - 1);
  rows.next_a = a.row(next);
  rows.next_b = b.row(next);
  return rows;
}

// Rows of one part, in their order. Where a row does not fit 16 bits, the next ones are not tried.
template <bool kNarrow, typename T>
class RowSums {
 public:
  RowSums(int bits, const BlurredRow& blurred) : bits_(bits), blurred_(blurred) {}

  std::uint64_t sum(const FiveRows<T>& rows, int width) {
    if (untried_ == 0 && blur_values<kNarrow>(rows, width, bits_, blurred_)) {
      mirror(blurred_.half, width);
      return horizontal<true>(blurred_, width);
    }
    untried_ = untried_ == 0 ? kUntried : untried_ - 1;
    blur_halves<kNarrow>(rows, width, bits_, blurred_);
    mirror(blurred_.half, width);
    mirror(blurred_.bit, width);
    return horizontal<false>(blurred_, width);
  }

 private:
  static constexpr int kUntried = 15;
  int bits_;
  const BlurredRow& blurred_;
  int untried_ = 0;  // rows
};

template <bool kNarrow, typename T>
std::uint64_t sum_rows(PlaneView<const T> a, PlaneView<const T> b, int bits, const RowRange& range,
                       const BlurredRow& blurred) {
  RowSums<kNarrow, T> sums(bits, blurred);
  std::uint64_t total = 0;
  for (int y = range.first; y < range.last; ++y) total += sums.sum(five_rows(a, b, y), a.width);
  return total;
}

std::uint64_t sum_part(const Samples& a, const Samples& b, const RowRange& range,
                       Scratch& scratch) {
  const std::size_t length =
      static_cast<std::size_t>(a.width) + 2 * kRadius + 2 * hn::MaxLanes(D16());
  std::int16_t* const rows = scratch.take<std::int16_t>(2 * length);
  std::int16_t* const weights = scratch.take<std::int16_t>(weights_size<kWeights.size()>());
  store_weights<kWeights>(weights);
  const BlurredRow row{rows, rows + length, weights};
  return with_sample_type(a.bits, [&]<typename T>() {
    const PlaneView<const T> first = a.as<T>(), second = b.as<T>();
    return a.bits <= 14 ? sum_rows<true>(first, second, a.bits, range, row)
                        : sum_rows<false>(first, second, a.bits, range, row);
  });
}

std::uint64_t sum(const Samples& a, const Samples& b, Parallel& parallel, Scratch& scratch) {
  if (a.width < lanes16()) return sad_ref(a, b);
  constexpr int kRows = 128;  // of a part
  const auto parts = static_cast<std::size_t>((a.height + kRows - 1) / kRows);
  std::vector<std::uint64_t> sums(parts);
  parallel.run(parts, scratch, [&](std::size_t part, Scratch& own) {
    const int first = static_cast<int>(part) * kRows;
    sums[part] = sum_part(a, b, {first, std::min(first + kRows, a.height)}, own);
  });
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::motion
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::motion {

HWY_EXPORT(sum);

std::uint64_t sad(const Samples& a, const Samples& b, Parallel& parallel, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sum)(a, b, parallel, scratch);
}

}  // namespace visq::motion
#endif
