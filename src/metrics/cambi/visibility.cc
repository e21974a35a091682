#include "metrics/cambi/visibility.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace visq::cambi {
namespace {

constexpr int kFoot = 64, kHead = 940;  // black and white of limited range at 10 bits

// ITU-R BT.1886 for a display of 0.01 to 300 cd/m^2.
double bt1886(double signal) {
  constexpr double kGamma = 2.4, kWhite = 300, kBlack = 0.01;
  const double white = std::pow(kWhite, 1 / kGamma), black = std::pow(kBlack, 1 / kGamma);
  const double gain = std::pow(white - black, kGamma), lift = black / (white - black);
  return gain * std::pow(std::max(signal + lift, 0.0), kGamma);
}

// SMPTE ST 2084.
double pq(double signal) {
  constexpr double kM1 = 0.1593017578125, kM2 = 78.84375, kC1 = 0.8359375, kC2 = 18.8515625,
                   kC3 = 18.6875;
  const double power = std::pow(signal, 1 / kM2);
  return 10000 * std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1);
}

// The largest value from which a step of `difference` is seen: luminance rises steeply where it is
// dark. Found between the ends of the range as the reference finds it: by bisection.
class LargestVisible {
 public:
  LargestVisible(int difference, const ViewingRule& rule) : difference_(difference), rule_(rule) {}

  int find() const {
    int foot = kFoot, head = kHead - difference_ - 1;
    if (!is_seen(foot)) return 0;
    if (!is_seen(foot + 1)) return foot;
    if (is_seen(head)) return is_seen(head + 1) ? kAlways : head;
    while (true) {
      const int middle = foot + (head - foot) / 2;
      if (!is_seen(middle))
        head = middle;
      else if (!is_seen(middle + 1))
        return middle;
      else
        foot = middle;
    }
  }

 private:
  static constexpr int kAlways = 1023;

  bool is_seen(int sample) const {
    const double low = luminance(sample, rule_.eotf),
                 high = luminance(sample + difference_, rule_.eotf);
    return high - low > rule_.threshold * low;
  }

  int difference_;
  const ViewingRule& rule_;
};

// The least value as bright as that; 0 when all of the range is.
int least_visible(const ViewingRule& rule) {
  int sample = kFoot;
  while (sample < kHead && luminance(sample, rule.eotf) < rule.least_luminance) ++sample;
  return sample == kFoot ? 0 : sample;
}

}  // namespace

double luminance(int sample, Eotf eotf) {
  const double signal =
      static_cast<double>(std::clamp(sample, kFoot, kHead) - kFoot) / (kHead - kFoot);
  return eotf == Eotf::pq ? pq(signal) : bt1886(signal);
}

Visibility visibility_of(const ViewingRule& rule) {
  // How strongly a step of 1, 2, ... values is seen, relative to a step of one.
  constexpr std::array<std::uint8_t, 32> kWeights{1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8,
                                                  8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
  const int differences = 1 << rule.log_differences, least = least_visible(rule);
  Visibility v;
  v.differences = std::max(4, differences);
  v.weights.resize(static_cast<std::size_t>(kValues) * static_cast<std::size_t>(v.differences));
  int first = kValues, last = -1;
  for (int d = 1; d <= differences; ++d) {
    const int largest = LargestVisible(d, rule).find();
    // The reference compares a value that it has raised by the number of differences.
    for (int value = std::max(0, least + 1 - differences - d); value <= largest; ++value) {
      v.weights[static_cast<std::size_t>(value * v.differences + d - 1)] =
          kWeights[static_cast<std::size_t>(d - 1)];
      first = std::min(first, value);
      last = std::max(last, value);
    }
  }
  if (last < 0) return v;
  v.low = std::max(0, first - v.differences);
  v.high = std::min(kValues - 1, last + v.differences);
  return v;
}

}  // namespace visq::cambi
