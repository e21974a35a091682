// Linear systems of 25 unknowns in single precision, columns side by side. The order of operations
// is that of linear.cc, on which scores depend.
#include <algorithm>
#include <cmath>

#include "kernels/speed/speed.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/speed/solve.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef VISQ_SPEED_SYSTEM_H_
#define VISQ_SPEED_SYSTEM_H_

namespace visq::speed {

// matrix * x = y for `columns` right sides.
struct System {
  const Covariance& matrix;
  const float* y;
  int columns;
  float *x, *work;
};

}  // namespace visq::speed

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::speed {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

inline constexpr int kN = kElements, kStride = 32, kWidth = static_cast<int>(hn::MaxLanes(D()));
inline constexpr int kVectors = kStride / kWidth;
inline constexpr int kRows = kWidth == 16 ? 4 : kWidth == 8 ? 2 : 1;  // that registers hold sums of
inline constexpr double kTiny = 1e-6;

struct Matrix {
  HWY_ALIGN float at[kN][kStride];
};

HWY_INLINE V broadcast(float value) { return hn::Set(D(), value); }

// kCount rows of a * b, from row i on, where only elements from `first` on count.
template <int kCount>
HWY_INLINE void multiply_rows(const Matrix& a, const Matrix& b, int i, int first, Matrix& out) {
  V sums[kCount][kVectors];
  for (auto& row : sums)
    for (V& sum : row) sum = hn::Zero(D());
  for (int k = first; k < kN; ++k)
    for (int r = 0; r < kCount; ++r) {
      const V factor = broadcast(a.at[i + r][k]);
      for (int v = 0; v < kVectors; ++v)
        sums[r][v] = hn::Add(sums[r][v], hn::Mul(factor, hn::Load(D(), b.at[k] + v * kWidth)));
    }
  for (int r = 0; r < kCount; ++r)
    for (int v = 0; v < kVectors; ++v) hn::Store(sums[r][v], D(), out.at[i + r] + v * kWidth);
}

// a * b where rows and columns of a before `first` are those of the identity: rows before it are
// left alone. Inner products are summed in the order of k.
void multiply(const Matrix& a, const Matrix& b, int first, Matrix& out) {
  int i = first;
  for (; i + kRows <= kN; i += kRows) multiply_rows<kRows>(a, b, i, first, out);
  for (; i < kN; ++i) multiply_rows<1>(a, b, i, first, out);
}

// b becomes a * b.
void apply(const Matrix& a, int first, Matrix& b) {
  Matrix product;
  multiply(a, b, first, product);
  for (int i = first; i < kN; ++i) std::copy_n(product.at[i], kStride, b.at[i]);
}

float norm_of(const float* v) {
  float squares = 0;
  for (int i = 0; i < kN; ++i) squares += v[i] * v[i];
  return static_cast<float>(std::sqrt(static_cast<double>(squares)));
}

// The reflection that clears column k of z below the diagonal; what z has in rows above k and in
// columns before k counts as the identity's. Its sign is that of the matrix's own diagonal.
void make_reflection(const Matrix& z, int k, float sign, Matrix& out) {
  HWY_ALIGN float v[kStride] = {};
  for (int i = k; i < kN; ++i) v[i] = z.at[i][k];
  v[k] += sign * norm_of(v);
  const float norm = norm_of(v);
  for (int i = 0; i < kN; ++i) v[i] /= norm;
  for (int i = k; i < kN; ++i) {
    const V factor = broadcast(-2 * v[i]);
    for (int j = 0; j < kStride; j += kWidth)
      hn::Store(hn::Mul(factor, hn::Load(D(), v + j)), D(), out.at[i] + j);
    out.at[i][i] += 1;
  }
}

// Q' and R of the QR decomposition.
void decompose(const Matrix& a, Matrix& q, Matrix& r) {
  Matrix z = a, reflection;
  for (int i = 0; i < kN; ++i)
    for (int j = 0; j < kStride; ++j) q.at[i][j] = i == j ? 1.0f : 0.0f;
  for (int k = 0; k < kN - 1; ++k) {
    make_reflection(z, k, a.at[k][k] >= 0 ? 1.0f : -1.0f, reflection);
    apply(reflection, k, z);
    apply(reflection, k, q);
  }
  multiply(q, a, 0, r);
}

// A vector of right sides, or what is left of them.
struct Columns {
  int first, count;
  HWY_INLINE V load(const float* row) const {
    if (count == kWidth) return hn::LoadU(D(), row + first);
    return hn::LoadN(D(), row + first, static_cast<std::size_t>(count));
  }
  HWY_INLINE void store(V v, float* row) const {
    if (count == kWidth)
      hn::StoreU(v, D(), row + first);
    else
      hn::StoreN(v, D(), row + first, static_cast<std::size_t>(count));
  }
};

void multiply_columns(const Matrix& q, const System& s, const Columns& columns) {
  for (int i = 0; i < kN; i += kSide) {
    V sums[kSide];
    for (V& sum : sums) sum = hn::Zero(D());
    for (int k = 0; k < kN; ++k) {
      const V y = columns.load(s.y + k * s.columns);
      for (int r = 0; r < kSide; ++r)
        sums[r] = hn::Add(sums[r], hn::Mul(broadcast(q.at[i + r][k]), y));
    }
    for (int r = 0; r < kSide; ++r) columns.store(sums[r], s.work + (i + r) * s.columns);
  }
}

void substitute_back(const Matrix& r, const System& s, const Columns& columns) {
  V x[kN];
  for (int i = kN - 1; i >= 0; --i) {
    V row = columns.load(s.work + i * s.columns);
    for (int k = i + 1; k < kN; ++k) row = hn::Sub(row, hn::Mul(x[k], broadcast(r.at[i][k])));
    x[i] = hn::Div(row, broadcast(r.at[i][i]));
    columns.store(x[i], s.x + i * s.columns);
  }
}

bool solve_system(const System& system) {
  Matrix a{}, q, r;
  for (int i = 0; i < kN; ++i) std::copy_n(system.matrix.at[i], kN, a.at[i]);
  decompose(a, q, r);
  for (int i = 0; i < kN; ++i)
    if (static_cast<double>(std::fabs(r.at[i][i])) < kTiny) return false;
  for (int j = 0; j < system.columns; j += kWidth) {
    const Columns columns{j, std::min(kWidth, system.columns - j)};
    multiply_columns(q, system, columns);
    substitute_back(r, system, columns);
  }
  return true;
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::speed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::speed {

HWY_EXPORT(solve_system);

bool solve(const Covariance& matrix, const float* y, int columns, float* x, float* work) {
  return HWY_DYNAMIC_DISPATCH(solve_system)({matrix, y, columns, x, work});
}

}  // namespace visq::speed
#endif
