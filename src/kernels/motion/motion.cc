// A row at a time: its difference joins those of the four rows before it, their vertical blur goes
// to a row buffer, the horizontal blur and the sum read that while it is in the cache.
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

#include "base/aligned.h"
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

// A row of values: as 16 bits, or where they do not fit as halves and last bits.
struct Row {
  std::int16_t* half;  // or the value
  std::int16_t* bit;
};

struct FiveRows {
  Row row[5];
  HWY_INLINE V16 half(int k, int x) const { return hn::LoadU(D16(), row[k].half + x); }
  HWY_INLINE V16 bit(int k, int x) const { return hn::LoadU(D16(), row[k].bit + x); }
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

// The half of a - b of unsigned samples, and its last bit, which is that of a ^ b.
HWY_INLINE V16 half_difference(V16 a, V16 b) {
  const V16 same = hn::Sub(hn::BitCast(D16(), hn::ShiftRight<1>(hn::BitCast(DU16(), a))),
                           hn::BitCast(D16(), hn::ShiftRight<1>(hn::BitCast(DU16(), b))));
  const V16 borrow = hn::And(hn::AndNot(a, b), hn::Set(D16(), 1));  // the bit of b alone
  return hn::Sub(same, borrow);
}

// Rows of samples, and those that are read next, which are fetched ahead.
template <typename T>
struct SampleRows {
  const T *a, *b;
  const T *next_a, *next_b;
};

// Differences of up to 14 bits fit 16 even when doubled. The last vector overlaps the one before.
template <bool kNarrow, typename T>
void subtract(const SampleRows<T>& rows, int width, int bits, const Row& out) {
  const D16 d;
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    hwy::Prefetch(rows.next_a + x);
    hwy::Prefetch(rows.next_b + x);
    const V16 a = load_samples(rows.a + x), b = load_samples(rows.b + x);
    if constexpr (kNarrow) {
      hn::StoreU(hn::Sub(a, b), d, out.half + x);
    } else {
      const V16 all_a = hn::ShiftLeftSame(a, 16 - bits), all_b = hn::ShiftLeftSame(b, 16 - bits);
      hn::StoreU(half_difference(all_a, all_b), d, out.half + x);
      hn::StoreU(hn::And(hn::Xor(all_a, all_b), hn::Set(d, 1)), d, out.bit + x);
    }
  }
}

// Mirrored rows are added first.
HWY_INLINE TwoHalves vertical_narrow(const FiveRows& rows, int x, int bits) {
  const D16 d;
  const V16 outer = hn::Add(rows.half(0, x), rows.half(4, x)),
            inner = hn::Add(rows.half(1, x), rows.half(3, x));
  TwoHalves sums{hn::Zero(D32()), hn::Zero(D32())};
  add_products(outer, inner, weights(kTaps[0], kTaps[1]), sums);
  add_products(rows.half(2, x), hn::Set(d, 1), weights(kTaps[2], 1 << (bits - 1)), sums);
  return {hn::ShiftRightSame(sums.lower, bits), hn::ShiftRightSame(sums.upper, bits)};
}

HWY_INLINE TwoHalves vertical_wide(const FiveRows& rows, int x) {
  const D16 d;
  const V32 zero = hn::Zero(D32()), rounding = hn::Set(D32(), 1 << 15);
  TwoHalves halves{zero, zero}, last{rounding, rounding};
  const V16 w01 = weights(kTaps[0], kTaps[1]), w2 = weights(kTaps[2], 0);
  add_products(rows.half(0, x), rows.half(1, x), w01, halves);
  add_products(rows.half(4, x), rows.half(3, x), w01, halves);
  add_products(rows.half(2, x), hn::Zero(d), w2, halves);
  add_products(hn::Add(rows.bit(0, x), rows.bit(4, x)), hn::Add(rows.bit(1, x), rows.bit(3, x)),
               w01, last);
  add_products(rows.bit(2, x), hn::Zero(d), w2, last);
  return {hn::ShiftRight<15>(hn::Add(halves.lower, hn::ShiftRight<1>(last.lower))),
          hn::ShiftRight<15>(hn::Add(halves.upper, hn::ShiftRight<1>(last.upper)))};
}

template <bool kNarrow>
HWY_INLINE TwoHalves vertical(const FiveRows& rows, int x, int bits) {
  return kNarrow ? vertical_narrow(rows, x, bits) : vertical_wide(rows, x);
}

// Values of 16 bits. False where they do not fit.
template <bool kNarrow>
bool blur_values(const FiveRows& rows, int width, int bits, const Row& out) {
  const D16 d;
  V16 most = hn::Zero(d), least = hn::Zero(d);
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    const TwoHalves v = vertical<kNarrow>(rows, x, bits);
    const V16 value = hn::ReorderDemote2To(d, v.lower, v.upper);  // saturates
    most = hn::Max(most, value);
    least = hn::Min(least, value);
    hn::StoreU(value, d, out.half + kRadius + x);
  }
  return hn::AllFalse(d, hn::Or(hn::Eq(most, hn::Set(d, std::int16_t{32767})),
                                hn::Eq(least, hn::Set(d, std::int16_t{-32768}))));
}

