#include "color/rgb.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace visq {
namespace {

// One row of a picture as floats: luma and chroma at luma's width.
struct Row {
  std::vector<float> y, cb, cr;
  explicit Row(int width) : y(static_cast<std::size_t>(width)), cb(y.size()), cr(y.size()) {}
};

// Samples that a plane rounded down has not are those of its last column.
template <typename T>
void nearest_row(PlaneView<const T> plane, int row, int shift_x, std::vector<float>& out) {
  const T* const samples = plane.row(std::min(row, plane.height - 1));
  const int width = static_cast<int>(out.size()), covered = std::min(plane.width << shift_x, width);
  if (shift_x == 0) std::copy(samples, samples + covered, out.begin());
  else {
    float* pair = out.data();
    for (int i = 0; i < covered / 2; ++i, pair += 2) pair[0] = pair[1] = samples[i];
    if (covered % 2 != 0) out[static_cast<std::size_t>(covered - 1)] = samples[covered / 2];
  }
  std::fill(out.begin() + covered, out.end(), static_cast<float>(samples[plane.width - 1]));
}

// Three quarters of the nearer chroma row, one quarter of the farther one; between two columns
// their mean.
template <typename T>
void bilinear_row(PlaneView<const T> plane, int y, int shift_x, int shift_y, std::vector<float>& out) {
  const int near = std::min(y >> shift_y, plane.height - 1);
  const int far = shift_y == 0 ? near : std::clamp(near + (y % 2 == 0 ? -1 : 1), 0, plane.height - 1);
  const T *__restrict nearer = plane.row(near), *__restrict farther = plane.row(far);
  const auto column = [=](int x) { return 0.75f * nearer[x] + 0.25f * farther[x]; };
  float* __restrict values = out.data();  // what samples cannot alias
  const int width = static_cast<int>(out.size()), last = plane.width - 1, pairs = std::min(last, width / 2);
  int x = 0;
  if (shift_x == 0) {
    for (; x < std::min(last, width); ++x) values[x] = column(x);
  } else {
    for (int i = 0; i < pairs; ++i) {
      values[2 * i] = column(i);
      values[2 * i + 1] = 0.5f * (column(i) + column(i + 1));
    }
    x = 2 * pairs;
  }
  std::fill(values + x, values + width, column(last));
}

template <typename T>
void load_row(const Picture& picture, int y, ChromaUpsampling upsampling, Row& row) {
  nearest_row(picture.plane<T>(0), y, 0, row.y);
  const PixelFormat format = picture.format().pixel_format;
  if (picture.planes() == 1) {  // luma only: neutral chroma
    std::fill(row.cb.begin(), row.cb.end(), static_cast<float>(128 << (picture.format().bits - 8)));
    row.cr = row.cb;
    return;
  }
  const int sx = chroma_shift_x(format), sy = chroma_shift_y(format);
  for (const int plane : {1, 2}) {
    std::vector<float>& out = plane == 1 ? row.cb : row.cr;
    if (upsampling == ChromaUpsampling::nearest) nearest_row(picture.plane<T>(plane), y >> sy, sx, out);
    else bilinear_row(picture.plane<T>(plane), y, sx, sy, out);
  }
}

// Code values to R, G, B in 0..1: luma and chroma are scaled, then mixed.
struct Mix {
  float black, luma, chroma_zero, chroma;  // (code - zero) * scale
  float r_cr, g_cb, g_cr, b_cb;
};

Mix mix_for(Matrix matrix, Range range, int bits) {
  const auto [kr, kb] = luma_weights(matrix);
  const double kg = 1 - kr - kb;
  const CodeRange codes = code_range(range, bits);
  return {static_cast<float>(codes.black), static_cast<float>(1 / codes.luma), static_cast<float>(codes.chroma_zero),
          static_cast<float>(1 / codes.chroma), static_cast<float>(2 * (1 - kr)), static_cast<float>(-2 * kb * (1 - kb) / kg),
          static_cast<float>(-2 * kr * (1 - kr) / kg), static_cast<float>(2 * (1 - kb))};
}

constexpr Mix kCompatMix{16, 1 / 219.0f, 128, 1 / 224.0f, 1.28033f, -0.21482f, -0.38059f, 2.12798f};

// Rounded half up to whole codes of 0..top, then normalised for the network.
struct Quantiser {
  int top;
  float scale, offset;
  float operator()(float value) const {
    const int code = static_cast<int>(value * static_cast<float>(top) + 0.5f);
    return of_code(static_cast<float>(std::min(std::max(code, 0), top)));  // integers, since compilers make no vectors of clamped floats
  }
  float of_code(float code) const { return code * scale - offset; }
};

Quantiser quantiser(int bits, std::size_t channel) {
  const int top = (1 << bits) - 1;
  return {top, 1 / (static_cast<float>(top) * kImagenetDeviation[channel]), kImagenetMean[channel] / kImagenetDeviation[channel]};
}

// Clipped to 0..1.
struct Unit {
  float scale;  // of a code
  float operator()(float value) const { return std::min(std::max(value, 0.0f), 1.0f); }
  float of_code(float code) const { return code * scale; }
};

// One channel of a row: luma and its two shares of chroma.
struct Share {
  float of_cb, of_cr;
};
template <typename Encode>
void mix_channel(const Row& row, const Mix& m, Share share, Encode encode, float* __restrict out) {
  const float *__restrict luma = row.y.data(), *__restrict blue = row.cb.data(), *__restrict red = row.cr.data();
  for (int x = 0, width = static_cast<int>(row.y.size()); x < width; ++x) {
    const float y = (luma[x] - m.black) * m.luma;
    const float cb = (blue[x] - m.chroma_zero) * m.chroma, cr = (red[x] - m.chroma_zero) * m.chroma;
    out[x] = encode(y + share.of_cb * cb + share.of_cr * cr);
  }
}

template <typename Encode>
void mix_row(const Row& row, const Mix& m, const std::array<Encode, 3>& encode, const std::array<float*, 3>& rgb) {
  mix_channel(row, m, {0, m.r_cr}, encode[0], rgb[0]);
  mix_channel(row, m, {m.g_cb, m.g_cr}, encode[1], rgb[1]);
  mix_channel(row, m, {m.b_cb, 0}, encode[2], rgb[2]);
}

void to_eight_bits(std::vector<float>& codes, int bits) {
  for (float& code : codes) code = static_cast<float>((static_cast<int>(code) + (1 << (bits - 9))) >> (bits - 8));
}

std::array<float*, 3> tensor_rows(RgbTensor& tensor, int y) {
  const std::size_t plane = static_cast<std::size_t>(tensor.width) * static_cast<std::size_t>(tensor.height);
  float* const first = tensor.values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(tensor.width);
  return {first, first + plane, first + 2 * plane};
}

Mix mix_of(const Picture& picture, const RgbRule& rule) {
  const auto specified = [](auto first, auto second, auto none) { return first != none ? first : second; };
  if (rule.compat) return kCompatMix;
  return mix_for(specified(rule.matrix, picture.color().matrix, Matrix::unspecified), specified(rule.range, picture.color().range, Range::unspecified),
                 picture.format().bits);
}

template <typename T, typename Encode>
void gbr_row(const Picture& picture, const std::array<Encode, 3>& encode, int y, const std::array<float*, 3>& rgb) {
  constexpr std::array<int, 3> kPlaneOfChannel{2, 0, 1};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const auto plane = picture.plane<T>(kPlaneOfChannel[channel]);
    const T* const samples = plane.row(y);
    float* const out = rgb[channel];
    const Encode encode_channel = encode[channel];
    for (int x = 0; x < plane.width; ++x) out[x] = encode_channel.of_code(static_cast<float>(samples[x]));
  }
}

