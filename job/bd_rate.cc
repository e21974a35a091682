#include "job/bd_rate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/counted.h"

namespace visq::job {
namespace {

constexpr std::size_t kFewest = 4;

// log10(rate) as a function of quality: Fritsch and Carlson's monotone cubic, Hermite form.
struct Curve {
  std::vector<double> x, y, slope;

  double integral_of_piece(std::size_t i, double from, double to) const {
    const double h = x[i + 1] - x[i];
    const auto antiderivative = [&](double at) {
      const double t = (at - x[i]) / h, t2 = t * t, t3 = t2 * t, t4 = t3 * t;
      return h * (y[i] * (t4 / 2 - t3 + t) + h * slope[i] * (t4 / 4 - 2 * t3 / 3 + t2 / 2) +
                  y[i + 1] * (t3 - t4 / 2) + h * slope[i + 1] * (t4 / 4 - t3 / 3));
    };
    return antiderivative(to) - antiderivative(from);
  }

  double integral(double from, double to) const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      const double a = std::max(from, x[i]), b = std::min(to, x[i + 1]);
      if (a < b) sum += integral_of_piece(i, a, b);
    }
    return sum;
  }
};

// Three points' formula at an end, limited so that the curve stays monotone.
double end_slope(double h0, double h1, double d0, double d1) {
  const double slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
  if (slope * d0 <= 0) return 0;
  return d0 * d1 <= 0 && std::fabs(slope) > 3 * std::fabs(d0) ? 3 * d0 : slope;
}

Curve curve_through(const std::vector<RatePoint>& points) {
  Curve c;
  for (const RatePoint& p : points) {
    c.x.push_back(p.quality);
    c.y.push_back(std::log10(p.rate));
  }
  const std::size_t n = points.size();
  std::vector<double> h(n - 1), d(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    h[i] = c.x[i + 1] - c.x[i];
    d[i] = (c.y[i + 1] - c.y[i]) / h[i];
  }
  c.slope.assign(n, 0);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double w1 = 2 * h[i] + h[i - 1], w2 = h[i] + 2 * h[i - 1];
    if (d[i - 1] * d[i] > 0) c.slope[i] = (w1 + w2) / (w1 / d[i - 1] + w2 / d[i]);
  }
  c.slope.front() = end_slope(h[0], h[1], d[0], d[1]);
  c.slope.back() = end_slope(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
  return c;
}

// Sorted by rate; says what is wrong with it.
std::string unfit(std::vector<RatePoint>& points, const char* name) {
  if (points.size() < kFewest)
    return fmt::format("the {} has {}, and {} are needed", name, counted(points.size(), "point"),
                       kFewest);
  std::sort(points.begin(), points.end(),
            [](const RatePoint& a, const RatePoint& b) { return a.rate < b.rate; });
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].rate) || !std::isfinite(points[i].quality) || points[i].rate <= 0)
      return fmt::format("a point of the {} has no finite rate and quality", name);
    if (i > 0 && points[i].quality <= points[i - 1].quality)
      return fmt::format("quality of the {} does not rise from {:.0f} to {:.0f} kbit/s", name,
                         points[i - 1].rate / 1000, points[i].rate / 1000);
  }
  return "";
}

}  // namespace

BdRate bd_rate(std::vector<RatePoint> anchor, std::vector<RatePoint> test) {
  for (const auto& [points, name] : {std::pair{&anchor, "anchor"}, {&test, "tested curve"}})
    if (std::string why = unfit(*points, name); !why.empty()) return {std::nullopt, std::move(why)};
  const double low = std::max(anchor.front().quality, test.front().quality);
  const double high = std::min(anchor.back().quality, test.back().quality);
  if (low >= high)
    return {
        std::nullopt,
        fmt::format(
            "the curves have no range of quality in common: {:.3f} to {:.3f} and {:.3f} to {:.3f}",
            anchor.front().quality, anchor.back().quality, test.front().quality,
            test.back().quality)};
  const double difference =
      (curve_through(test).integral(low, high) - curve_through(anchor).integral(low, high)) /
      (high - low);
  return {100 * (std::pow(10, difference) - 1), ""};
}

std::vector<std::size_t> rate_quality_hull(const std::vector<RatePoint>& points) {
  std::vector<std::size_t> order(points.size()), hull;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(points[a].rate, -points[a].quality) <
           std::pair(points[b].rate, -points[b].quality);
  });
  const auto below = [&](std::size_t a, std::size_t b,
                         std::size_t c) {  // b is on or below the line from a to c
    const double ab = std::log(points[b].rate / points[a].rate),
                 ac = std::log(points[c].rate / points[a].rate);
    return (points[b].quality - points[a].quality) * ac <=
           (points[c].quality - points[a].quality) * ab;
  };
  for (const std::size_t i : order) {
    if (!hull.empty() && points[i].quality <= points[hull.back()].quality)
      continue;  // more bits for nothing
    while (hull.size() >= 2 && below(hull[hull.size() - 2], hull.back(), i)) hull.pop_back();
    hull.push_back(i);
  }
  return hull;
}

}  // namespace visq::job
