#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/ssim/terms.h"

namespace visq::ssim {
namespace {

enum Moment : std::size_t { kX, kY, kXX, kYY, kDD, kMoments };  // d = x - y

using Row = std::vector<float>;
using Moments = std::array<Row, kMoments>;

float tapped(const float* centre, std::ptrdiff_t step) {
  const auto pair = [&](int k) {
    return kTaps[static_cast<std::size_t>(k)] * (centre[-k * step] + centre[k * step]);
  };
  return (kTaps[0] * centre[0] + pair(1) + pair(2)) + (pair(3) + pair(4) + pair(5));
}

// Of row y.
Moments products(const Samples& ref, const Samples& dist, int y, float pivot) {
  const SampleRange range = value_range(ref.bits, 0);
  Moments m;
  for (Row& row : m) row.resize(static_cast<std::size_t>(ref.width));
  for (int i = 0; i < ref.width; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float a = value_at(ref, i, y, range) - pivot, b = value_at(dist, i, y, range) - pivot,
                d = a - b;
    m[kX][at] = a;
    m[kY][at] = b;
    m[kXX][at] = a * a;
    m[kYY][at] = b * b;
    m[kDD][at] = d * d;
  }
  return m;
}

// Five planes of horizontally filtered moments, one after the other.
std::array<std::vector<float>, kMoments> filtered_rows(const Samples& ref, const Samples& dist,
                                                       float pivot) {
  const int columns = ref.width - kWindow + 1;
  std::array<std::vector<float>, kMoments> planes;
  for (int y = 0; y < ref.height; ++y) {
    const Moments m = products(ref, dist, y, pivot);
    for (std::size_t i = 0; i < kMoments; ++i)
      for (int x = 0; x < columns; ++x) planes[i].push_back(tapped(m[i].data() + x + kRadius, 1));
  }
  return planes;
}

struct Window {
  float md, d1, d2, v1, v2, covariance, vd, raw;  // d1, d2: denominators of luminance and contrast
};

Window window_of(const std::array<float, kMoments>& e, const Pivot& pivot) {
  Window w{};
  const float m1 = e[kX], m2 = e[kY], mu1 = m1 + pivot.mean_offset, mu2 = m2 + pivot.mean_offset;
  w.md = m1 - m2;
  w.d1 = mu1 * mu1 + mu2 * mu2 + kC1;
  const float raw1 = e[kXX] - m1 * (m1 + pivot.slope) - pivot.offset;
  const float raw2 = e[kYY] - m2 * (m2 + pivot.slope) - pivot.offset;
  w.vd = e[kDD] - w.md * w.md;
  w.raw = raw1 + raw2;
  w.covariance = w.raw - w.vd;
  w.v1 = std::max(raw1, 0.0f);
  w.v2 = std::max(raw2, 0.0f);
  w.d2 = w.v1 + w.v2 + kC2;
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
  const float q = difference * difference / (both + 2 * sigma + kTiny);  // (sqrt v1 - sqrt v2)^2
  const float rest = is_flat(w) ? 0 : both - w.raw + w.vd - q;
  return {q / w.d2, rest / (2 * sigma + kC2)};
}

struct SingleDeficits {
  float product = 0, luminance = 0, contrast = 0, structure = 0;
};

void add(const Window& w, Terms terms, SingleDeficits& sums) {
  if (terms != Terms::contrast_structure) sums.product += product_deficit(w);
  if (terms == Terms::product) return;
  const Parts parts = parts_of(w);
  sums.contrast += parts.contrast;
  sums.structure += parts.structure;
  if (terms == Terms::all) sums.luminance += w.md * w.md / w.d1;
}

void flush(SingleDeficits& rows, Deficits& sums) {
  sums += {rows.product, rows.luminance, rows.contrast, rows.structure};
  rows = {};
}

// Adds the windows of a tile to the sums of their columns.
void add_tile(const Samples& ref, const Samples& dist, const Pivot& pivot, Terms terms,
              Deficits* sums) {
  const int columns = ref.width - kWindow + 1, rows = ref.height - kWindow + 1;
  const auto planes = filtered_rows(ref, dist, pivot.value);
  for (int x = 0; x < columns; ++x) {
    SingleDeficits some;
    for (int y = 0; y < rows; ++y) {
      std::array<float, kMoments> e;
      for (std::size_t i = 0; i < kMoments; ++i)
        e[i] = tapped(planes[i].data() + std::ptrdiff_t{y + kRadius} * columns + x, columns);
      add(window_of(e, pivot), terms, some);
      if (y % kSumRows == kSumRows - 1) flush(some, sums[x]);
    }
    flush(some, sums[x]);
  }
}

}  // namespace

Means means_ref(const Samples& ref, const Samples& dist, Terms terms) {
  const int columns = ref.width - kWindow + 1, rows = ref.height - kWindow + 1;
  std::vector<Deficits> sums(static_cast<std::size_t>(columns));
  for (int x = 0; x < columns; x += kTileColumns)
    for (int y = 0; y < rows; y += kTileRows) {
      const int width = std::min(kTileColumns + kWindow - 1, ref.width - x),
                height = std::min(kTileRows + kWindow - 1, ref.height - y);
      add_tile(part_of(ref, x, y, width, height), part_of(dist, x, y, width, height),
               pivot_of_tile(ref, dist, x, y), terms, sums.data() + x);
    }
  Deficits total;
  for (const Deficits& column : sums) total += column;
  return means_of(total, static_cast<double>(columns) * rows);
}

}  // namespace visq::ssim
