#include "color/rgb.h"

#include <algorithm>

#include <fmt/format.h>

namespace visq {
namespace {

// R = Y - Cg + Co, G = Y + Cg, B = Y - Cg - Co, where the codes of Cg and Co have the span of luma
// (ITU-T H.273, equations 47 and following).
rgb::Mix ycgco_mix(const CodeRange& codes) {
  const auto luma = static_cast<float>(1 / codes.luma);
  rgb::Mix mix{static_cast<float>(codes.black), luma, static_cast<float>(codes.chroma_zero), luma};
  mix.r_cb = mix.b_cb = mix.b_cr = -1;
  mix.r_cr = mix.g_cb = 1;
  return mix;
}

rgb::Mix mix_for(Matrix matrix, Range range, int bits) {
  const auto [kr, kb] = luma_weights(matrix);
  const double kg = 1 - kr - kb;
  const CodeRange codes = code_range(range, bits);
  if (matrix == Matrix::ycgco) return ycgco_mix(codes);
  return {static_cast<float>(codes.black),
          static_cast<float>(1 / codes.luma),
          static_cast<float>(codes.chroma_zero),
          static_cast<float>(1 / codes.chroma),
          static_cast<float>(2 * (1 - kr)),
          static_cast<float>(-2 * kb * (1 - kb) / kg),
          static_cast<float>(-2 * kr * (1 - kr) / kg),
          static_cast<float>(2 * (1 - kb))};
}

constexpr rgb::Mix kCompatMix{16,       1 / 219.0f, 128,       1 / 224.0f,
                              1.28033f, -0.21482f,  -0.38059f, 2.12798f};

Matrix matrix_of(const Picture& picture, const RgbRule& rule) {
  return rule.matrix != Matrix::unspecified ? rule.matrix : picture.color().matrix;
}

rgb::Mix mix_of(const Picture& picture, const RgbRule& rule) {
  if (rule.compat) return kCompatMix;
  return mix_for(matrix_of(picture, rule),
                 rule.range != Range::unspecified ? rule.range : picture.color().range,
                 picture.format().bits);
}

bool has_chroma(const Picture& picture) {
  return picture.planes() == 3 && picture.width(1) > 0 && picture.height(1) > 0;
}

rgb::Conversion conversion_of(const Picture& picture, const RgbRule& rule) {
  rgb::Conversion conversion;
  if (picture.color().matrix == Matrix::identity) return conversion;
  conversion.mix = mix_of(picture, rule);
  if (rule.compat) conversion.dropped_bits = picture.format().bits - 8;
  if (!has_chroma(picture)) conversion.mix = rgb::Mix{conversion.mix->black, conversion.mix->luma};
  return conversion;
}

rgb::Encoding imagenet_encoding(int bits) {
  rgb::Encoding encoding{(1 << bits) - 1, {}, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    encoding.scale[i] = 1 / (static_cast<float>(encoding.top) * kImagenetDeviation[i]);
    encoding.offset[i] = kImagenetMean[i] / kImagenetDeviation[i];
  }
  return encoding;
}

rgb::Encoding unit_encoding(int bits) {
  const auto of_code = static_cast<float>(1.0 / ((1 << bits) - 1));
  return {0, {of_code, of_code, of_code}, {}};
}

// A picture's rows.
template <typename T>
class Rows {
 public:
  Rows(const Picture& picture, const RgbRule& rule, const rgb::Conversion& conversion)
      : picture_(&picture),
        bilinear_(rule.chroma == ChromaUpsampling::bilinear && !rule.compat),
        conversion_(conversion) {}

  void operator()(int y, const rgb::Target& target) const {
    rgb::convert_row(row(y), conversion_, target);
  }

 private:
  const T* samples(int plane, int y) const { return picture_->plane<T>(plane).row(y); }

