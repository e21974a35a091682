// A row at a time: samples of either depth become integers of 32 bits, which hold the sum of a row.
#include "kernels/skeleton/skeleton.h"

#include <cstdlib>

#include "kernels/parts.h"

// From here to HWY_AFTER_NAMESPACE the file is compiled once a CPU target: foreach_target.h
// includes it again and again, with another HWY_NAMESPACE each time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/skeleton/skeleton.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::skeleton {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<std::int32_t>;

template <typename T>
HWY_INLINE hn::Vec<D> load(const T* samples) {
  return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<T, D>(), samples));
}

// At most 32768 differences of at most 65535, which is less than 2^31.
template <typename T>
std::uint64_t sum_of_row(const T* a, const T* b, int width) {
  const int lanes = static_cast<int>(hn::Lanes(D()));
  hn::Vec<D> sums = hn::Zero(D());
  int x = 0;
  for (; x + lanes <= width; x += lanes)
    sums = hn::Add(sums, hn::Abs(hn::Sub(load(a + x), load(b + x))));
  std::int32_t sum = hn::ReduceSum(D(), sums);
  for (; x < width; ++x) sum += std::abs(int{a[x]} - int{b[x]});  // nothing beyond the row is read
  return static_cast<std::uint64_t>(sum);
}

// What is exported: the depth is looked at here, once for many rows.
std::uint64_t sum_of_band(const Samples& ref, const Samples& dist, Band band) {
  return with_sample_type(ref.bits, [&]<typename T>() {
    std::uint64_t sum = 0;
    for (int y = band.from; y < band.to; ++y)
      sum += sum_of_row(ref.as<T>().row(y), dist.as<T>().row(y), ref.width);
    return sum;
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::skeleton
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::skeleton {

HWY_EXPORT(sum_of_band);

// Each band writes a sum of its own; they are added in order when all are done.
std::uint64_t difference(const Samples& ref, const Samples& dist, Scratch& scratch,
                         Parallel& parallel) {
  constexpr int kLeastRows = 128;
  const Bands bands(ref.height, kLeastRows);
  std::uint64_t* const sums = scratch.take<std::uint64_t>(bands.count());
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch&) {
    sums[i] = HWY_DYNAMIC_DISPATCH(sum_of_band)(ref, dist, bands[i]);
  });
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bands.count(); ++i) total += sums[i];
  return total;
}

}  // namespace visq::skeleton
#endif
