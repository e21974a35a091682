#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "kernels/cambi/cambi.h"

namespace visq::cambi {
namespace {

// Sums of fixed lanes, so that neither a compiler nor a machine changes their order.
class Sum {
 public:
  void add(float value) {
    lanes_[next_] += static_cast<double>(value);
    next_ = (next_ + 1) % lanes_.size();
  }
  double total() const { return (lanes_[0] + lanes_[1]) + (lanes_[2] + lanes_[3]); }

 private:
  std::array<double, 4> lanes_{};
  std::size_t next_ = 0;
};

// The bits of floats that are not negative sort as the floats do.
std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

// Counted from the largest, the bucket of the `rank`-th value, and its rank within the bucket.
struct Place {
  std::uint32_t bucket;
  std::size_t rank;
};
Place find(const std::vector<std::uint32_t>& counts, std::size_t rank) {
  auto bucket = static_cast<std::uint32_t>(counts.size() - 1);
  while (counts[bucket] < rank) rank -= counts[bucket--];
  return {bucket, rank};
}

// The `rank`-th largest (from 1) of values that are not negative: its upper 16 bits, then its
// lower.
float ranked(const float* values, std::size_t count, std::size_t rank) {
  std::vector<std::uint32_t> counts(1u << 16);
  for (std::size_t i = 0; i < count; ++i) ++counts[bits_of(values[i]) >> 16];
  const Place upper = find(counts, rank);
  std::fill(counts.begin(), counts.end(), 0);
  for (std::size_t i = 0; i < count; ++i)
    if (bits_of(values[i]) >> 16 == upper.bucket) ++counts[bits_of(values[i]) & 0xFFFF];
  return std::bit_cast<float>(upper.bucket << 16 | find(counts, upper.rank).bucket);
}

double sum_of(const float* values, std::size_t count) {
  Sum sum;
  for (std::size_t i = 0; i < count; ++i) sum.add(values[i]);
  return sum.total();
}

double sum_of_largest(const float* values, std::size_t count, std::size_t largest) {
  const float least = ranked(values, count, largest);
  Sum sum;
  std::size_t above = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] <= least) continue;
    sum.add(values[i]);
    ++above;
  }
  return sum.total() + static_cast<double>(largest - above) * static_cast<double>(least);
}

}  // namespace

double mean_of_largest(const Contrasts& list, std::size_t total, std::size_t largest) {
  const std::size_t listed = std::min(total, list.count);
  const double sum = listed <= largest ? sum_of(list.values, listed)
                                       : sum_of_largest(list.values, listed, largest);
  return sum / static_cast<double>(largest);
}

}  // namespace visq::cambi
