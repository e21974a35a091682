// Conversions beside the equations of ITU-T H.273 in double.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>

#include "io/convert.h"
#include "io/planar.h"

namespace visq::io {
namespace {

using Plane = std::vector<int>;  // row after row

StreamInfo stream(const SampleFormat& format, unsigned width, unsigned height) {
  StreamInfo info;
  info.pixel_format = format.pixel_format;
  info.bits = format.bits;
  info.width = width;
  info.height = height;
  info.color = {format.matrix, 2,
                format.full_range ? VMAF_COLOR_RANGE_FULL : VMAF_COLOR_RANGE_LIMITED};
  info.siting = format.siting;
  return info;
}

std::byte* row_of(const VmafPicture& picture, int plane, unsigned y) {
  return static_cast<std::byte*>(picture.data[plane]) +
         static_cast<std::ptrdiff_t>(y) * picture.stride[plane];
}

int sample(const VmafPicture& picture, int plane, unsigned x, unsigned y) {
  const std::byte* const row = row_of(picture, plane, y);
  return picture.bpc > 8 ? reinterpret_cast<const std::uint16_t*>(row)[x]
                         : std::to_integer<int>(row[x]);
}

// One frame of given samples; planes of RGB are G, B, R.
class Given final : public VideoReader {
 public:
  Given(StreamInfo info, std::vector<Plane> planes)
      : info_(std::move(info)), planes_(std::move(planes)) {}
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { pictures_.luma_only(); }
  Result<bool> read(VmafPicture* picture) override {
    VISQ_TRY(pictures_.allocate(info_, picture));
    for (int p = 0; p < 3; ++p)
      for (unsigned y = 0; y < picture->h[p]; ++y)
        for (unsigned x = 0; x < picture->w[p]; ++x)
          put(*picture, p, x, y,
              planes_[static_cast<std::size_t>(p)][std::size_t{y} * picture->w[p] + x]);
    return true;
  }

 private:
  static void put(const VmafPicture& picture, int plane, unsigned x, unsigned y, int code) {
    std::byte* const row = row_of(picture, plane, y);
    if (picture.bpc > 8)
      reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(code);
    else
      row[x] = static_cast<std::byte>(code);
  }

  StreamInfo info_;
  std::vector<Plane> planes_;
  PictureSource pictures_;
};

Plane noise(std::size_t count, int top) {
  Plane plane(count);
  std::uint32_t state = 12345;
  for (int& code : plane) {
    state = state * 1664525 + 1013904223;
    code = static_cast<int>((state >> 8) % static_cast<unsigned>(top + 1));
  }
  return plane;
}

enum class Reading { whole, luma };

struct Sides {
  unsigned width, height;
};

std::vector<Plane> converted(const SampleFormat& from, const SampleFormat& to, const Sides& size,
                             std::vector<Plane> planes, Reading reading = Reading::whole) {
  auto reader =
      convert(std::make_unique<Given>(stream(from, size.width, size.height), std::move(planes)), to,
              Originals::dropped);
  EXPECT_TRUE(reader) << reader.error().message;
  if (reading == Reading::luma) (*reader)->read_luma_only();
  VmafPicture picture{};
  const auto more = (*reader)->read(&picture);
  EXPECT_TRUE(more && *more);
  std::vector<Plane> out;
  for (int p = 0; p < 3 && picture.h[p] > 0; ++p) {
    out.emplace_back();
    for (unsigned y = 0; y < picture.h[p]; ++y)
      for (unsigned x = 0; x < picture.w[p]; ++x) out.back().push_back(sample(picture, p, x, y));
  }
  vmaf_picture_unref(&picture);
  return out;
}

SampleFormat gray(unsigned bits, bool full) { return {VMAF_PIX_FMT_YUV400P, bits, 2, full}; }
SampleFormat rgb(unsigned bits = 8) { return {VMAF_PIX_FMT_YUV444P, bits, 0, true}; }

// How many of the samples differ; none by more than one code.
double share_of_errors(const Plane& codes, const std::vector<double>& exact, int top) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int wanted = static_cast<int>(std::clamp(std::nearbyint(exact[i]), 0.0, double(top)));
    const bool tie = std::abs(exact[i] - std::floor(exact[i]) - 0.5) < 1e-9;
    EXPECT_LE(std::abs(codes[i] - wanted), 1) << exact[i];
    wrong += codes[i] != wanted && !tie ? 1 : 0;
  }
  return static_cast<double>(wrong) / static_cast<double>(codes.size());
}

// Every code of every depth, in both directions. Of 16 bits zimg's float leaves fewer than 9 for
// the fraction.
TEST(Zimg, RangesAreThoseOfTheStandard) {
  for (const int bits : {8, 9, 10, 12, 16})
    for (const bool to_full : {false, true}) {
      const int top = (1 << bits) - 1;
      const double unit = 1 << (bits - 8);
      Plane all;
      std::vector<double> exact;
      for (int code = 0; code <= top; ++code) {
        all.push_back(code);
        exact.push_back(to_full ? (code - 16 * unit) / (219 * unit) * top
                                : 16 * unit + 219 * unit * code / top);
      }
      const auto depth = static_cast<unsigned>(bits);
      const auto out =
          converted(gray(depth, !to_full), gray(depth, to_full), {256, 1u << (bits - 8)}, {all});
      EXPECT_LE(share_of_errors(out[0], exact, top), bits == 16   ? 0.002
                                                     : bits == 10 ? 0.003
                                                                  : 0.001)
          << bits << to_full;
    }
}

