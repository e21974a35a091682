// A lane is a block: as many blocks as a vector has lanes go together through transform, masking
// and weighting. Up to 11 bits the integers have 16 bits, and (v * f + 2^14) >> 15 is one
// instruction; above they have 32.
//
// The sum is one of floats in a fixed order, millions of dependent additions. Almost all of them
// are done in any order: while the sum S stays between two powers of two, adding t to it is adding
// t rounded to a multiple of S's last bit, whatever S is, unless t lies half way between two of
// them. So terms are rounded first and their sum is exact. A group of blocks with such a half, or
// that takes S beyond a power of two, is added term by term.
#include "kernels/hvs/hvs.h"

#include <algorithm>
#include <cstring>

#include "kernels/conv/values.h"
#include "kernels/hvs/shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hvs/hvs.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::hvs {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

float error_of(const Samples& ref, const Samples& dist, const Weights& weights, Scratch&) {
  return error_ref(ref, dist, weights);
}

#else

using DF = hn::Repartition<float, D16>;
using VF = hn::Vec<DF>;

inline constexpr std::size_t kGroup = hn::MaxLanes(D16());  // blocks at a time, at most
inline std::size_t lanes16() { return hn::Lanes(D16()); }

struct Parts {  // the lanes of a vector of 16 bits, in two of 32, as the interleaving has them
  V32 lower, upper;
};

HWY_INLINE Parts widened(V16 v) {
  const D16 d;
  return {hn::ShiftRight<16>(hn::BitCast(D32(), hn::InterleaveLower(d, v, v))),
          hn::ShiftRight<16>(hn::BitCast(D32(), hn::InterleaveUpper(d, v, v)))};
}

// Integers of 16 bits: the lanes of a group in one vector.
struct Int16 {
  using D = D16;
  using V = V16;
  static constexpr int kParts = 2;

  static HWY_INLINE V load(const std::uint16_t* samples) {
    return hn::BitCast(D16(), hn::LoadU(hn::RebindToUnsigned<D16>(), samples));
  }
  template <int kFactor, int kShift>
  static HWY_INLINE V scaled(V v) {
    static_assert(kFactor << (15 - kShift) < 32768);
    return hn::MulFixedPoint15(v,
                               hn::Set(D(), static_cast<std::int16_t>(kFactor << (15 - kShift))));
  }
  static HWY_INLINE V half(V v) { return hn::ShiftRight<1>(hn::Sub(v, hn::ShiftRight<15>(v))); }
  static HWY_INLINE void to_floats(V v, VF out[kParts]) {
    const Parts parts = widened(v);
    out[0] = hn::ConvertTo(DF(), parts.lower);
    out[1] = hn::ConvertTo(DF(), parts.upper);
  }
  static std::size_t group() { return lanes16(); }
};

// Integers of 32 bits: half as many lanes. A product of 20 and 16 bits does not fit, but with
// v = 2^12 h + l, (v f + r) >> s = (h f + ((l f + r) >> 12)) >> (s - 12), and these do.
struct Int32 {
  using D = D32;
  using V = V32;
  static constexpr int kParts = 1;

  static HWY_INLINE V load(const std::uint16_t* samples) {
    return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<std::uint16_t, D>(), samples));
  }
  template <int kFactor, int kShift>
  static HWY_INLINE V scaled(V v) {
    const D d;
    const V factor = hn::Set(d, kFactor), low = hn::And(v, hn::Set(d, 0xFFF));
    const V rest = hn::ShiftRight<12>(hn::Add(hn::Mul(low, factor), hn::Set(d, 1 << (kShift - 1))));
    return hn::ShiftRight<kShift - 12>(hn::Add(hn::Mul(hn::ShiftRight<12>(v), factor), rest));
  }
  static HWY_INLINE V half(V v) { return hn::ShiftRight<1>(hn::Sub(v, hn::ShiftRight<31>(v))); }
  static HWY_INLINE void to_floats(V v, VF out[kParts]) { out[0] = hn::ConvertTo(DF(), v); }
  static std::size_t group() { return hn::Lanes(D()); }
};

