#include "dnn/run/resize.h"

#include <algorithm>
#include <cmath>

namespace visq {
namespace {

// Which input samples one output sample is made of.
struct Taps {
  int first = 0;
  std::vector<double> weights;  // they sum to 1
};

Taps area(double begin, double end, int size) {
  Taps taps{static_cast<int>(begin), {}};
  const int last = std::min(size, static_cast<int>(std::ceil(end)));
  for (int i = taps.first; i < last; ++i)
    taps.weights.push_back((std::min(end, i + 1.0) - std::max<double>(begin, i)) / (end - begin));
  return taps;
}

Taps between(double centre, int size) {
  const double place = std::clamp(centre - 0.5, 0.0, size - 1.0);
  const int first = std::min(static_cast<int>(place), std::max(0, size - 2));
  const double fraction = place - first;
  if (size == 1) return {0, {1}};
  return {first, {1 - fraction, fraction}};
}

std::vector<Taps> taps_for(int from, int to) {
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i)
    taps.push_back(to <= from ? area(i * scale, (i + 1) * scale, from)
                              : between((i + 0.5) * scale, from));
  return taps;
}

}  // namespace

std::vector<float> resized(PlaneView<const float> plane, int width, int height) {
  const auto across = taps_for(plane.width, width), down = taps_for(plane.height, height);
  std::vector<double> rows(static_cast<std::size_t>(width) *
                           static_cast<std::size_t>(plane.height));
  auto out = rows.begin();
  for (int y = 0; y < plane.height; ++y)
    for (const Taps& taps : across) {
      double sum = 0;
      for (std::size_t i = 0; i < taps.weights.size(); ++i)
        sum +=
            taps.weights[i] * static_cast<double>(plane.row(y)[taps.first + static_cast<int>(i)]);
      *out++ = sum;
    }
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (const Taps& taps : down)
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (std::size_t i = 0; i < taps.weights.size(); ++i)
        sum += taps.weights[i] *
               rows[(static_cast<std::size_t>(taps.first) + i) * static_cast<std::size_t>(width) +
                    static_cast<std::size_t>(x)];
      result.push_back(static_cast<float>(sum));
    }
  return result;
}

}  // namespace visq
