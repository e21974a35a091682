// Of the blurred plane only every 16th sample of every 16th row is kept, so only those are
// computed: rows are blurred vertically as a whole, then the few columns horizontally.
#include <algorithm>
#include <type_traits>

#include "base/reflect.h"
#include "kernels/speed/scale.h"
#include "kernels/speed/speed.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/speed/reduce.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::speed {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// One row of a signal; all its values are exact in single precision.
template <typename T>
struct SignalRow {
  const T* plane;
  const T* minus;  // or null
  float unit;      // of a code value
};

template <typename T>
float value_at(const SignalRow<T>& row, int x) {
  const auto value = static_cast<float>(row.plane[x]) * row.unit;
  return row.minus == nullptr ? value - 128 : value - static_cast<float>(row.minus[x]) * row.unit;
}

#if HWY_TARGET == HWY_SCALAR

template <typename T>
void convert_row(const SignalRow<T>& row, int width, float* out) {
  for (int x = 0; x < width; ++x) out[x] = value_at(row, x);
}
void add_row(const float* row, float tap, int width, float* sum) {
  for (int x = 0; x < width; ++x) sum[x] += tap * row[x];
}

#else

using DF = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<DF>;

template <typename T>
HWY_INLINE hn::Vec<DF> load(const T* p) {
  return hn::ConvertTo(DF(), hn::PromoteTo(DI(), hn::LoadU(hn::Rebind<T, DF>(), p)));
}

template <typename T>
void convert_row(const SignalRow<T>& row, int width, float* out) {
  const DF d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto unit = hn::Set(d, row.unit), middle = hn::Set(d, 128.0f);
  int x = 0;
  if (row.minus == nullptr)
    for (; x + lanes <= width; x += lanes)
      hn::StoreU(hn::Sub(hn::Mul(load(row.plane + x), unit), middle), d, out + x);
  else
    for (; x + lanes <= width; x += lanes)
      hn::StoreU(hn::Sub(hn::Mul(load(row.plane + x), unit), hn::Mul(load(row.minus + x), unit)), d,
                 out + x);
  for (; x < width; ++x) out[x] = value_at(row, x);
}

void add_row(const float* row, float tap, int width, float* sum) {
  const DF d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto factor = hn::Set(d, tap);
  int x = 0;
  for (; x + lanes <= width; x += lanes)
    hn::StoreU(hn::Add(hn::LoadU(d, sum + x), hn::Mul(factor, hn::LoadU(d, row + x))), d, sum + x);
  for (; x < width; ++x) sum[x] += tap * row[x];
}

#endif

// Rows of a signal after scaling, one at a time.
template <typename T>
class Rows {
 public:
  Rows(const Signal<T>& signal, const Shape& shape, const Reduction& reduction, Scratch& scratch)
      : signal_(signal),
        shape_(shape),
        scaler_(reduction.scaler),
        row_(scratch.take<float>(
            static_cast<std::size_t>(std::max(shape.width, shape.scaled_width)))) {
    if (!shape.is_scaled()) return;
    columns_ = taps_of(scaler_, shape.width, shape.scaled_width);
    lines_ = taps_of(scaler_, shape.height, shape.scaled_height);
    sources_ = scratch.take_plane<float>(shape.width, lines_.front().count);
    find_needed(static_cast<int>(reduction.antialias.size()) / 2);
  }
  bool ok() const { return row_ != nullptr && (!shape_.is_scaled() || sources_.data != nullptr); }

  // Valid until the next call; where the blur does not look it is not set.
  const float* at(int y) {
    if (shape_.is_scaled())
      scale_row(lines_[static_cast<std::size_t>(y)]);
    else
      convert_row(source_row(y), shape_.width, row_);
    return row_;
  }