// A picture's rows, one after another.
template <typename T, typename Encode>
class Rows {
 public:
  Rows(const Picture& picture, const RgbRule& rule, const std::array<Encode, 3>& encode)
      : picture_(&picture), rule_(rule), encode_(encode), mix_(mix_of(picture, rule)), row_(picture.width(0)) {}

  void operator()(int y, const std::array<float*, 3>& rgb) {
    if (picture_->color().matrix == Matrix::identity) return gbr_row<T>(*picture_, encode_, y, rgb);
    const int bits = picture_->format().bits;
    load_row<T>(*picture_, y, rule_.compat ? ChromaUpsampling::nearest : rule_.chroma, row_);
    if (rule_.compat && bits > 8)
      for (auto* codes : {&row_.y, &row_.cb, &row_.cr}) to_eight_bits(*codes, bits);
    mix_row(row_, mix_, encode_, rgb);
  }

 private:
  const Picture* picture_;
  RgbRule rule_;
  std::array<Encode, 3> encode_;
  Mix mix_;
  Row row_;
};

template <typename Encode>
Result<RgbTensor> tensor_of(const Picture& picture, const RgbRule& rule, const std::array<Encode, 3>& encode, std::shared_ptr<BufferPool<float>> pool) {
  RgbTensor tensor;
  tensor.pool = std::move(pool);
  tensor.width = picture.width(0);
  tensor.height = picture.height(0);
  tensor.values = tensor.pool->take(3 * static_cast<std::size_t>(tensor.width) * static_cast<std::size_t>(tensor.height));
  if (tensor.values.data() == nullptr) return fail(ENOMEM, "no memory for the RGB tensor of a picture");
  with_sample_type(picture.format().bits, [&]<typename T>() {
    Rows<T, Encode> rows(picture, rule, encode);
    for (int y = 0; y < tensor.height; ++y) rows(y, tensor_rows(tensor, y));
  });
  return tensor;
}

std::array<Quantiser, 3> imagenet_encoding(const Picture& picture, const RgbRule& rule) {
  const int bits = rule.compat && picture.color().matrix != Matrix::identity ? 8 : picture.format().bits;
  return {quantiser(bits, 0), quantiser(bits, 1), quantiser(bits, 2)};
}

}  // namespace

std::string RgbRule::key() const {
  return fmt::format("{} {} {} {}", static_cast<int>(matrix), static_cast<int>(range), static_cast<int>(chroma), compat);
}

Result<RgbTensor> imagenet_tensor(const Picture& picture, const RgbRule& rule, std::shared_ptr<BufferPool<float>> pool) {
  return tensor_of(picture, rule, imagenet_encoding(picture, rule), std::move(pool));
}

RgbRows imagenet_rows(const Picture& picture, const RgbRule& rule) {
  return with_sample_type(picture.format().bits, [&]<typename T>() { return RgbRows(Rows<T, Quantiser>(picture, rule, imagenet_encoding(picture, rule))); });
}

Result<RgbTensor> unit_tensor(const Picture& picture, const RgbRule& rule, std::shared_ptr<BufferPool<float>> pool) {
  const Unit unit{static_cast<float>(1.0 / ((1 << picture.format().bits) - 1))};
  return tensor_of(picture, rule, std::array{unit, unit, unit}, std::move(pool));
}

}  // namespace visq
