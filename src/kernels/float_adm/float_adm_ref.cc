#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/conv/values.h"
#include "kernels/float_adm/float_adm.h"

namespace visq::float_adm {
namespace {

class Image {
 public:
  Image(int w, int h)
      : width(w), height(h), values_(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  float& at(int x, int y) {
    return values_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)];
  }
  float at(int x, int y) const {
    return values_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)];
  }
  int width, height;

 private:
  std::vector<float> values_;
};

float filter(const float (&taps)[4], const std::array<float, 4>& values) {
  float sum = 0;
  for (std::size_t k = 0; k < 4; ++k) sum += taps[k] * values[k];
  return sum;
}

Image columns(const Image& in, const float (&taps)[4]) {
  Image out(in.width, band_side(in.height));
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      std::array<float, 4> values;
      for (int k = 0; k < 4; ++k)
        values[static_cast<std::size_t>(k)] = in.at(x, mirror(2 * y - 1 + k, in.height));
      out.at(x, y) = filter(taps, values);
    }
  return out;
}

Image rows(const Image& in, const float (&taps)[4]) {
  Image out(band_side(in.width), in.height);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      std::array<float, 4> values;
      for (int k = 0; k < 4; ++k)
        values[static_cast<std::size_t>(k)] = in.at(mirror(2 * x - 1 + k, in.width), y);
      out.at(x, y) = filter(taps, values);
    }
  return out;
}

struct Bands {
  Image approximation, horizontal, vertical, diagonal;
  std::array<float, 3> at(int x, int y) const {
    return {horizontal.at(x, y), vertical.at(x, y), diagonal.at(x, y)};
  }
};

Bands transform(const Samples& plane) {
  const SampleRange range = value_range(plane.bits, kCentre);
  Image image(plane.width, plane.height);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) image.at(x, y) = value_at(plane, x, y, range);
  const Image low = columns(image, kLow), high = columns(image, kHigh);
  return {rows(low, kLow), rows(high, kLow), rows(low, kHigh), rows(high, kHigh)};
}

bool same_direction(const std::array<float, 3>& o, const std::array<float, 3>& t) {
  const float dot = o[0] * t[0] + o[1] * t[1];
  return dot >= 0 &&
         dot * dot >= kSameDirection * (o[0] * o[0] + o[1] * o[1]) * (t[0] * t[0] + t[1] * t[1]);
}

using Detail = std::array<double, 3>;  // horizontal, vertical, diagonal

struct Decoupled {
  Detail restored, additive;
};

// Both weighted by contrast sensitivity.
Decoupled decouple(const std::array<float, 3>& o, const std::array<float, 3>& t, const Rule& rule) {
  const double gain = same_direction(o, t) ? static_cast<double>(rule.gain_limit) : 1;
  Decoupled d;
  for (std::size_t i = 0; i < 3; ++i) {
    const double sensitivity = static_cast<double>(i == 2 ? rule.diagonal : rule.straight),
                 there = static_cast<double>(o[i]), here = static_cast<double>(t[i]);
    const double share = std::clamp(here / (there + 1e-30), 0.0, 1.0);
    double restored = share * there;
    if (restored > 0) restored = std::min(restored * gain, here);
    if (restored < 0) restored = std::max(restored * gain, here);
    d.restored[i] = sensitivity * restored;
    d.additive[i] = sensitivity * (here - restored);
  }
  return d;
}

using Details = std::vector<Detail>;

struct Size {
  int width, height;
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
};

double threshold(const Details& mask, const Size& size, int x, int y) {
  double sum = 0;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx)
      for (const double value :
           mask[size.index(mirror(x + dx, size.width), mirror(y + dy, size.height))])
        sum += std::abs(value) * (dx == 0 && dy == 0 ? 2 : 1);
  return sum / 30;
}

double norm_of(const Details& details, const Size& size, double noise_weight, const Rule& rule) {
  const Span across = counted(size.width), down = counted(size.height);
  double total = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0;
    for (int y = down.from; y < down.to; ++y)
      for (int x = across.from; x < across.to; ++x)
        sum += std::pow(std::abs(details[size.index(x, y)][i]), rule.norm);
    total +=
        std::pow(sum, 1 / rule.norm) +
        std::pow((across.to - across.from) * (down.to - down.from) * noise_weight, 1 / rule.norm);
  }
  return total;
}

Details masked(const Details& details, const Details& mask, const Size& size) {
  Details out = details;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (double& value : out[size.index(x, y)])
        value = std::max(std::abs(value) - threshold(mask, size, x, y), 0.0);
  return out;
}

void copy(const Image& image, PlaneView<float> out) {
  for (int y = 0; out.data != nullptr && y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) out.row(y)[x] = image.at(x, y);
}

}  // namespace

ScaleScore score_scale_ref(const Pictures& pictures, const Rule& rule, const Approximations& next) {
  const Bands ref = transform(pictures.ref), dist = transform(pictures.dist);
  copy(ref.approximation, next.ref);
  copy(dist.approximation, next.dist);
  if (!rule.score) return {};
  const Size size{ref.approximation.width, ref.approximation.height};
  Details restored, additive, reference;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const auto o = ref.at(x, y);
      const Decoupled d = decouple(o, dist.at(x, y), rule);
      restored.push_back(d.restored);
      additive.push_back(d.additive);
      reference.push_back({static_cast<double>(rule.straight * o[0]),
                           static_cast<double>(rule.straight * o[1]),
                           static_cast<double>(rule.diagonal * o[2])});
    }
  return {norm_of(rule.masking ? masked(restored, additive, size) : restored, size,
                  rule.noise_weight, rule),
          norm_of(reference, size, rule.noise_weight, rule),
          norm_of(rule.masking ? masked(additive, restored, size) : additive, size, 0, rule)};
}

}  // namespace visq::float_adm
