#include "kernels/sse/sse.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sse/sse.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

std::uint64_t plane(const Samples& a, const Samples& b) { return sum_squared_error_ref(a, b); }

#else

using D16 = hn::ScalableTag<std::int16_t>;
using DU16 = hn::RebindToUnsigned<D16>;
using D32 = hn::Repartition<std::int32_t, D16>;
using DU32 = hn::RebindToUnsigned<D32>;
using D64 = hn::Repartition<std::uint64_t, D16>;
using Sum32 = hn::Vec<D32>;
using Sum64 = hn::Vec<D64>;

std::uint64_t tail(const auto* a, const auto* b, int from, int to) {
  std::uint64_t total = 0;
  for (int x = from; x < to; ++x) {
    const auto difference = std::int64_t{a[x]} - b[x];
    total += static_cast<std::uint64_t>(difference * difference);
  }
  return total;
}

// The sum of both halves of every 64-bit lane.
HWY_INLINE Sum64 halves(Sum64 sums) {
  return hn::Add(hn::And(sums, hn::Set(D64(), 0xFFFFFFFFu)), hn::ShiftRight<32>(sums));
}

HWY_INLINE hn::Vec<D16> difference8(const std::uint8_t* a, const std::uint8_t* b) {
  const hn::Rebind<std::uint8_t, D16> d8;
  return hn::Sub(hn::PromoteTo(D16(), hn::LoadU(d8, a)), hn::PromoteTo(D16(), hn::LoadU(d8, b)));
}

// Each accumulator is a chain of additions that wait for each other: two keep the loads busy.
HWY_INLINE void add_row(const std::uint8_t* HWY_RESTRICT a, const std::uint8_t* HWY_RESTRICT b,
                        int from, int to, Sum64& total) {
  const int lanes = static_cast<int>(hn::Lanes(D16()));
  Sum32 even0 = hn::Zero(D32()), odd0 = even0, even1 = even0, odd1 = even0;
  int x = from;
  for (; x + 2 * lanes <= to; x += 2 * lanes) {
    const auto first = difference8(a + x, b + x);
    const auto second = difference8(a + x + lanes, b + x + lanes);
    even0 = hn::ReorderWidenMulAccumulate(D32(), first, first, even0, odd0);
    even1 = hn::ReorderWidenMulAccumulate(D32(), second, second, even1, odd1);
  }
  for (; x < to; x += lanes) {
    const auto last = difference8(a + x, b + x);
    even0 = hn::ReorderWidenMulAccumulate(D32(), last, last, even0, odd0);
  }
  const auto sum = hn::Add(hn::Add(even0, odd0), hn::Add(even1, odd1));
  total = hn::Add(total, halves(hn::BitCast(D64(), sum)));
}

HWY_INLINE void add_row(const std::uint16_t* HWY_RESTRICT a, const std::uint16_t* HWY_RESTRICT b,
                        int from, int to, Sum64& total) {
  const int lanes = static_cast<int>(hn::Lanes(D16()));
  for (int x = from; x < to; x += lanes) {
    const auto va = hn::LoadU(DU16(), a + x), vb = hn::LoadU(DU16(), b + x);
    const auto difference = hn::Or(hn::SaturatedSub(va, vb), hn::SaturatedSub(vb, va));  // |a - b|
    const auto wide = hn::BitCast(DU32(), difference);
    const auto even = hn::And(wide, hn::Set(DU32(), 0xFFFFu)), odd = hn::ShiftRight<16>(wide);
    total = hn::Add(total, halves(hn::BitCast(D64(), hn::Mul(even, even))));
    total = hn::Add(total, halves(hn::BitCast(D64(), hn::Mul(odd, odd))));
  }
}

// A lane of 32 bits takes two squares of up to 2^16 a vector, and the four accumulators of a row
// are added up: what one call of add_row() may have is good for 2^13 vectors of 8 samples at least.
constexpr int kMaxWidth = 1 << 16;

template <typename T>
std::uint64_t plane_of(PlaneView<const T> a, PlaneView<const T> b) {
  const int lanes = static_cast<int>(hn::Lanes(D16()));
  const int whole = a.width - a.width % lanes;
  auto total = hn::Zero(D64());
  std::uint64_t rest = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < whole; x += kMaxWidth)
      add_row(a.row(y), b.row(y), x, std::min(whole, x + kMaxWidth), total);
    rest += tail(a.row(y), b.row(y), whole, a.width);
  }
  return hn::GetLane(hn::SumOfLanes(D64(), total)) + rest;
}

std::uint64_t plane(const Samples& a, const Samples& b) {
  return with_sample_type(a.bits, [&]<typename T>() { return plane_of(a.as<T>(), b.as<T>()); });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(plane);

std::uint64_t sum_squared_error(const Samples& a, const Samples& b) {
  return HWY_DYNAMIC_DISPATCH(plane)(a, b);
}

}  // namespace visq
#endif
