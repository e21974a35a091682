#include "metrics/dists/shrink.h"

#include <algorithm>
#include <cmath>

#include "base/aligned.h"
#include "kernels/pillow/pillow.h"

namespace visq::dists {
namespace {

// The filter's triangle is as wide as two samples of the smaller size. Weights are normalised in
// double and rounded to fixed point, as Pillow does.
pillow::Filter filter_of(int from, int to) {
  const double scale = static_cast<double>(from) / to, support = std::max(scale, 1.0),
               inverse = 1 / support;
  const int most = 2 * static_cast<int>(std::ceil(support)) + 1;
  pillow::Filter filter{from, to, 0, {}, {}};
  filter.taps = static_cast<int>(
      round_up(static_cast<std::size_t>(most), std::size_t{pillow::kTapsTogether}));
  const auto taps = static_cast<std::size_t>(filter.taps);
  filter.weights.resize(taps * static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::lround(centre - support))),
              end = std::min(from, static_cast<int>(std::lround(centre + support)));
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      const double distance = std::abs((x - centre + 0.5) * inverse);
      weights.push_back(distance < 1 ? 1 - distance : 0);
      sum += weights.back();
    }
    filter.first.push_back(first);
    std::transform(weights.begin(), weights.end(),
                   filter.weights.data() + static_cast<std::size_t>(i) * taps, [&](double weight) {
                     return static_cast<std::int32_t>(
                         std::lround(weight / sum * (1 << pillow::kFractionBits)));
                   });
  }
  return filter;
}

// R, G, B of 8 bits, of rows that imagenet_rows makes: deeper samples are rounded.
struct Codes {
  std::vector<std::uint8_t> planes[3];
};

Codes codes_of(const Picture& picture, const RgbRule& rule) {
  const auto width = static_cast<std::size_t>(picture.width(0));
  const int height = picture.height(0);
  const RgbRows rows = imagenet_rows(picture, rule);
  rgb::Pixels pixels;
  for (std::size_t c = 0; c < 3; ++c) {
    pixels.scale[c] = 255 * kImagenetDeviation[c];
    pixels.offset[c] = 255 * kImagenetMean[c];
  }
  std::vector<float> row(3 * width);
  pixels.row = row.data();
  Codes codes;
  for (auto& plane : codes.planes) plane.resize(width * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    rows(y, pixels);
    pillow::BytePlanes to{};
    for (std::size_t c = 0; c < 3; ++c)
      to.rows[c] = codes.planes[c].data() + static_cast<std::size_t>(y) * width;
    pillow::bytes_of_pixels(row.data(), picture.width(0), to);
  }
  return codes;
}

struct Size {
  int width, height;
};

Size target_of(Size size) {
  const int shorter = std::min(size.width, size.height);
  if (shorter <= kShortSide) return size;
  const auto side = [&](int n) { return static_cast<int>(std::int64_t{kShortSide} * n / shorter); };
  return {side(size.width), side(size.height)};
}

PicturePtr make(const Picture& picture, const RgbRule& rule) {
  const Size from{picture.width(0), picture.height(0)}, to = target_of(from);
  Codes codes = codes_of(picture, rule);
  const PictureFormat format{PixelFormat::yuv444, 8, to.width, to.height};
  const PictureMemory memory = picture_memory(format, ChromaRounding::up);
  static constexpr std::size_t kPlaces[] = {1, 2, 0};  // planes are G, B, R
  for (std::size_t p = 0; p < 3; ++p) {
    const auto plane = resized_as_pillow_does(codes.planes[kPlaces[p]], from.width, from.height,
                                              to.width, to.height);
    for (int y = 0; y < to.height; ++y)
      std::copy_n(
          plane.data() + std::ptrdiff_t{y} * to.width, to.width,
          reinterpret_cast<std::uint8_t*>(memory.planes[p].data) + y * memory.planes[p].stride);
  }
  PictureColor color;
  color.matrix = Matrix::identity;
  color.range = Range::full;
  return std::make_shared<const Picture>(format, color, memory.planes, memory.owner);
}

constexpr ArtefactId<PicturePtr> kShrunk{"R, G, B with a short side of 256"};

}  // namespace

std::vector<std::uint8_t> resized_as_pillow_does(const std::vector<std::uint8_t>& plane, int width,
                                                 int height, int to_width, int to_height) {
  const auto row = static_cast<std::size_t>(to_width);
  std::vector<std::uint8_t> wide;
  if (to_width != width) {
    const pillow::Filter columns = filter_of(width, to_width);
    wide.resize(row * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y)
      pillow::filter_columns(plane.data() + std::ptrdiff_t{y} * width, columns,
                             wide.data() + std::ptrdiff_t{y} * to_width);
  }
  const std::vector<std::uint8_t>& narrow = to_width == width ? plane : wide;
  if (to_height == height) return narrow;
  const pillow::Filter rows = filter_of(height, to_height);
  std::vector<std::uint8_t> out(row * static_cast<std::size_t>(to_height));
  for (int y = 0; y < to_height; ++y)
    pillow::filter_rows(narrow.data(), to_width, rows, y,
                        out.data() + std::ptrdiff_t{y} * to_width);
  return out;
}

PicturePtr shrunk(const PicturePtr& picture, const RgbRule& rule) {
  return *picture->artefact(kShrunk, rule.key(), [&] { return make(*picture, rule); });
}

}  // namespace visq::dists