template <bool kNarrow>
void blur_halves(const FiveRows& rows, int width, int bits, const Row& out) {
  const D16 d;
  const V32 one = hn::Set(D32(), 1);
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
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
HWY_INLINE V32 horizontal_vector(const Row& row, const std::int16_t* weights, int x,
                                 const Inside& inside) {
  const V32 rounding = hn::Set(D32(), 1 << 15);
  if constexpr (kFits) {
    auto sums = started<1>({rounding});
    filter_pairs<kWeights>(weights, RowPairs{row.half + x, 0}, sums);
    const auto size = [](V32 v) HWY_ATTR { return hn::Abs(hn::ShiftRight<16>(v)); };
    return hn::Add(hn::And(size(sums.even[0]), inside.even),
                   hn::And(size(sums.odd[0]), inside.odd));
  } else {
    auto sums = started<2>({hn::Zero(D32()), rounding});
    filter_pairs<kWeights>(weights, RowPairs{row.half + x, row.bit - row.half}, sums);
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
std::uint64_t horizontal(const Row& row, const std::int16_t* weights, int width) {
  const D32 d;
  const hn::Repartition<std::uint64_t, D32> d64;
  const V32 all = hn::Set(d, -1);
  V32 sum = hn::Zero(d);
  int x = 0;
  for (; x + lanes16() <= width; x += lanes16())
    sum = hn::Add(sum, horizontal_vector<kFits>(row, weights, x, {all, all}));
  if (x < width)
    sum = hn::Add(
        sum, horizontal_vector<kFits>(row, weights, x, {inside(x, width), inside(x + 1, width)}));
  const auto wide = hn::BitCast(d64, sum);
  return hn::GetLane(hn::SumOfLanes(
      d64, hn::Add(hn::And(wide, hn::Set(d64, 0xFFFFFFFFu)), hn::ShiftRight<32>(wide))));
}

struct Memory {
  Row differences[5];
  Row blurred;  // from two columns left of the plane
  std::int16_t* weights;
};

// Rows of one part, in their order. Each difference is found once and kept for the five rows that
// need it.
template <bool kNarrow, typename T>
class RowSums {
 public:
  RowSums(const Samples& a, const Samples& b, const Memory& memory)
      : a_(a.as<T>()), b_(b.as<T>()), bits_(a.bits), memory_(memory) {}

  // From row `first` to before `last`.
  std::uint64_t sum(int first, int last) {
    for (int y = std::max(first - kRadius, 0); y < first + kRadius; ++y) add_difference(y);
    std::uint64_t total = 0;
    for (int y = first; y < last; ++y) {
      add_difference(y + kRadius);
      total += sum_row(y);
    }
    return total;
  }

 private:
  const Row& difference(int y) const {
    return memory_.differences[static_cast<std::size_t>(y) % std::size(memory_.differences)];
  }

  void add_difference(int y) {
    if (y >= a_.height) return;
    const int next = std::min(y + 1, a_.height - 1);
    subtract<kNarrow>(SampleRows<T>{a_.row(y), b_.row(y), a_.row(next), b_.row(next)}, a_.width,
                      bits_, difference(y));
  }

  // Where a row does not fit 16 bits, the next ones are not tried.
  std::uint64_t sum_row(int y) {
    FiveRows rows;
    for (int k = 0; k < 5; ++k) rows.row[k] = difference(reflect101(y - kRadius + k, a_.height));
    const int width = a_.width;
    const Row& blurred = memory_.blurred;
    if (untried_ == 0 && blur_values<kNarrow>(rows, width, bits_, blurred)) {
      mirror(blurred.half, width);
      return horizontal<true>(blurred, memory_.weights, width);
    }
    untried_ = untried_ == 0 ? kUntried : untried_ - 1;
    blur_halves<kNarrow>(rows, width, bits_, blurred);
    mirror(blurred.half, width);
    mirror(blurred.bit, width);
    return horizontal<false>(blurred, memory_.weights, width);
  }

  static constexpr int kUntried = 15;
  PlaneView<const T> a_, b_;
  int bits_;
  const Memory& memory_;
  int untried_ = 0;  // rows
};

Memory take_memory(int width, Scratch& scratch) {
  const std::size_t length =
      round_up(static_cast<std::size_t>(width) + 2 * kRadius + 2 * hn::MaxLanes(D16()), 64);
  const auto take = [&]() -> Row {
    std::int16_t* const both = scratch.take<std::int16_t>(2 * length);
    return {both, both + length};
  };
  Memory memory;
  for (Row& row : memory.differences) row = take();
  memory.blurred = take();
  memory.weights = scratch.take<std::int16_t>(weights_size<kWeights.size()>());
  store_weights<kWeights>(memory.weights);
  return memory;
}

std::uint64_t sum_part(const Samples& a, const Samples& b, int first, int last, Scratch& scratch) {
  const Memory memory = take_memory(a.width, scratch);
  return with_sample_type(a.bits, [&]<typename T>() {
    return a.bits <= 14 ? RowSums<true, T>(a, b, memory).sum(first, last)
                        : RowSums<false, T>(a, b, memory).sum(first, last);
  });
}

std::uint64_t sum(const Samples& a, const Samples& b, Parallel& parallel, Scratch& scratch) {
  if (a.width < lanes16()) return sad_ref(a, b);
  constexpr int kRows = 128;  // of a part
  const auto parts = static_cast<std::size_t>((a.height + kRows - 1) / kRows);
  std::vector<std::uint64_t> sums(parts);
  parallel.run(parts, scratch, [&](std::size_t part, Scratch& own) {
    const int first = static_cast<int>(part) * kRows;
    sums[part] = sum_part(a, b, first, std::min(first + kRows, a.height), own);
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
