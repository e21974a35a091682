#include <algorithm>
#include <array>
#include <bit>

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

using Parts = std::span<const Contrasts>;

template <typename F>
void for_each(Parts parts, const F& f) {
  for (const Contrasts& part : parts)
    for (const float* value = part.values; value != part.values + part.count; ++value) f(*value);
}

// The `rank`-th largest (from 1) of values that are not negative: its uppermost bits first.
float ranked(Parts parts, std::size_t rank) {
  constexpr unsigned kDigit = 11;
  std::uint32_t found = 0;
  for (unsigned shift = 2 * kDigit, known = 32; shift < 32; known = shift, shift -= kDigit) {
    std::array<std::uint32_t, 1u << kDigit> counts{};
    for_each(parts, [&](float value) {
      const std::uint32_t bits = bits_of(value);
      if (known == 32 || bits >> known == found >> known)
        ++counts[bits >> shift & (counts.size() - 1)];
    });
    auto digit = static_cast<std::uint32_t>(counts.size() - 1);
    while (counts[digit] < rank) rank -= counts[digit--];
    found |= digit << shift;
  }
  return std::bit_cast<float>(found);
}

double sum_of(Parts parts) {
  Sum sum;
  for_each(parts, [&](float value) { sum.add(value); });
  return sum.total();
}

double sum_of_largest(Parts parts, std::size_t largest) {
  const float least = ranked(parts, largest);
  Sum sum;
  std::size_t above = 0;
  for_each(parts, [&](float value) {
    if (value <= least) return;
    sum.add(value);
    ++above;
  });
  return sum.total() + static_cast<double>(largest - above) * static_cast<double>(least);
}

}  // namespace

double mean_of_largest(std::span<const Contrasts> parts, std::size_t total, std::size_t largest) {
  std::size_t listed = 0;
  for (const Contrasts& part : parts) listed += part.count;
  listed = std::min(listed, total);
  const double sum = listed <= largest ? sum_of(parts) : sum_of_largest(parts, largest);
  return sum / static_cast<double>(largest);
}

}  // namespace visq::cambi