  rgb::Row<T> row(int y) const {
    const int width = picture_->width(0);
    if (!conversion_.mix)
      return {width, {samples(2, y), samples(0, y), samples(1, y)}};  // of G, B, R
    const T* const luma = samples(0, y);
    if (!has_chroma(*picture_)) return {width, {luma, luma, luma}};  // the mix takes nothing of it
    rgb::Row<T> row{width, {luma}, {}, picture_->width(1)};
    add_chroma(y, row);
    return row;
  }

  // Where a plane was rounded down, its last row and column stand for those that it lacks.
  void add_chroma(int y, rgb::Row<T>& row) const {
    const PixelFormat format = picture_->format().pixel_format;
    const int last = picture_->height(1) - 1, shift_y = chroma_shift_y(format),
              nearer = std::min(y >> shift_y, last);
    const int farther = shift_y == 0 ? nearer : std::clamp(nearer + (y % 2 == 0 ? -1 : 1), 0, last);
    for (const int plane : {1, 2}) {
      row.samples[static_cast<std::size_t>(plane)] = samples(plane, nearer);
      row.farther[static_cast<std::size_t>(plane)] = samples(plane, farther);
    }
    if (chroma_shift_x(format) != 0)
      row.upsampling = bilinear_ ? rgb::Upsampling::between : rgb::Upsampling::nearest;
  }

  const Picture* picture_;
  bool bilinear_;
  rgb::Conversion conversion_;
};

RgbRows rows_of(const Picture& picture, const RgbRule& rule, const rgb::Conversion& conversion) {
  return with_sample_type(picture.format().bits, [&]<typename T>() {
    return RgbRows(Rows<T>(picture, rule, conversion));
  });
}

rgb::Planes tensor_rows(RgbTensor& tensor, int y) {
  const std::size_t plane =
      static_cast<std::size_t>(tensor.width) * static_cast<std::size_t>(tensor.height);
  float* const first =
      tensor.values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(tensor.width);
  return {first, first + plane, first + 2 * plane};
}

RgbTensor tensor_of(const Picture& picture, const RgbRows& rows,
                    std::shared_ptr<BufferPool<float>> pool) {
  RgbTensor tensor;
  tensor.pool = std::move(pool);
  tensor.width = picture.width(0);
  tensor.height = picture.height(0);
  tensor.values = tensor.pool->take(3 * static_cast<std::size_t>(tensor.width) *
                                    static_cast<std::size_t>(tensor.height));
  for (int y = 0; y < tensor.height; ++y) rows(y, tensor_rows(tensor, y));
  return tensor;
}

}  // namespace

std::string RgbRule::key() const {
  return fmt::format("{} {} {} {}", static_cast<int>(matrix), static_cast<int>(range),
                     static_cast<int>(chroma), compat);
}

Status check_rgb(const Picture& picture, const RgbRule& rule) {
  const Matrix matrix = matrix_of(picture.original(), rule);
  if (rule.compat || picture.original().planes() == 1 || has_rgb(matrix)) return {};
  return fail(ENOTSUP,
              fmt::format("the pictures have matrix {} of ITU-T H.273, of which no R, G and B are "
                          "made here; convert the clip first (ffmpeg -vf zscale=matrix=709), or "
                          "say with the metric's option colour_matrix what it is",
                          static_cast<int>(matrix)),
              ErrorKind::input);
}

RgbTensor imagenet_tensor(const Picture& picture, const RgbRule& rule,
                          std::shared_ptr<BufferPool<float>> pool) {
  return tensor_of(picture, imagenet_rows(picture, rule), std::move(pool));
}

RgbRows imagenet_rows(const Picture& converted, const RgbRule& rule) {
  const Picture& picture = converted.original();
  rgb::Conversion conversion = conversion_of(picture, rule);
  conversion.encoding = imagenet_encoding(picture.format().bits - conversion.dropped_bits);
  return rows_of(picture, rule, conversion);
}

RgbRows unit_rows(const Picture& converted, const RgbRule& rule) {
  const Picture& picture = converted.original();
  rgb::Conversion conversion = conversion_of(picture, rule);
  conversion.encoding = unit_encoding(picture.format().bits);
  return rows_of(picture, rule, conversion);
}

}  // namespace visq
