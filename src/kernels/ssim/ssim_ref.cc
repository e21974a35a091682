#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/ssim/terms.h"

namespace visq {
namespace {

enum Moment : std::size_t { kX, kY, kXX, kYY, kDD, kMoments };  // d = x - y

using Row = std::vector<float>;
using Moments = std::array<Row, kMoments>;

float tapped(const float* centre, std::ptrdiff_t step) {
  const auto pair = [&](int k) {
    return kSsimTaps[static_cast<std::size_t>(k)] * (centre[-k * step] + centre[k * step]);
  };
  return (kSsimTaps[0] * centre[0] + pair(1) + pair(2)) + (pair(3) + pair(4) + pair(5));
}

template <typename T>
Moments products(const T* ref, const T* dist, int width, float unit, float pivot) {
  Moments m;
  for (Row& row : m) row.resize(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < static_cast<std::size_t>(width); ++i) {
    const float x = static_cast<float>(ref[i]) * unit - pivot,
                y = static_cast<float>(dist[i]) * unit - pivot, d = x - y;
    m[kX][i] = x;
    m[kY][i] = y;
    m[kXX][i] = x * x;
    m[kYY][i] = y * y;
    m[kDD][i] = d * d;
  }
  return m;
}

template <typename T>
PlaneView<const T> part_of(PlaneView<const T> plane, int x, int y, int width, int height) {
  return {plane.row(y) + x, plane.stride, width, height};
}

// Five planes of horizontally filtered moments, one after the other.
template <typename T>
std::array<std::vector<float>, kMoments> filtered_rows(PlaneView<const T> ref,
                                                       PlaneView<const T> dist, float unit,
                                                       float pivot) {
  const int columns = ref.width - kSsimWindow + 1;
  std::array<std::vector<float>, kMoments> planes;
  for (int y = 0; y < ref.height; ++y) {
    const Moments m = products(ref.row(y), dist.row(y), ref.width, unit, pivot);
    for (std::size_t i = 0; i < kMoments; ++i)
      for (int x = 0; x < columns; ++x)
        planes[i].push_back(tapped(m[i].data() + x + kSsimRadius, 1));
  }
  return planes;
}

struct Window {
  float md, d1, d2, v1, v2, covariance, vd, raw;  // d1, d2: denominators of luminance and contrast
};

Window window_of(const std::array<float, kMoments>& e, const ssim::Pivot& pivot) {
  Window w{};
  const float m1 = e[kX], m2 = e[kY], mu1 = m1 + pivot.mean_offset, mu2 = m2 + pivot.mean_offset;
  w.md = m1 - m2;
  w.d1 = mu1 * mu1 + mu2 * mu2 + ssim::kC1;
  const float raw1 = e[kXX] - m1 * (m1 + pivot.slope) - pivot.offset;
  const float raw2 = e[kYY] - m2 * (m2 + pivot.slope) - pivot.offset;
  w.vd = e[kDD] - w.md * w.md;
  w.raw = raw1 + raw2;
  w.covariance = w.raw - w.vd;
  w.v1 = std::max(raw1, 0.0f);
  w.v2 = std::max(raw2, 0.0f);
  w.d2 = w.v1 + w.v2 + ssim::kC2;
  return w;
}

// 1 - structure counts nothing where a variance is zero and the covariance negative, which is
// rounding.
bool is_flat(const Window& w) { return w.covariance < 0 && w.v1 * w.v2 <= 0; }

float product_deficit(const Window& w) {
  const float luminance = w.md * w.md, both = w.v1 + w.v2;
  const float rest = is_flat(w) ? both : both - w.raw + w.vd;
  return (luminance * w.d2 + rest * w.d1 - luminance * rest) / (w.d1 * w.d2);
}

struct Parts {
  float contrast, structure;
};

Parts parts_of(const Window& w) {
  const float sigma = std::sqrt(w.v1 * w.v2), both = w.v1 + w.v2, difference = w.v1 - w.v2;
  const float q =
      difference * difference / (both + 2 * sigma + ssim::kTiny);  // (sqrt v1 - sqrt v2)^2
  const float rest = is_flat(w) ? 0 : both - w.raw + w.vd - q;
  return {q / w.d2, rest / (2 * sigma + ssim::kC2)};
}

struct SingleDeficits {
  float product = 0, luminance = 0, contrast = 0, structure = 0;
};

void add(const Window& w, SsimTerms terms, SingleDeficits& sums) {
  if (terms != SsimTerms::contrast_structure) sums.product += product_deficit(w);
  if (terms == SsimTerms::product) return;
  const Parts parts = parts_of(w);
  sums.contrast += parts.contrast;
  sums.structure += parts.structure;
  if (terms == SsimTerms::all) sums.luminance += w.md * w.md / w.d1;
}

void flush(SingleDeficits& rows, ssim::Deficits& sums) {
  sums += {rows.product, rows.luminance, rows.contrast, rows.structure};
  rows = {};
}

// Adds the windows of a tile to the sums of their columns.
template <typename T>
void add_tile(PlaneView<const T> ref, PlaneView<const T> dist, const ssim::Pivot& pivot, float unit,
              SsimTerms terms, ssim::Deficits* sums) {
  const int columns = ref.width - kSsimWindow + 1, rows = ref.height - kSsimWindow + 1;
  const auto planes = filtered_rows(ref, dist, unit, pivot.value);
  for (int x = 0; x < columns; ++x) {
    SingleDeficits some;
    for (int y = 0; y < rows; ++y) {
      std::array<float, kMoments> e;
      for (std::size_t i = 0; i < kMoments; ++i)
        e[i] = tapped(planes[i].data() + std::ptrdiff_t{y + kSsimRadius} * columns + x, columns);
      add(window_of(e, pivot), terms, some);
      if (y % ssim::kSumRows == ssim::kSumRows - 1) flush(some, sums[x]);
    }
    flush(some, sums[x]);
  }
}

template <typename T>
SsimMeans means(PlaneView<const T> ref, PlaneView<const T> dist, float unit, SsimTerms terms) {
  const int columns = ref.width - kSsimWindow + 1, rows = ref.height - kSsimWindow + 1;
  std::vector<ssim::Deficits> sums(static_cast<std::size_t>(columns));
  for (int x = 0; x < columns; x += ssim::kTileColumns)
    for (int y = 0; y < rows; y += ssim::kTileRows) {
      const int width = std::min(ssim::kTileColumns + kSsimWindow - 1, ref.width - x),
                height = std::min(ssim::kTileRows + kSsimWindow - 1, ref.height - y);
      const auto pivot = ssim::pivot_of_tile(ref, dist, x, y, unit);
      add_tile(part_of(ref, x, y, width, height), part_of(dist, x, y, width, height), pivot, unit,
               terms, sums.data() + x);
    }
  ssim::Deficits total;
  for (const ssim::Deficits& column : sums) total += column;
  return ssim::means_of(total, static_cast<double>(columns) * rows);
}

}  // namespace

SsimMeans ssim_means_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                         int bits, SsimTerms terms) {
  return means(ref, dist, ssim::unit(bits), terms);
}
SsimMeans ssim_means_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                         int bits, SsimTerms terms) {
  return means(ref, dist, ssim::unit(bits), terms);
}
SsimMeans ssim_means_ref(PlaneView<const float> ref, PlaneView<const float> dist, SsimTerms terms) {
  return means(ref, dist, 1.0f, terms);
}

}  // namespace visq