// An 8-bit PNG equals the same picture in 16 bits; limited range is shifted.
TEST(Zimg, DepthOfFullRangeIsMultiplied) {
  Plane all(256);
  for (int code = 0; code < 256; ++code) all[static_cast<std::size_t>(code)] = code;
  for (const unsigned bits : {10u, 16u}) {
    const auto full = converted(gray(8, true), gray(bits, true), {256, 1}, {all});
    const auto limited = converted(gray(8, false), gray(bits, false), {256, 1}, {all});
    const auto planes = converted(rgb(), rgb(bits), {256, 1}, {all, all, all});
    for (std::size_t i = 0; i < 256; ++i) {
      const double exact = static_cast<double>(i) * ((1 << bits) - 1) / 255;
      EXPECT_EQ(full[0][i], std::nearbyint(exact));
      EXPECT_EQ(limited[0][i], static_cast<int>(i) << (bits - 8));
      for (const Plane& plane : planes) EXPECT_EQ(plane[i], std::nearbyint(exact));
    }
  }
}

struct Equations {
  int matrix;
  double kr, kb;
};
constexpr Equations kMatrices[] = {{1, 0.2126, 0.0722}, {2, 0.2126, 0.0722}, {4, 0.30, 0.11},
                                   {5, 0.299, 0.114},   {6, 0.299, 0.114},   {7, 0.212, 0.087},
                                   {8, 0, 0},           {9, 0.2627, 0.0593}};

// Y, Cb and Cr of -1 to 1.
std::array<double, 3> mixed(const Equations& m, double r, double g, double b) {
  if (m.matrix == 8) return {r / 4 + g / 2 + b / 4, -r / 4 + g / 2 - b / 4, r / 2 - b / 2};
  const double y = m.kr * r + (1 - m.kr - m.kb) * g + m.kb * b;
  return {y, (b - y) / 2 / (1 - m.kb), (r - y) / 2 / (1 - m.kr)};
}

TEST(Zimg, RgbBecomesYcbcrByTheEquations) {
  constexpr std::size_t kCount = 128 * 64;
  const std::vector<Plane> planes{noise(kCount, 255), noise(2 * kCount, 255),
                                  noise(3 * kCount, 255)};
  const Plane g(planes[0]), b(planes[1].end() - kCount, planes[1].end()),
      r(planes[2].end() - kCount, planes[2].end());
  for (const Equations& m : kMatrices)
    for (const bool full : {false, true}) {
      const auto out =
          converted(rgb(), {VMAF_PIX_FMT_YUV444P, 8, m.matrix, full}, {128, 64}, {g, b, r});
      std::array<std::vector<double>, 3> exact;
      const double chroma = full ? 255 : m.matrix == 8 ? 219 : 224;
      for (std::size_t i = 0; i < kCount; ++i) {
        const auto [y, cb, cr] = mixed(m, r[i] / 255., g[i] / 255., b[i] / 255.);
        exact[0].push_back(full ? 255 * y : 16 + 219 * y);
        exact[1].push_back(128 + chroma * cb);
        exact[2].push_back(128 + chroma * cr);
      }
      for (std::size_t p = 0; p < 3; ++p)
        EXPECT_LE(share_of_errors(out[p], exact[p], 255), 0.001) << m.matrix << full << p;
      EXPECT_EQ(converted(rgb(), {VMAF_PIX_FMT_YUV444P, 8, m.matrix, full}, {128, 64}, {g, b, r},
                          Reading::luma),
                std::vector<Plane>(1, out[0]))
          << "luma alone is the same";
    }
}

TEST(Zimg, GrayBecomesEqualChannels) {
  const Plane codes = noise(256, 255);
  for (const int matrix : {1, 2, 8, 10, 14})
    EXPECT_EQ(converted({VMAF_PIX_FMT_YUV400P, 8, matrix, true}, rgb(), {16, 16}, {codes}),
              std::vector<Plane>(3, codes))
        << matrix;
  EXPECT_EQ(converted(gray(8, false), {VMAF_PIX_FMT_YUV420P, 8, 6, false}, {16, 16}, {codes}),
            (std::vector<Plane>{codes, Plane(64, 128), Plane(64, 128)}));
}

// Chroma of odd sizes is rounded up, and what is beyond the edge is as the edge.
TEST(Zimg, OddSizesHaveAllTheirChroma) {
  const Plane codes = noise(15, 255);
  Plane flat(15, 77);
  const SampleFormat to{VMAF_PIX_FMT_YUV420P, 8, 6, true, 1};
  const auto out = converted(rgb(), to, {5, 3}, {flat, codes, flat});
  ASSERT_EQ(out[1].size(), 6u);
  const auto cb = [&](int x, int y) {
    x = std::clamp(x, 0, 4);
    y = std::clamp(y, 0, 2);
    return mixed({6, 0.299, 0.114}, 77, 77, codes[static_cast<std::size_t>(5 * y + x)])[1];
  };
  constexpr double kTaps[] = {0.125, 0.375, 0.375, 0.125};
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x) {
      double exact = 128;
      for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 4; ++i) exact += kTaps[i] * kTaps[j] * cb(2 * x - 1 + i, 2 * y - 1 + j);
      EXPECT_NEAR(out[1][static_cast<std::size_t>(3 * y + x)], exact, 0.51) << x << " " << y;
    }
  EXPECT_EQ(converted(rgb(), to, {5, 3}, {flat, codes, flat}, Reading::luma),
            std::vector<Plane>(1, out[0]));
  const auto back = converted(to, {VMAF_PIX_FMT_YUV420P, 8, 6, false, 1}, {5, 3}, out);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(back[0][i], 16 + out[0][i] * 219 / 255., 0.51);
}

}  // namespace
}  // namespace visq::io
