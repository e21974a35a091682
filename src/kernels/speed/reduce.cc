// Of the blurred plane only every 16th sample of every 16th row is kept, so only those are
// computed: rows are blurred vertically as a whole, then the few columns horizontally.
#include <algorithm>
#include <array>

#include "base/reflect.h"
#include "kernels/speed/scale.h"
#include "kernels/speed/speed.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/speed/reduce.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef VISQ_SPEED_ADD_ROW_H_
#define VISQ_SPEED_ADD_ROW_H_

namespace visq::speed {

inline void add_row(const float* row, float tap, int width, float* sum) {
  for (int x = 0; x < width; ++x) sum[x] += tap * row[x];
}

}  // namespace visq::speed

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::speed {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of a signal, of which a filter takes some.
template <typename T>
struct SignalRows {
  static constexpr int kMost = 35;
  const T *plane[kMost], *minus[kMost];
  bool has_minus;
  int middle;  // of code values, which a plane alone is less by
  float unit;  // of a code value

  // As an integer of code values. In units of 8 bits it is exact in single precision.
  int code(int k, int x) const { return plane[k][x] - (has_minus ? minus[k][x] : middle); }
};

// The factor for code values: the unit is a power of two, so that nothing is rounded otherwise.
template <typename T>
float tap_of_codes(const SignalRows<T>& rows, float tap) {
  return tap * rows.unit;
}

template <typename T>
void convert_columns(const SignalRows<T>& rows, int from, int width, float* out) {
  for (int x = from; x < width; ++x) out[x] = static_cast<float>(rows.code(0, x)) * rows.unit;
}

template <typename T>
void sum_columns(const SignalRows<T>& rows, const std::vector<float>& taps, int from, int width,
                 float* out) {
  for (int x = from; x < width; ++x) {
    float sum = 0;
    for (std::size_t k = 0; k < taps.size(); ++k)
      sum += tap_of_codes(rows, taps[k]) * static_cast<float>(rows.code(static_cast<int>(k), x));
    out[x] = sum;
  }
}

#if HWY_TARGET == HWY_SCALAR

template <typename T>
void convert_row(const SignalRows<T>& rows, int width, float* out) {
  convert_columns(rows, 0, width, out);
}
template <typename T>
void sum_rows(const SignalRows<T>& rows, const std::vector<float>& taps, int width, float* out) {
  sum_columns(rows, taps, 0, width, out);
}

#else

using DF = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
inline constexpr int kMaxTaps = SignalRows<std::uint8_t>::kMost;

template <typename T>
HWY_INLINE hn::Vec<DI> load(const T* p) {
  return hn::PromoteTo(DI(), hn::LoadU(hn::Rebind<T, DF>(), p));
}

template <bool kMinus, typename T>
HWY_INLINE VF load_codes(const SignalRows<T>& rows, int k, int x, hn::Vec<DI> middle) {
  const auto codes = load(rows.plane[k] + x);
  if constexpr (kMinus) return hn::ConvertTo(DF(), hn::Sub(codes, load(rows.minus[k] + x)));
  return hn::ConvertTo(DF(), hn::Sub(codes, middle));
}

template <typename T>
void convert_row(const SignalRows<T>& rows, int width, float* out) {
  const int lanes = static_cast<int>(hn::Lanes(DF()));
  const auto middle = hn::Set(DI(), rows.middle);
  const auto unit = hn::Set(DF(), rows.unit);
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    const VF codes = rows.has_minus ? load_codes<true>(rows, 0, x, middle)
                                    : load_codes<false>(rows, 0, x, middle);
    hn::StoreU(hn::Mul(codes, unit), DF(), out + x);
  }
  convert_columns(rows, x, width, out);
}

template <bool kMinus, typename T>
int sum_vectors(const SignalRows<T>& rows, const std::vector<float>& taps, int width, float* out) {
  const int lanes = static_cast<int>(hn::Lanes(DF())), count = static_cast<int>(taps.size());
  const auto middle = hn::Set(DI(), rows.middle);
  std::array<float, kMaxTaps> factors;
  for (std::size_t k = 0; k < taps.size(); ++k) factors[k] = tap_of_codes(rows, taps[k]);
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    VF sum = hn::Zero(DF());
    for (int k = 0; k < count; ++k)
      sum = hn::Add(sum, hn::Mul(hn::Set(DF(), factors[static_cast<std::size_t>(k)]),
                                 load_codes<kMinus>(rows, k, x, middle)));
    hn::StoreU(sum, DF(), out + x);
  }
  return x;
}

template <typename T>
void sum_rows(const SignalRows<T>& rows, const std::vector<float>& taps, int width, float* out) {
  const int done = rows.has_minus ? sum_vectors<true>(rows, taps, width, out)
                                  : sum_vectors<false>(rows, taps, width, out);
  sum_columns(rows, taps, done, width, out);
}

