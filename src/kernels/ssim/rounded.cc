#include "kernels/ssim/rounded.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"

namespace visq {
namespace {

using Samples = const float*;
constexpr int kMoments = 5;

// Each product is rounded, the sum of them is not before its end.
void add_products(Samples in, float tap, int count, double* sums) {
  for (int x = 0; x < count; ++x) sums[x] += static_cast<double>(in[x] * tap);
}

float window_tap(int k) { return kSsimTaps[static_cast<std::size_t>(std::abs(k - kSsimRadius))]; }

// Eleven products of samples `at` gives, for each position.
template <typename At>
void filter(const At& at, int count, double* sums, float* out) {
  std::fill_n(sums, count, 0.0);
  for (int k = 0; k < kSsimWindow; ++k) add_products(at(k), window_tap(k), count, sums);
  for (int x = 0; x < count; ++x) out[x] = static_cast<float>(sums[x]);
}

// Rows of the planes x, y, x^2, y^2, xy, one after the other.
struct Moments {
  float* rows;
  int width;
  float* operator[](int moment) const { return rows + std::ptrdiff_t{moment} * width; }
};

void find_products(Samples ref, Samples dist, const Moments& out) {
  for (int x = 0; x < out.width; ++x) {
    out[0][x] = ref[x];
    out[1][x] = dist[x];
    out[2][x] = ref[x] * ref[x];
    out[3][x] = dist[x] * dist[x];
    out[4][x] = ref[x] * dist[x];
  }
}

// Of one row of windows, for each position: 0 product, 1 luminance, 2 contrast, 3 structure.
struct Row {
  double* terms;
  int width;
  double* operator[](int term) const { return terms + std::ptrdiff_t{term} * width; }
};

void find_terms(const Moments& m, const Row& out) {
  constexpr float kC3 = ssim::kC2 / 2;
  for (int x = 0; x < out.width; ++x) {
    const float mu1 = m[0][x], mu2 = m[1][x], squares = mu1 * mu1 + mu2 * mu2;
    const float v1 = std::max(m[2][x] - mu1 * mu1, 0.0f), v2 = std::max(m[3][x] - mu2 * mu2, 0.0f), both = v1 + v2;
    const float covariance = m[4][x] - mu1 * mu2, sigma = std::sqrt(v1 * v2);
    const float clamped = covariance < 0 && sigma <= 0 ? 0 : covariance;
    out[1][x] = (2.0 * static_cast<double>(mu1) * static_cast<double>(mu2) + static_cast<double>(ssim::kC1)) / static_cast<double>(squares + ssim::kC1);
    out[2][x] = (2.0 * static_cast<double>(sigma) + static_cast<double>(ssim::kC2)) / static_cast<double>(both + ssim::kC2);
    out[3][x] = static_cast<double>((clamped + kC3) / (sigma + kC3));
    out[0][x] = out[1][x] * out[2][x] * out[3][x];
  }
}

// The last eleven rows, filtered horizontally; a row y is in slot y mod 11.
struct Workspace {
  std::array<Moments, kSsimWindow> ring;
  Moments products, means;
  double* sums;
  Row terms;
};

Result<Workspace> workspace(int width, Scratch& scratch) {
  const int columns = width - kSsimWindow + 1;
  const auto moments = [&](int size) { return Moments{scratch.take<float>(static_cast<std::size_t>(size) * kMoments), size}; };
  Workspace work{{}, moments(width), moments(columns), scratch.take<double>(static_cast<std::size_t>(columns)), {scratch.take<double>(static_cast<std::size_t>(columns) * 4), columns}};
  bool there = work.products.rows != nullptr && work.means.rows != nullptr && work.sums != nullptr && work.terms.terms != nullptr;
  for (Moments& row : work.ring) there = (row = moments(columns)).rows != nullptr && there;
  if (!there) return fail(ENOMEM, "ssim: no memory for rows of moments");
  return work;
}

void filter_row(Samples ref, Samples dist, const Moments& out, const Workspace& work) {
  find_products(ref, dist, work.products);
  for (int m = 0; m < kMoments; ++m) filter([&](int k) { return work.products[m] + k; }, out.width, work.sums, out[m]);
}

void filter_columns(int top, const Workspace& work) {
  for (int m = 0; m < kMoments; ++m)
    filter([&](int k) { return work.ring[static_cast<std::size_t>((top + k) % kSsimWindow)][m]; }, work.means.width, work.sums, work.means[m]);
}

bool are_equal(PlaneView<const float> a, PlaneView<const float> b) {
  for (int y = 0; y < a.height; ++y)
    if (std::memcmp(a.row(y), b.row(y), static_cast<std::size_t>(a.width) * sizeof(float)) != 0) return false;
  return true;
}

// The low-pass filter before halving: of rows |v| and columns |u| away. No product of two rows of taps
// has these digits.
constexpr float kLowPass[5][5] = {{.363505f, .160885f, -.047149f, -.010146f, .016114f},
                                  {.160885f, .071207f, -.020867f, -.004490f, .007132f},
                                  {-.047149f, -.020867f, .006115f, .001316f, -.002090f},
                                  {-.010146f, -.004490f, .001316f, .000283f, -.000450f},
                                  {.016114f, .007132f, -.002090f, -.000450f, .000714f}};
constexpr int kReach = 4;

// Samples of even and of odd columns of a mirrored row, from column -4 on.
void split(Samples row, int width, int count, float* even, float* odd) {
  for (int i = 0; i < count; ++i) {
    even[i] = row[reflect_edge(2 * i - kReach, width)];
    odd[i] = row[reflect_edge(2 * i + 1 - kReach, width)];
  }
}

template <typename T>
void to_float(PlaneView<const T> in, int bits, PlaneView<float> out) {
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x) out.row(y)[x] = static_cast<float>(in.row(y)[x]) * ssim::unit(bits);
}

}  // namespace