// Of a group of blocks: samples, then coefficients; of every coefficient a row of lanes.
struct Workspace {
  alignas(64) std::uint16_t samples[2][kCoefficients][kGroup];
  alignas(64) std::int16_t coefficients[2][kCoefficients][2 * kGroup];  // 16 or 32 bits each
  alignas(64) std::int16_t turned[kCoefficients][2 * kGroup];
  alignas(64) float terms[kCoefficients][kGroup];
  std::size_t order[kGroup];  // where in a row of terms each block is
  std::size_t x[kGroup], y[kGroup];
  std::size_t blocks;
};

// Eight rows of eight samples to eight columns of eight.
HWY_INLINE void transpose8(const hn::Vec<hn::FixedTag<std::uint16_t, 8>> in[8], std::uint16_t* out,
                           std::size_t step) {
  const hn::FixedTag<std::uint16_t, 8> d;
  const hn::Repartition<std::uint32_t, decltype(d)> d2;
  const hn::Repartition<std::uint64_t, decltype(d)> d4;
  hn::Vec<decltype(d2)> pairs[8];
  for (int i = 0; i < 4; ++i) {
    pairs[i] = hn::BitCast(d2, hn::InterleaveLower(d, in[2 * i], in[2 * i + 1]));
    pairs[4 + i] = hn::BitCast(d2, hn::InterleaveUpper(d, in[2 * i], in[2 * i + 1]));
  }
  for (int side = 0; side < 2; ++side) {
    const auto* p = pairs + 4 * side;
    const auto a = hn::BitCast(d4, hn::InterleaveLower(d2, p[0], p[1])),
               b = hn::BitCast(d4, hn::InterleaveLower(d2, p[2], p[3]));
    const auto e = hn::BitCast(d4, hn::InterleaveUpper(d2, p[0], p[1])),
               f = hn::BitCast(d4, hn::InterleaveUpper(d2, p[2], p[3]));
    std::uint16_t* const columns = out + static_cast<std::size_t>(4 * side) * step;
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d4, a, b)), d, columns);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d4, a, b)), d, columns + step);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d4, e, f)), d, columns + 2 * step);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d4, e, f)), d, columns + 3 * step);
  }
}

template <typename T>
HWY_INLINE auto load_eight(const T* p) {
  const hn::FixedTag<std::uint16_t, 8> d;
  if constexpr (sizeof(T) == 2)
    return hn::LoadU(d, p);
  else
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, decltype(d)>(), p));
}

template <typename T>
void gather_from(PlaneView<const T> plane, const Workspace& work,
                 std::uint16_t (*samples)[kGroup]) {
  for (std::size_t first = 0; first < kGroup; first += 8) {
    const T* start[8];
    for (std::size_t b = 0; b < 8; ++b)
      start[b] = plane.row(static_cast<int>(work.y[first + b])) + work.x[first + b];
    for (std::size_t row = 0; row < kSide; ++row) {
      hn::Vec<hn::FixedTag<std::uint16_t, 8>> lines[8];
      for (std::size_t b = 0; b < 8; ++b)
        lines[b] = load_eight(start[b] + static_cast<std::ptrdiff_t>(row) * plane.stride);
      transpose8(lines, samples[row * kSide] + first, kGroup);
    }
  }
}

void gather(const Samples& plane, const Workspace& work, std::uint16_t (*samples)[kGroup]) {
  with_sample_type(plane.bits, [&]<typename T>() { gather_from(plane.as<T>(), work, samples); });
}