#endif

// Rows of a signal after scaling, one at a time.
template <typename T>
class Rows {
 public:
  Rows(const Signal& signal, const Shape& shape, const Reduction& reduction, Scratch& scratch)
      : plane_(signal.plane.as<T>()),
        minus_(signal.minus.as<T>()),
        shape_(shape),
        reduction_(reduction),
        row_(scratch.take<float>(
            static_cast<std::size_t>(std::max(shape.width, shape.scaled_width)))) {
    const int more_bits = signal.plane.bits - 8;
    rows_.has_minus = minus_.data != nullptr;
    rows_.middle = 128 << more_bits;
    rows_.unit = 1.0f / static_cast<float>(1 << more_bits);
    if (!shape.is_scaled()) return;
    columns_ = taps_of(reduction.scaler, shape.width, shape.scaled_width);
    lines_ = taps_of(reduction.scaler, shape.height, shape.scaled_height);
    sources_ = scratch.take_plane<float>(shape.width, lines_.front().count);
    find_needed(static_cast<int>(reduction.antialias.size()) / 2);
  }

  // The blur down the columns around row y; where the blur along rows does not look it is not set.
  void blur(int y, float* out) {
    const int count = static_cast<int>(reduction_.antialias.size());
    const auto line = [&](int k) { return reflect101(y + k - count / 2, shape_.scaled_height); };
    if (!shape_.is_scaled()) {
      for (int k = 0; k < count; ++k) take(k, line(k));
      sum_rows(rows_, reduction_.antialias, shape_.width, out);
      return;
    }
    std::fill_n(out, shape_.scaled_width, 0.0f);
    for (int k = 0; k < count; ++k) {
      scale_row(lines_[static_cast<std::size_t>(line(k))]);
      add_row(row_, reduction_.antialias[static_cast<std::size_t>(k)], shape_.scaled_width, out);
    }
  }

 private:
  void take(int k, int y) {
    rows_.plane[k] = plane_.row(y);
    rows_.minus[k] = rows_.has_minus ? minus_.row(y) : nullptr;
  }
  void find_needed(int radius) {
    std::vector<bool> needed(static_cast<std::size_t>(shape_.scaled_width));
    for (int j = 0; j < shape_.reduced_width; ++j)
      for (int k = -radius; k <= radius; ++k)
        needed[static_cast<std::size_t>(reflect101(kStep * j + k, shape_.scaled_width))] = true;
    std::fill_n(row_, shape_.scaled_width, 0.0f);
    for (int x = 0; x < shape_.scaled_width; ++x)
      if (needed[static_cast<std::size_t>(x)]) needed_.push_back(x);
  }
  void scale_row(const Taps& line) {
    const float* rows[9] = {};
    for (int k = 0; k < line.count; ++k) {
      take(0, line.at[k]);
      convert_row(rows_, shape_.width, sources_.row(k));
      rows[k] = sources_.row(k);
    }
    for (const int x : needed_)
      row_[x] = scaled_sample(reduction_.scaler, columns_[static_cast<std::size_t>(x)], line, rows);
  }

  PlaneView<const T> plane_, minus_;
  const Shape& shape_;
  const Reduction& reduction_;
  SignalRows<T> rows_;
  float* row_;
  PlaneView<float> sources_ = {};
  std::vector<Taps> columns_, lines_;
  std::vector<int> needed_;
};

void thin_row(const float* blurred, const Shape& shape, const std::vector<float>& taps,
              float* out) {
  const int radius = static_cast<int>(taps.size()) / 2, width = shape.scaled_width;
  for (int j = 0; j < shape.reduced_width; ++j) {
    const int first = kStep * j - radius;
    const bool inside = first >= 0 && kStep * j + radius < width;
    float sum = 0;
    for (int k = 0; k <= 2 * radius; ++k)
      sum += taps[static_cast<std::size_t>(k)] *
             blurred[inside ? first + k : reflect101(first + k, width)];
    out[j] = sum;
  }
}

