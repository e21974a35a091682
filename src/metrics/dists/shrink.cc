#include "metrics/dists/shrink.h"

#include <algorithm>
#include <cmath>

namespace visq::dists {
namespace {

constexpr int kFractionBits = 22;

// The samples from `first` on that make one sample of the output, and their weights.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;
};

// The filter's triangle is as wide as two samples of the smaller size. Weights are normalised in
// double and rounded to fixed point, as Pillow does.
std::vector<Taps> taps_of(int from, int to) {
  const double scale = static_cast<double>(from) / to, support = std::max(scale, 1.0),
               inverse = 1 / support;
  std::vector<Taps> all;
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
    Taps taps{first, {}};
    for (const double weight : weights)
      taps.weights.push_back(
          static_cast<std::int32_t>(std::lround(weight / sum * (1 << kFractionBits))));
    all.push_back(std::move(taps));
  }
  return all;
}

constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

// One sample of a row.
std::uint8_t filtered(const std::uint8_t* row, const Taps& taps) {
  std::int32_t sum = kHalf;
  const std::uint8_t* sample = row + taps.first;
  for (const std::int32_t weight : taps.weights) sum += weight * *sample++;
  return rounded(sum);
}

// One row of `width` samples, of rows without gaps.
void filter_rows(const std::uint8_t* rows, std::size_t width, const Taps& taps,
                 std::vector<std::int32_t>& sums, std::uint8_t* out) {
  sums.assign(width, kHalf);
  const std::uint8_t* row = rows + static_cast<std::size_t>(taps.first) * width;
  for (const std::int32_t weight : taps.weights) {
    for (std::size_t x = 0; x < width; ++x) sums[x] += weight * row[x];
    row += width;
  }
  std::transform(sums.begin(), sums.end(), out, rounded);
}

// Rounded half up, as std::lround does, which takes longer than all the rest.
std::uint8_t code_of(float value) {
  const float inside = std::clamp(value, 0.0f, 255.0f);
  const int whole = static_cast<int>(inside);
  return static_cast<std::uint8_t>(whole + (inside - static_cast<float>(whole) >= 0.5f ? 1 : 0));
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
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t* const to = codes.planes[c].data() + static_cast<std::size_t>(y) * width;
      for (std::size_t x = 0; x < width; ++x) to[x] = code_of(row[3 * x + c]);
    }
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
  std::vector<std::uint8_t> wide;
  if (to_width != width) {
    const std::vector<Taps> columns = taps_of(width, to_width);
    wide.reserve(columns.size() * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y)
      for (const Taps& taps : columns)
        wide.push_back(filtered(plane.data() + std::ptrdiff_t{y} * width, taps));
  }
  const std::vector<std::uint8_t>& narrow = to_width == width ? plane : wide;
  if (to_height == height) return narrow;
  const auto row = static_cast<std::size_t>(to_width);
  std::vector<std::uint8_t> out(row * static_cast<std::size_t>(to_height));
  std::vector<std::int32_t> sums;
  std::uint8_t* to = out.data();
  for (const Taps& taps : taps_of(height, to_height)) {
    filter_rows(narrow.data(), row, taps, sums, to);
    to += row;
  }
  return out;
}

PicturePtr shrunk(const PicturePtr& picture, const RgbRule& rule) {
  return *picture->artefact(kShrunk, rule.key(), [&] { return make(*picture, rule); });
}

}  // namespace visq::dists