// The lifting steps of hvs_ref.cc.
template <typename A>
HWY_INLINE void transform_line(const typename A::V in[8], typename A::V out[8]) {
  using V = typename A::V;
  V t7 = hn::Sub(in[0], in[7]), t5 = hn::Add(in[1], in[6]), t6 = hn::Sub(in[2], in[5]),
    t3 = hn::Add(in[3], in[4]);
  const V h7 = A::half(t7), h5 = A::half(t5), h3 = A::half(t3);
  V t0 = hn::Sub(in[0], h7), t1 = hn::Sub(in[6], h5), t2 = hn::Sub(in[2], A::half(t6)),
    t4 = hn::Sub(h3, in[4]);
  t0 = hn::Add(t0, h3);
  t3 = hn::Sub(t0, t3);
  t2 = hn::Sub(h5, t2);
  t5 = hn::Sub(t2, t5);
  t0 = hn::Sub(t0, A::template scaled<13573, 15>(t5));
  t5 = hn::Add(t5, A::template scaled<11585, 14>(t0));
  t0 = hn::Sub(t0, A::template scaled<13573, 15>(t5));
  t3 = hn::Sub(t3, A::template scaled<21895, 15>(t2));
  t2 = hn::Add(t2, A::template scaled<15137, 14>(t3));
  t3 = hn::Sub(t3, A::template scaled<21895, 15>(t2));
  t6 = hn::Add(t6, A::template scaled<19195, 15>(t1));
  t1 = hn::Add(t1, A::template scaled<11585, 14>(t6));
  t6 = hn::Sub(t6, A::template scaled<7489, 13>(t1));
  t4 = hn::Sub(A::half(t1), t4);
  t1 = hn::Sub(t1, t4);
  t6 = hn::Sub(h7, t6);
  t7 = hn::Sub(t7, t6);
  t4 = hn::Add(t4, A::template scaled<3227, 15>(t7));
  t7 = hn::Sub(t7, A::template scaled<6393, 15>(t4));
  t4 = hn::Add(t4, A::template scaled<3227, 15>(t7));
  t1 = hn::Add(t1, A::template scaled<2485, 13>(t6));
  t6 = hn::Sub(t6, A::template scaled<18205, 15>(t1));
  t1 = hn::Add(t1, A::template scaled<2485, 13>(t6));
  out[0] = t0, out[1] = t7, out[2] = t2, out[3] = t6, out[4] = t5, out[5] = t1, out[6] = t3,
  out[7] = t4;
}

template <typename A>
HWY_INLINE hn::TFromD<typename A::D>* lanes_of(std::int16_t* row) {
  return reinterpret_cast<hn::TFromD<typename A::D>*>(row);
}

template <typename A>
void transform(const std::uint16_t (*samples)[kGroup], std::int16_t (*coefficients)[2 * kGroup],
               std::int16_t (*turned)[2 * kGroup]) {
  const typename A::D d;
  typename A::V in[8], out[8];
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t k = 0; k < kSide; ++k) in[k] = A::load(samples[kSide * k + i]);
    transform_line<A>(in, out);
    for (std::size_t k = 0; k < kSide; ++k)
      hn::StoreU(out[k], d, lanes_of<A>(turned[kSide * i + k]));
  }
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t k = 0; k < kSide; ++k)
      in[k] = hn::LoadU(d, lanes_of<A>(turned[kSide * k + i]));
    transform_line<A>(in, out);
    for (std::size_t k = 0; k < kSide; ++k)
      hn::StoreU(out[k], d, lanes_of<A>(coefficients[kSide * i + k]));
  }
}

// Of a quarter: the sum of its samples, and that of their squared distances from the mean.
struct Quarter {
  VF sum[2], squares[2];
};

inline std::size_t sample_of(std::size_t quarter, std::size_t i) {
  return (quarter & 1) * 4 * kSide + (quarter >> 1) * 4 + i / 4 * kSide + i % 4;
}

// 16 sum x^2 - (sum x)^2 fits 32 bits.
HWY_INLINE Quarter quarter_of(const std::uint16_t (*samples)[kGroup], std::size_t q, Int16) {
  const D16 d;
  V16 sum = hn::Zero(d);
  V32 lower = hn::Zero(D32()), upper = hn::Zero(D32());
  for (std::size_t i = 0; i < 16; i += 2) {
    const V16 a = Int16::load(samples[sample_of(q, i)]),
              b = Int16::load(samples[sample_of(q, i + 1)]);
    sum = hn::Add(sum, hn::Add(a, b));
    const V16 ab = hn::InterleaveLower(d, a, b), cd = hn::InterleaveUpper(d, a, b);
    lower = add_pair_products(ab, ab, lower);
    upper = add_pair_products(cd, cd, upper);
  }
  const Parts sums = widened(sum);
  const VF sixteenth = hn::Set(DF(), 1 / 16.0f);
  const auto squares = [&](V32 all, V32 s) HWY_ATTR {
    return hn::Mul(hn::ConvertTo(DF(), hn::Sub(hn::ShiftLeft<4>(all), hn::Mul(s, s))), sixteenth);
  };
  return {{hn::ConvertTo(DF(), sums.lower), hn::ConvertTo(DF(), sums.upper)},
          {squares(lower, sums.lower), squares(upper, sums.upper)}};
}

