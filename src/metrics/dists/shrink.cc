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

Size target_of(Size size) {
  const int shorter = std::min(size.width, size.height);
  if (shorter <= kShortSide) return size;
  const auto side = [&](int n) { return static_cast<int>(std::int64_t{kShortSide} * n / shorter); };
  return {side(size.width), side(size.height)};
}

// What imagenet_rows leaves, times this and plus that, are codes of 8 bits again.
rgb::Pixels codes_into(float* row) {
  rgb::Pixels pixels;
  for (std::size_t c = 0; c < 3; ++c) {
    pixels.scale[c] = 255 * kImagenetDeviation[c];
    pixels.offset[c] = 255 * kImagenetMean[c];
  }
  pixels.row = row;
  return pixels;
}

// Row by row: a plane of the old size would be many times as large as the caches. Samples deeper
// than 8 bits are rounded.
PicturePtr make(const Picture& picture, const RgbRule& rule) {
  const Size from{picture.width(0), picture.height(0)}, to = target_of(from);
  const Resizing resizing(from, to);
  const auto width = static_cast<std::size_t>(from.width);
  std::vector<float> row(3 * width);
  std::vector<std::uint8_t> codes(3 * width);
  std::vector<std::uint8_t> narrow[3];
  for (auto& plane : narrow) plane.resize(resizing.narrow_size());
  const RgbRows rows = imagenet_rows(picture, rule);
  const rgb::Pixels pixels = codes_into(row.data());
  for (int y = 0; y < from.height; ++y) {
    rows(y, pixels);
    pillow::bytes_of_pixels(row.data(), from.width,
                            {{codes.data(), codes.data() + width, codes.data() + 2 * width}});
    for (std::size_t c = 0; c < 3; ++c)
      resizing.columns(codes.data() + c * width, y, narrow[c].data());
  }
  const PictureFormat format{PixelFormat::yuv444, 8, to.width, to.height};
  const PictureMemory memory = picture_memory(format, ChromaRounding::up);
  static constexpr std::size_t kPlaces[] = {1, 2, 0};  // planes are G, B, R
  for (std::size_t p = 0; p < 3; ++p)
    resizing.rows(narrow[kPlaces[p]].data(), reinterpret_cast<std::uint8_t*>(memory.planes[p].data),
                  memory.planes[p].stride);
  PictureColor color;
  color.matrix = Matrix::identity;
  color.range = Range::full;
  return std::make_shared<const Picture>(format, color, memory.planes, memory.owner);
}

constexpr ArtefactId<PicturePtr> kShrunk{"R, G, B with a short side of 256"};

}  // namespace

Resizing::Resizing(Size from, Size to)
    : columns_(filter_of(from.width, to.width)), rows_(filter_of(from.height, to.height)) {}

void Resizing::columns(const std::uint8_t* row, int y, std::uint8_t* narrow) const {
  pillow::filter_columns(row, columns_, narrow + std::ptrdiff_t{y} * columns_.to);
}

void Resizing::rows(const std::uint8_t* narrow, std::uint8_t* out, std::ptrdiff_t stride) const {
  for (int y = 0; y < rows_.to; ++y)
    pillow::filter_rows(narrow, columns_.to, rows_, y, out + y * stride);
}

PicturePtr shrunk(const PicturePtr& picture, const RgbRule& rule) {
  return *picture->artefact(kShrunk, rule.key(), [&] { return make(*picture, rule); });
}

}  // namespace visq::dists