 private:
  SignalRow<T> source_row(int y) const {
    return {signal_.plane.row(y), signal_.minus.data == nullptr ? nullptr : signal_.minus.row(y),
            1.0f / static_cast<float>(1 << (signal_.bits - 8))};
  }
  void find_needed(int radius) {
    std::vector<bool> needed(static_cast<std::size_t>(shape_.scaled_width));
    for (int j = 0; j < shape_.reduced_width; ++j)
      for (int k = -radius; k <= radius; ++k)
        needed[static_cast<std::size_t>(reflect101(kStep * j + k, shape_.scaled_width))] = true;
    for (int x = 0; x < shape_.scaled_width; ++x)
      if (needed[static_cast<std::size_t>(x)]) needed_.push_back(x);
  }
  void scale_row(const Taps& line) {
    const float* rows[9] = {};
    for (int k = 0; k < line.count; ++k) {
      convert_row(source_row(line.at[k]), shape_.width, sources_.row(k));
      rows[k] = sources_.row(k);
    }
    for (const int x : needed_)
      row_[x] = scaled_sample(scaler_, columns_[static_cast<std::size_t>(x)], line, rows);
  }

  const Signal<T>& signal_;
  const Shape& shape_;
  Scaler scaler_;
  float* row_;
  PlaneView<float> sources_ = {};
  std::vector<Taps> columns_, lines_;
  std::vector<int> needed_;
};

void thin_row(const float* blurred, const Shape& shape, const std::vector<float>& taps,
              float* out) {
  const int radius = static_cast<int>(taps.size()) / 2;
  for (int j = 0; j < shape.reduced_width; ++j) {
    float sum = 0;
    for (int k = -radius; k <= radius; ++k)
      sum += taps[static_cast<std::size_t>(k + radius)] *
             blurred[reflect101(kStep * j + k, shape.scaled_width)];
    out[j] = sum;
  }
}

template <typename T>
Status thin_out(const Signal<T>& signal, const Shape& shape, const Reduction& reduction,
                Scratch& scratch, PlaneView<float> out) {
  Rows<T> rows(signal, shape, reduction, scratch);
  auto* const blurred = scratch.take<float>(static_cast<std::size_t>(shape.scaled_width));
  if (!rows.ok() || blurred == nullptr) return fail(ENOMEM, "SpEED: no memory for rows");
  const int taps = static_cast<int>(reduction.antialias.size());
  for (int i = 0; i < shape.reduced_height; ++i) {
    std::fill_n(blurred, shape.scaled_width, 0.0f);
    for (int k = 0; k < taps; ++k)
      add_row(rows.at(reflect101(kStep * i + k - taps / 2, shape.scaled_height)),
              reduction.antialias[static_cast<std::size_t>(k)], shape.scaled_width, blurred);
    thin_row(blurred, shape, reduction.antialias, out.row(i));
  }
  return {};
}

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& thin_out8 = thin_out<std::uint8_t>;
static constexpr auto& thin_out16 = thin_out<std::uint16_t>;

}  // namespace HWY_NAMESPACE
}  // namespace visq::speed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::speed {

HWY_EXPORT(thin_out8);
HWY_EXPORT(thin_out16);

namespace {

// The plane blurred a little: first along columns, then along rows.
Status blur(PlaneView<const float> in, const std::vector<float>& taps, Scratch& scratch,
            PlaneView<float> out) {
  auto* const column_sums = scratch.take<float>(static_cast<std::size_t>(in.width));
  if (column_sums == nullptr) return fail(ENOMEM, "SpEED: no memory for a row");
  const int count = static_cast<int>(taps.size());
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      column_sums[x] = 0;
      for (int k = 0; k < count; ++k)
        column_sums[x] +=
            taps[static_cast<std::size_t>(k)] * in.row(reflect101(y + k - count / 2, in.height))[x];
    }
    for (int x = 0; x < in.width; ++x) {
      float sum = 0;
      for (int k = 0; k < count; ++k)
        sum += taps[static_cast<std::size_t>(k)] *
               column_sums[reflect101(x + k - count / 2, in.width)];
      out.row(y)[x] = sum;
    }
  }
  return {};
}