HWY_INLINE Quarter quarter_of(const std::uint16_t (*samples)[kGroup], std::size_t q, Int32) {
  V32 sum = hn::Zero(D32());
  for (std::size_t i = 0; i < 16; ++i) sum = hn::Add(sum, Int32::load(samples[sample_of(q, i)]));
  Quarter quarter;
  quarter.sum[0] = hn::ConvertTo(DF(), sum);
  quarter.squares[0] = hn::Zero(DF());
  const VF mean = hn::Mul(quarter.sum[0], hn::Set(DF(), 1 / 16.0f));
  for (std::size_t i = 0; i < 16; ++i) {
    const VF distance = hn::Sub(hn::ConvertTo(DF(), Int32::load(samples[sample_of(q, i)])), mean);
    quarter.squares[0] = hn::Add(quarter.squares[0], hn::Mul(distance, distance));
  }
  return quarter;
}

HWY_INLINE VF evenness(const Quarter* q, std::size_t part) {
  const DF d;
  const VF within =
      hn::Add(hn::Add(hn::Add(q[0].squares[part], q[1].squares[part]), q[2].squares[part]),
              q[3].squares[part]);
  VF between = hn::Zero(d);
  for (int i = 0; i < 4; ++i)
    for (int j = i + 1; j < 4; ++j) {
      const VF difference = hn::Sub(q[i].sum[part], q[j].sum[part]);
      between = hn::Add(between, hn::Mul(difference, difference));
    }
  const VF all =
      hn::Mul(hn::Add(within, hn::Mul(between, hn::Set(d, 1 / 64.0f))), hn::Set(d, kWholeScale));
  const auto any = hn::Gt(all, hn::Zero(d));
  return hn::IfThenElseZero(any, hn::Div(hn::Mul(within, hn::Set(d, kQuarterScale)),
                                         hn::IfThenElse(any, all, hn::Set(d, 1.0f))));
}

// What the contrast of one picture's blocks masks.
template <typename A>
HWY_INLINE void masking_of(const std::uint16_t (*samples)[kGroup],
                           std::int16_t (*coefficients)[2 * kGroup], const Weights& weights,
                           VF out[2]) {
  const DF d;
  VF energy[2] = {hn::Zero(d), hn::Zero(d)};
  for (std::size_t i = 1; i < kCoefficients; ++i) {
    VF c[2];
    A::to_floats(hn::LoadU(typename A::D(), lanes_of<A>(coefficients[i])), c);
    const VF weight = hn::Set(d, weights.masking[i]);
    for (int part = 0; part < A::kParts; ++part)
      energy[part] = hn::Add(energy[part], hn::Mul(hn::Mul(c[part], c[part]), weight));
  }
  Quarter quarters[4];
  for (std::size_t q = 0; q < 4; ++q) quarters[q] = quarter_of(samples, q, A());
  for (int part = 0; part < A::kParts; ++part)
    out[part] =
        hn::Mul(hn::Sqrt(hn::Mul(energy[part], evenness(quarters, static_cast<std::size_t>(part)))),
                hn::Set(d, 1 / 32.0f));
}

template <typename A>
void make_terms(const Weights& weights, Workspace& work) {
  const DF d;
  for (int side = 0; side < 2; ++side)
    transform<A>(work.samples[side], work.coefficients[side], work.turned);
  VF masked[2], other[2];
  masking_of<A>(work.samples[0], work.coefficients[0], weights, masked);
  masking_of<A>(work.samples[1], work.coefficients[1], weights, other);
  for (int part = 0; part < A::kParts; ++part) masked[part] = hn::Max(masked[part], other[part]);
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    const typename A::D di;
    VF difference[2];
    A::to_floats(hn::Abs(hn::Sub(hn::LoadU(di, lanes_of<A>(work.coefficients[0][i])),
                                 hn::LoadU(di, lanes_of<A>(work.coefficients[1][i])))),
                 difference);
    const VF sensitivity = hn::Set(d, weights.sensitivity[i]),
             unmasking = hn::Set(d, i == 0 ? 0.0f : weights.unmasking[i]);
    for (int part = 0; part < A::kParts; ++part) {
      const VF error =
          hn::Mul(hn::Max(hn::Sub(difference[part], hn::Mul(masked[part], unmasking)), hn::Zero(d)),
                  sensitivity);
      hn::StoreU(hn::Mul(error, error), d,
                 work.terms[i] + static_cast<std::size_t>(part) * hn::Lanes(d));
    }
  }
}

