#include "kernels/moments/moments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/moments/moments.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::moments {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

Sums sum_plane(const Samples& plane) { return sums_ref(plane); }

#else

using D32 = hn::ScalableTag<std::uint32_t>;
using D64 = hn::Repartition<std::uint64_t, D32>;
using V32 = hn::Vec<D32>;
using V64 = hn::Vec<D64>;

void add_rest(const auto* row, int from, int to, Sums& sums) {
  for (int x = from; x < to; ++x) {
    const std::uint64_t sample = row[x];
    sums.samples += sample;
    sums.squares += sample * sample;
  }
}

// The sum of both halves of each lane.
HWY_INLINE V64 halves(V32 v) {
  const D64 d;
  const V64 wide = hn::BitCast(d, v);
  return hn::Add(hn::And(wide, hn::Set(d, 0xFFFFFFFFu)), hn::ShiftRight<32>(wide));
}

HWY_INLINE std::uint64_t total(V64 v) { return hn::GetLane(hn::SumOfLanes(D64(), v)); }

// A lane of 32 bits takes two squares of 16 bits a step, and a row has at most 2^15 samples.
void add_row(const std::uint8_t* row, int width, Sums& sums) {
  const hn::Repartition<std::uint16_t, D32> d16;
  const hn::Repartition<std::int16_t, D32> di16;
  const hn::Repartition<std::int32_t, D32> di32;
  const hn::Rebind<std::uint8_t, decltype(d16)> d8;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  auto sum = hn::Zero(d16);  // up to 2^15 / 8 samples of 8 bits: folded every 256 steps
  auto even = hn::Zero(di32), odd = hn::Zero(di32);
  V32 wide = hn::Zero(D32());
  const auto fold = [&]() HWY_ATTR {
    const V32 pairs = hn::BitCast(D32(), sum);
    wide =
        hn::Add(wide, hn::Add(hn::And(pairs, hn::Set(D32(), 0xFFFFu)), hn::ShiftRight<16>(pairs)));
    sum = hn::Zero(d16);
  };
  int x = 0;
  for (int step = 0; x + lanes <= width; x += lanes, ++step) {
    if (step % 256 == 255) fold();
    const auto samples = hn::PromoteTo(d16, hn::LoadU(d8, row + x));
    sum = hn::Add(sum, samples);
    const auto factor = hn::BitCast(di16, samples);
    even = hn::ReorderWidenMulAccumulate(di32, factor, factor, even, odd);
  }
  fold();
  sums.samples += total(halves(wide));
  sums.squares += total(halves(hn::BitCast(D32(), hn::Add(even, odd))));
  add_rest(row, x, width, sums);
}

void add_row(const std::uint16_t* row, int width, Sums& sums) {
  const hn::Repartition<std::uint16_t, D32> d16;
  const int lanes = static_cast<int>(hn::Lanes(d16));
  V32 sum = hn::Zero(D32());
  V64 squares = hn::Zero(D64());
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    const V32 pairs = hn::BitCast(D32(), hn::LoadU(d16, row + x));
    const V32 even = hn::And(pairs, hn::Set(D32(), 0xFFFFu)), odd = hn::ShiftRight<16>(pairs);
    sum = hn::Add(sum, hn::Add(even, odd));
    squares = hn::Add(squares, hn::Add(halves(hn::Mul(even, even)), halves(hn::Mul(odd, odd))));
  }
  sums.samples += total(halves(sum));
  sums.squares += total(squares);
  add_rest(row, x, width, sums);
}

Sums sum_plane(const Samples& plane) {
  return with_sample_type(plane.bits, [&]<typename T>() {
    Sums sums;
    for (int y = 0; y < plane.height; ++y) add_row(plane.as<T>().row(y), plane.width, sums);
    return sums;
  });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::moments
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::moments {

HWY_EXPORT(sum_plane);

Sums sums(const Samples& plane) { return HWY_DYNAMIC_DISPATCH(sum_plane)(plane); }

}  // namespace visq::moments
#endif