void thin_out(const Signal& signal, const Shape& shape, const Reduction& reduction,
              Scratch& scratch, PlaneView<float> out) {
  with_sample_type(signal.plane.bits, [&]<typename T>() {
    Rows<T> rows(signal, shape, reduction, scratch);
    auto* const blurred = scratch.take<float>(static_cast<std::size_t>(shape.scaled_width));
    for (int i = 0; i < shape.reduced_height; ++i) {
      rows.blur(kStep * i, blurred);
      thin_row(blurred, shape, reduction.antialias, out.row(i));
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::speed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::speed {

HWY_EXPORT(thin_out);

namespace {

// The plane blurred a little: first along columns, then along rows.
void blur(PlaneView<const float> in, const std::vector<float>& taps, Scratch& scratch,
          PlaneView<float> out) {
  const int count = static_cast<int>(taps.size()), radius = count / 2;
  auto* const padded = scratch.take<float>(static_cast<std::size_t>(in.width + 2 * radius));
  float* const sums = padded + radius;
  for (int y = 0; y < in.height; ++y) {
    std::fill_n(sums, in.width, 0.0f);
    for (int k = 0; k < count; ++k)
      add_row(in.row(reflect101(y + k - radius, in.height)), taps[static_cast<std::size_t>(k)],
              in.width, sums);
    for (int x = 1; x <= radius; ++x) {
      sums[-x] = sums[reflect101(-x, in.width)];
      sums[in.width - 1 + x] = sums[reflect101(in.width - 1 + x, in.width)];
    }
    std::fill_n(out.row(y), in.width, 0.0f);
    for (int k = 0; k < count; ++k)
      add_row(padded + k, taps[static_cast<std::size_t>(k)], in.width, out.row(y));
  }
}

void subtract_local_mean(PlaneView<float> plane, const std::vector<float>& taps, Scratch& scratch) {
  const auto mean = scratch.take_plane<float>(plane.width, plane.height);
  blur(plane, taps, scratch, mean);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) plane.row(y)[x] -= mean.row(y)[x];
}

// All of the plane, scaled.
template <typename T>
PlaneView<float> scaled_plane(const Signal& signal, const Shape& shape, Scaler scaler,
                              Scratch& scratch) {
  const auto whole = scratch.take_plane<float>(shape.width, shape.height),
             scaled = scratch.take_plane<float>(shape.scaled_width, shape.scaled_height);
  const auto plane = signal.plane.as<T>(), minus = signal.minus.as<T>();
  const auto scale = static_cast<float>(1 << (signal.plane.bits - 8));
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const float value = static_cast<float>(plane.row(y)[x]) / scale - 128;
      whole.row(y)[x] = minus.data == nullptr
                            ? value
                            : value - (static_cast<float>(minus.row(y)[x]) / scale - 128);
    }
  if (!shape.is_scaled()) return whole;
  const auto columns = taps_of(scaler, shape.width, shape.scaled_width),
             lines = taps_of(scaler, shape.height, shape.scaled_height);
  for (int y = 0; y < shape.scaled_height; ++y)
    for (int x = 0; x < shape.scaled_width; ++x) {
      const Taps& line = lines[static_cast<std::size_t>(y)];
      const float* rows[9] = {};
      for (int k = 0; k < line.count; ++k) rows[k] = whole.row(line.at[k]);
      scaled.row(y)[x] = scaled_sample(scaler, columns[static_cast<std::size_t>(x)], line, rows);
    }
  return scaled;
}

// A blur by the definition.
float blurred_at(PlaneView<const float> in, const std::vector<float>& taps, int x, int y) {
  const int count = static_cast<int>(taps.size());
  float sum = 0;
  for (int k = 0; k < count; ++k) {
    float column = 0;
    const int at = reflect101(x + k - count / 2, in.width);
    for (int i = 0; i < count; ++i)
      column +=
          taps[static_cast<std::size_t>(i)] * in.row(reflect101(y + i - count / 2, in.height))[at];
    sum += taps[static_cast<std::size_t>(k)] * column;
  }
  return sum;
}

}  // namespace

PlaneView<const float> reduce(const Signal& signal, const Shape& shape, const Reduction& reduction,
                              Scratch& scratch) {
  const auto out = scratch.take_plane<float>(shape.reduced_width, shape.reduced_height);
  HWY_DYNAMIC_DISPATCH(thin_out)(signal, shape, reduction, scratch, out);
  subtract_local_mean(out, reduction.local_mean, scratch);
  return out;
}

PlaneView<const float> reduce_ref(const Signal& signal, const Shape& shape,
                                  const Reduction& reduction, Scratch& scratch) {
  const PlaneView<float> scaled = with_sample_type(signal.plane.bits, [&]<typename T>() {
    return scaled_plane<T>(signal, shape, reduction.scaler, scratch);
  });
  const auto thin = scratch.take_plane<float>(shape.reduced_width, shape.reduced_height),
             out = scratch.take_plane<float>(shape.reduced_width, shape.reduced_height);
  for (int i = 0; i < thin.height; ++i)
    for (int j = 0; j < thin.width; ++j)
      thin.row(i)[j] = blurred_at(scaled, reduction.antialias, kStep * j, kStep * i);
  for (int i = 0; i < out.height; ++i)
    for (int j = 0; j < out.width; ++j)
      out.row(i)[j] = thin.row(i)[j] - blurred_at(thin, reduction.local_mean, j, i);
  return out;
}

}  // namespace visq::speed
#endif