// Where each block's terms are: the order that widening makes of lanes.
template <typename A>
void find_order(Workspace& work) {
  std::int16_t numbers[kGroup];
  float lanes[2 * kGroup];
  for (std::size_t i = 0; i < kGroup; ++i) numbers[i] = static_cast<std::int16_t>(i);
  VF parts[2];
  std::uint16_t samples[kGroup];
  std::memcpy(samples, numbers, sizeof(samples));
  A::to_floats(A::load(samples), parts);
  for (std::size_t part = 0; part < A::kParts; ++part)
    hn::StoreU(parts[part], DF(), lanes + part * hn::Lanes(DF()));
  for (std::size_t i = 0; i < A::group(); ++i) work.order[static_cast<std::size_t>(lanes[i])] = i;
}

// The sum with the group's terms added, where their order cannot matter; else a negative number.
float add_in_any_order(float sum, const Workspace& work, std::size_t lanes) {
  std::uint32_t bits;
  std::memcpy(&bits, &sum, sizeof(bits));
  bits &= 0xFF800000u;
  float power;  // the largest power of two that is not above the sum
  std::memcpy(&power, &bits, sizeof(power));
  const DF d;
  const VF base = hn::Set(d, power), half = hn::Set(d, power * 0x1p-24f);
  VF total = hn::Zero(d);
  auto ties = hn::Lt(half, half);
  for (std::size_t i = 0; i < kCoefficients; ++i)
    for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
      const VF term = hn::LoadU(d, work.terms[i] + lane),
               rounded = hn::Sub(hn::Add(base, term), base);
      ties = hn::Or(ties, hn::Eq(hn::Abs(hn::Sub(term, rounded)), half));
      total = hn::Add(total, rounded);
    }
  const float next = sum + hn::GetLane(hn::SumOfLanes(d, total));
  return hn::AllFalse(d, ties) && next < 2 * power ? next : -1;
}

float add_one_by_one(float sum, const Workspace& work) {
  for (std::size_t b = 0; b < work.blocks; ++b)
    for (std::size_t i = 0; i < kCoefficients; ++i) sum += work.terms[i][work.order[b]];
  return sum;
}

// Lanes beyond the last block hold it again, and count nothing.
void clear_unused(Workspace& work, std::size_t lanes) {
  for (std::size_t b = work.blocks; b < lanes; ++b)
    for (std::size_t i = 0; i < kCoefficients; ++i) work.terms[i][work.order[b]] = 0;
}

// The next blocks in the order of rows, from block `first` of `count`.
void place(std::size_t first, std::size_t count, std::size_t across, Workspace& work) {
  for (std::size_t i = 0; i < kGroup; ++i) {
    const std::size_t block = std::min(first + i, count - 1);
    work.x[i] = block % across * kStep;
    work.y[i] = block / across * kStep;
  }
}

template <typename A>
float sum_of_groups(const Samples& ref, const Samples& dist, const Weights& weights,
                    Workspace& work) {
  const auto across = static_cast<std::size_t>(blocks(ref.width)),
             count = across * static_cast<std::size_t>(blocks(ref.height));
  const std::size_t group = A::group();
  float sum = 0;
  find_order<A>(work);
  for (std::size_t first = 0; first < count; first += group) {
    work.blocks = std::min(group, count - first);
    place(first, count, across, work);
    gather(ref, work, work.samples[0]);
    gather(dist, work, work.samples[1]);
    make_terms<A>(weights, work);
    clear_unused(work, group);
    const float next = sum > 0 ? add_in_any_order(sum, work, group) : -1;
    sum = next >= 0 ? next : add_one_by_one(sum, work);
  }
  return sum;
}

float error_of(const Samples& ref, const Samples& dist, const Weights& weights, Scratch& scratch) {
  Workspace& work = *scratch.take<Workspace>(1);
  return ref.bits <= kInt16Bits ? sum_of_groups<Int16>(ref, dist, weights, work)
                                : sum_of_groups<Int32>(ref, dist, weights, work);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::hvs
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::hvs {

HWY_EXPORT(error_of);

float error(const Samples& ref, const Samples& dist, const Weights& weights, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(error_of)(ref, dist, weights, scratch);
}

}  // namespace visq::hvs
#endif