Status subtract_local_mean(PlaneView<float> plane, const std::vector<float>& taps,
                           Scratch& scratch) {
  const auto mean = scratch.take_plane<float>(plane.width, plane.height);
  if (mean.data == nullptr) return fail(ENOMEM, "SpEED: no memory for local means");
  VISQ_TRY(blur(plane, taps, scratch, mean));
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) plane.row(y)[x] -= mean.row(y)[x];
  return {};
}

template <typename T>
Result<PlaneView<const float>> reduced(const Signal<T>& signal, const Shape& shape,
                                       const Reduction& reduction, Scratch& scratch) {
  const auto out = scratch.take_plane<float>(shape.reduced_width, shape.reduced_height);
  if (out.data == nullptr) return fail(ENOMEM, "SpEED: no memory for the reduced plane");
  if constexpr (std::is_same_v<T, std::uint8_t>)
    VISQ_TRY(HWY_DYNAMIC_DISPATCH(thin_out8)(signal, shape, reduction, scratch, out));
  else
    VISQ_TRY(HWY_DYNAMIC_DISPATCH(thin_out16)(signal, shape, reduction, scratch, out));
  VISQ_TRY(subtract_local_mean(out, reduction.local_mean, scratch));
  return PlaneView<const float>(out);
}

// All of the scaled plane.
template <typename T>
PlaneView<float> scaled_plane(const Signal<T>& signal, const Shape& shape, Scaler scaler,
                              Scratch& scratch) {
  const auto whole = scratch.take_plane<float>(shape.width, shape.height),
             scaled = scratch.take_plane<float>(shape.scaled_width, shape.scaled_height);
  const auto scale = static_cast<float>(1 << (signal.bits - 8));
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const float value = static_cast<float>(signal.plane.row(y)[x]) / scale - 128;
      whole.row(y)[x] = signal.minus.data == nullptr
                            ? value
                            : value - (static_cast<float>(signal.minus.row(y)[x]) / scale - 128);
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

template <typename T>
Result<PlaneView<const float>> reduced_plainly(const Signal<T>& signal, const Shape& shape,
                                               const Reduction& reduction, Scratch& scratch) {
  const PlaneView<float> scaled = scaled_plane(signal, shape, reduction.scaler, scratch);
  const auto blurred = scratch.take_plane<float>(scaled.width, scaled.height),
             out = scratch.take_plane<float>(shape.reduced_width, shape.reduced_height);
  VISQ_TRY(blur(scaled, reduction.antialias, scratch, blurred));
  for (int i = 0; i < out.height; ++i)
    for (int j = 0; j < out.width; ++j) out.row(i)[j] = blurred.row(kStep * i)[kStep * j];
  VISQ_TRY(subtract_local_mean(out, reduction.local_mean, scratch));
  return PlaneView<const float>(out);
}

}  // namespace

Result<PlaneView<const float>> reduce(const Signal<std::uint8_t>& signal, const Shape& shape,
                                      const Reduction& reduction, Scratch& scratch) {
  return reduced(signal, shape, reduction, scratch);
}
Result<PlaneView<const float>> reduce(const Signal<std::uint16_t>& signal, const Shape& shape,
                                      const Reduction& reduction, Scratch& scratch) {
  return reduced(signal, shape, reduction, scratch);
}
Result<PlaneView<const float>> reduce_ref(const Signal<std::uint8_t>& signal, const Shape& shape,
                                          const Reduction& reduction, Scratch& scratch) {
  return reduced_plainly(signal, shape, reduction, scratch);
}
Result<PlaneView<const float>> reduce_ref(const Signal<std::uint16_t>& signal, const Shape& shape,
                                          const Reduction& reduction, Scratch& scratch) {
  return reduced_plainly(signal, shape, reduction, scratch);
}

}  // namespace visq::speed
#endif