void samples_to_float(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out) { to_float(in, bits, out); }
void samples_to_float(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out) { to_float(in, bits, out); }

void shrink_by_box_rounded(PlaneView<const float> in, int factor, PlaneView<float> out) {
  const float tap = 1.0f / static_cast<float>(factor * factor);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      double sum = 0;
      for (int v = 0; v < factor; ++v)
        for (int u = 0; u < factor; ++u)
          sum += static_cast<double>(in.row(reflect_edge(y * factor - factor / 2 + v, in.height))[reflect_edge(x * factor - factor / 2 + u, in.width)] * tap);
      out.row(y)[x] = static_cast<float>(sum);
    }
}

Status halve_rounded(PlaneView<const float> in, PlaneView<float> out, Scratch& scratch) {
  const auto count = static_cast<std::size_t>(out.width), length = count + kReach;
  double* const sums = scratch.take<double>(count);
  float* const even = scratch.take<float>(length);
  float* const odd = scratch.take<float>(length);
  if (sums == nullptr || even == nullptr || odd == nullptr) return fail(ENOMEM, "ms_ssim: no memory for a row of the picture");
  for (int y = 0; y < out.height; ++y) {
    std::fill_n(sums, count, 0.0);
    for (int v = -kReach; v <= kReach; ++v) {
      split(in.row(reflect_edge(2 * y + v, in.height)), in.width, static_cast<int>(length), even, odd);
      for (int u = 0; u <= 2 * kReach; ++u) add_products((u % 2 == 0 ? even : odd) + u / 2, kLowPass[std::abs(v)][std::abs(u - kReach)], out.width, sums);
    }
    for (std::size_t x = 0; x < count; ++x) out.row(y)[x] = static_cast<float>(sums[x]);
  }
  return {};
}

Result<SsimMeans> ssim_means_rounded(PlaneView<const float> ref, PlaneView<const float> dist, Scratch& scratch) {
  if (are_equal(ref, dist)) return SsimMeans{};
  VISQ_ASSIGN(const Workspace work, workspace(ref.width, scratch));
  std::array<double, 4> sums{};
  for (int y = 0; y < ref.height; ++y) {
    filter_row(ref.row(y), dist.row(y), work.ring[static_cast<std::size_t>(y % kSsimWindow)], work);
    if (y + 1 < kSsimWindow) continue;
    filter_columns(y + 1 - kSsimWindow, work);
    find_terms(work.means, work.terms);
    for (int x = 0; x < work.terms.width; ++x)
      for (int i = 0; i < 4; ++i) sums[static_cast<std::size_t>(i)] += work.terms[i][x];
  }
  const double positions = static_cast<double>(work.terms.width) * (ref.height - kSsimWindow + 1);
  return SsimMeans{sums[0] / positions, sums[1] / positions, sums[2] / positions, sums[3] / positions};
}

}  // namespace visq
