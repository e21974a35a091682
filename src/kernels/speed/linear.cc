// Eigenvalues and linear systems of 25 unknowns in single precision. The matrices are so close to
// singular that another order of operations gives another third digit; where the sentences below
// name an order, scores depend on it.
#include <algorithm>
#include <cmath>

#include "kernels/speed/speed.h"

namespace visq::speed {
namespace {

constexpr int kN = kElements;
constexpr double kTiny = 1e-6;
constexpr int kMaxSteps = 500;

float sign_of(float x) { return x >= 0 ? 1.0f : -1.0f; }
float root(float x) { return static_cast<float>(std::sqrt(static_cast<double>(x))); }
float hypotenuse(float a, float b) { return root(a * a + b * b); }

// A symmetric matrix as it becomes tridiagonal.
class Tridiagonal {
 public:
  explicit Tridiagonal(const Covariance& matrix) : a_(matrix) {
    for (int i = 0; i < kN - 2; ++i) clear_column(i);
    for (int i = 0; i < kN; ++i) diagonal[i] = a_.at[i][i];
    for (int i = 0; i + 1 < kN; ++i) below[i] = a_.at[i + 1][i];
  }

  float diagonal[kN], below[kN - 1];

 private:
  // A Householder reflection I - tau v v' that leaves of column i only the element below the
  // diagonal.
  void clear_column(int i) {
    float v[kN];
    const int first = i + 1;
    const float tau = reflection(i, v);
    if (tau == 0) return;
    float x[kN], dot = 0;
    for (int r = first; r < kN; ++r) {
      x[r] = 0;
      for (int c = first; c < kN; ++c) x[r] += tau * a_.at[r][c] * v[c];
    }
    for (int r = first; r < kN; ++r) dot += x[r] * v[r];
    const auto alpha =
        static_cast<float>(-0.5 * static_cast<double>(tau) * static_cast<double>(dot));
    for (int r = first; r < kN; ++r) x[r] += alpha * v[r];
    for (int r = first; r < kN; ++r)
      for (int c = first; c < kN; ++c) a_.at[r][c] -= x[r] * v[c] + v[r] * x[c];
  }

  float reflection(int i, float* v) {
    const int first = i + 1;
    float squares = 0;
    for (int r = first + 1; r < kN; ++r) squares += a_.at[r][i] * a_.at[r][i];
    const float norm = root(squares);
    if (norm == 0) return 0;
    const float alpha = a_.at[first][i], beta = -sign_of(alpha) * hypotenuse(alpha, norm),
                scale = alpha - beta;
    if (scale != 0) {
      for (int r = first; r < kN; ++r) a_.at[r][i] /= scale;
      a_.at[first][i] = beta;
    }
    for (int r = first; r < kN; ++r) v[r] = a_.at[r][i];
    v[first] = 1;
    return (beta - alpha) / beta;
  }

  Covariance a_;
};

void drop_small(float* d, float* sd, int n) {
  for (int i = 0; i + 1 < n; ++i)
    if (static_cast<double>(std::fabs(sd[i])) <
        kTiny * static_cast<double>(std::fabs(d[i]) + std::fabs(d[i + 1])))
      sd[i] = 0;
}

// Wilkinson's shift: the eigenvalue of the last 2x2 that is nearer to its last element.
float shift_of(const float* d, const float* sd, int n) {
  const float ta = d[n - 2], tb = d[n - 1], tab = sd[n - 2], half = (ta - tb) / 2;
  if (half > 0) return tb - tab * (tab / (half + hypotenuse(half, tab)));
  if (half == 0) return tb - std::fabs(tab);
  return tb + tab * (tab / (-half + hypotenuse(half, tab)));
}

struct Rotation {
  float c, s;
};
Rotation rotation_of(float a, float b) {
  const auto part = [](float t) {
    return static_cast<float>(1.0 / std::sqrt(static_cast<double>(1 + t * t)));
  };
  if (b == 0) return {1, 0};
  if (std::fabs(b) > std::fabs(a)) {
    const float t = -a / b, s = part(t);
    return {s * t, s};
  }
  const float t = -b / a, c = part(t);
  return {c, c * t};
}

// The 2x2 [p q; q r] rotated: G' T G.
struct Block {
  float p, q, r;
};
Block rotated(const Block& t, Rotation g) {
  const auto [c, s] = g;
  return {c * (c * t.p - s * t.q) + s * (s * t.r - c * t.q),
          c * (s * t.p + c * t.q) - s * (s * t.q + c * t.r),
          s * (s * t.p + c * t.q) + c * (s * t.q + c * t.r)};
}

// One implicit QR step on an unreduced block: the bulge of the first rotation is chased to the end.
void qr_step(float* d, float* sd, int n) {
  float shift = shift_of(d, sd, n);
  if (kTiny * static_cast<double>(std::fabs(shift)) >
      static_cast<double>(std::fabs(d[0]) + std::fabs(sd[0])))
    shift = 0;
  float x = d[0] - shift, z = sd[0], bulge = 0, before = 0;
  Block t{d[0], sd[0], d[1]};
  float next = n > 2 ? sd[1] : 0;
  for (int k = 0; k + 1 < n; ++k) {
    const Rotation g = rotation_of(x, z);
    const float previous = g.c * before - g.s * bulge;
    const Block r = rotated(t, g);
    bulge = -g.s * next;
    before = r.q;
    d[k] = r.p;
    if (k > 0) sd[k - 1] = previous;
    t = {r.r, g.c * next, k + 2 < n ? d[k + 2] : 0};
    if (k + 3 < n) next = sd[k + 2];
    if (k + 2 < n) sd[k + 1] = t.q;
    x = before;
    z = bulge;
  }
  d[n - 1] = t.p;
  sd[n - 2] = before;
}

constexpr int kStride = 28;  // whole vectors, so that inner loops have no rest

struct Matrix {
  float at[kN][kStride];
};

// a * b where rows and columns of a before `first` are those of the identity: they add zeros and
// keep b's rows. Inner products are summed in the order of k.
void multiply(const Matrix& a, const Matrix& b, int first, Matrix& out) {
  for (int i = 0; i < first; ++i) std::copy_n(b.at[i], kStride, out.at[i]);
  for (int i = first; i < kN; ++i) {
    float row[kStride] = {};
    for (int k = first; k < kN; ++k)
      for (int j = 0; j < kStride; ++j) row[j] += a.at[i][k] * b.at[k][j];
    std::copy_n(row, kStride, out.at[i]);
  }
}

void make_identity(Matrix& m) {
  for (int i = 0; i < kN; ++i)
    for (int j = 0; j < kStride; ++j) m.at[i][j] = i == j ? 1.0f : 0.0f;
}

float norm_of(const float* v) {
  float squares = 0;
  for (int i = 0; i < kN; ++i) squares += v[i] * v[i];
  return root(squares);
}

// Rows and columns before k become those of the identity.
void keep_minor(Matrix& m, int k) {
  for (int i = 0; i < kN; ++i)
    for (int j = 0; j < kN; ++j)
      if (i < k || j < k) m.at[i][j] = i == j ? 1.0f : 0.0f;
}

// The reflection that clears column k of z below the diagonal. Its sign is that of the matrix's own
// diagonal, not of z's.
void make_reflection(const Matrix& z, int k, float sign, Matrix& out) {
  float v[kN];
  for (int i = 0; i < kN; ++i) v[i] = z.at[i][k];
  v[k] += sign * norm_of(v);
  const float norm = norm_of(v);
  for (float& element : v) element /= norm;
  make_identity(out);
  for (int i = 0; i < kN; ++i)
    for (int j = 0; j < kN; ++j) {
      const float product = -2 * v[i] * v[j];
      out.at[i][j] = i == j ? product + 1 : product;
    }
}

// Q' and R of the QR decomposition.
void decompose(const Matrix& a, Matrix& q, Matrix& r) {
  Matrix z = a, reflection, product;
  make_identity(q);
  for (int k = 0; k < kN - 1; ++k) {
    keep_minor(z, k);
    make_reflection(z, k, sign_of(a.at[k][k]), reflection);
    multiply(reflection, z, k, product);
    z = product;
    multiply(reflection, q, k, product);
    q = product;
  }
  multiply(q, a, 0, r);
}

void multiply_columns(const Matrix& q, const float* y, int columns, float* out) {
  std::fill_n(out, static_cast<std::ptrdiff_t>(kN) * columns, 0.0f);
  for (int i = 0; i < kN; ++i)
    for (int k = 0; k < kN; ++k)
      for (int j = 0; j < columns; ++j) out[i * columns + j] += q.at[i][k] * y[k * columns + j];
}

bool substitute_back(const Matrix& r, const float* b, int columns, float* x) {
  for (int i = kN - 1; i >= 0; --i) {
    if (static_cast<double>(std::fabs(r.at[i][i])) < kTiny) return false;
    float* const row = x + i * columns;
    std::copy_n(b + i * columns, columns, row);
    for (int k = i + 1; k < kN; ++k)
      for (int j = 0; j < columns; ++j) row[j] -= x[k * columns + j] * r.at[i][k];
    for (int j = 0; j < columns; ++j) row[j] /= r.at[i][i];
  }
  return true;
}

}  // namespace

void eigenvalues(const Covariance& matrix, float* values) {
  Tridiagonal t(matrix);
  drop_small(t.diagonal, t.below, kN);
  for (int last = kN - 1, steps = 0; last > 0 && steps < kMaxSteps;) {
    if (t.below[last - 1] == 0) {
      --last;
      continue;
    }
    int first = last - 1;
    while (first > 0 && t.below[first - 1] != 0) --first;
    qr_step(t.diagonal + first, t.below + first, last - first + 1);
    drop_small(t.diagonal + first, t.below + first, last - first + 1);
    ++steps;
  }
  std::copy_n(t.diagonal, kN, values);
}

bool solve_ref(const Covariance& matrix, const float* y, int columns, float* x, float* work) {
  Matrix a{}, q, r;
  for (int i = 0; i < kN; ++i) std::copy_n(matrix.at[i], kN, a.at[i]);
  decompose(a, q, r);
  multiply_columns(q, y, columns, work);
  return substitute_back(r, work, columns, x);
}

}  // namespace visq::speed
