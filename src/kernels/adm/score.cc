#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "kernels/adm/adm.h"

namespace visq::adm {
namespace {

using std::int16_t, std::int32_t, std::int64_t, std::uint32_t;

constexpr int kOrientations = 3;
constexpr std::size_t kRing = 4;  // rows kept: three in use and the next one

int ceil_log2(int value) { return value <= 1 ? 0 : std::bit_width(static_cast<unsigned>(value - 1)); }

int64_t half_of(int shift) { return shift > 0 ? int64_t{1} << (shift - 1) : 0; }

// 32-bit arithmetic that wraps, as the reference's does where its numbers overflow.
int32_t wrap(int64_t value) { return static_cast<int32_t>(static_cast<uint32_t>(value)); }

// Which part of the bands counts: a tenth is left out on each side.
struct Region {
  int left, top, right, bottom;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

Region region_of(int width, int height) {
  const int left = static_cast<int>(width * 0.1 - 0.5), top = static_cast<int>(height * 0.1 - 0.5);
  return {left, top, width - left, height - top};
}

// The rounding of one scale's sums.
struct Scaling {
  std::array<int, kOrientations> masked_shift, column_shift, threshold_shift, final_shift;
  int row_shift;
};

Scaling scaling_of(int scale, int width, int height) {
  const int rows = ceil_log2(height), columns = ceil_log2(width);
  if (scale == 0) {
    const int straight = std::max(0, columns - 4), diagonal = std::max(0, columns - 3);
    return {{29, 29, 30}, {straight, straight, diagonal}, {10, 10, 12}, {52 - straight - rows, 52 - straight - rows, 57 - diagonal - rows}, rows};
  }
  constexpr std::array<int, 3> kFinal{45, 39, 36};
  const int last = kFinal[static_cast<std::size_t>(scale - 1)] - columns - rows;
  return {{30, 30, 30}, {columns, columns, columns}, {0, 0, 0}, {last, last, last}, rows};
}

// The share of a reference coefficient that is found in the distorted one, 0 to 2^15.
int32_t restored_share(int32_t reference, int32_t distorted, int scale) {
  if (reference == 0) return 32768;
  const int32_t magnitude = std::abs(reference);
  int shift = 0;
  int64_t mantissa = magnitude;
  if (scale > 0 && magnitude >= 32768) {
    shift = std::bit_width(static_cast<unsigned>(magnitude)) - 15;
    mantissa = (int64_t{magnitude} + (int64_t{1} << (shift - 1))) >> shift;
  }
  const int64_t reciprocal = (int64_t{1} << 30) / mantissa * (reference < 0 ? -1 : 1);
  const int64_t share = (reciprocal * distorted + (int64_t{1} << (14 + shift))) >> (15 + shift);
  return static_cast<int32_t>(std::clamp<int64_t>(share, 0, 32768));
}

// Whether both horizontal-vertical detail vectors point the same way to within one degree: then a
// larger distorted coefficient is enhancement, not error.
bool is_aligned(int32_t oh, int32_t ov, int32_t th, int32_t tv) {
  static const auto kCosine = static_cast<float>(std::pow(std::cos(3.14159265358979323846 / 180.0), 2));
  const auto scaled = [](int64_t value) { return static_cast<double>(static_cast<float>(value)) / 4096.0; };
  const double product = scaled(int64_t{oh} * th + int64_t{ov} * tv);
  const double reference = scaled(int64_t{oh} * oh + int64_t{ov} * ov), distorted = scaled(int64_t{th} * th + int64_t{tv} * tv);
  return product >= 0 && product * product >= static_cast<double>(kCosine) * reference * distorted;
}

int32_t restored_detail(int32_t reference, int32_t distorted, bool aligned, const ScaleRule& rule) {
  const int64_t share = restored_share(reference, distorted, rule.scale);
  const auto restored = static_cast<int32_t>((share * reference + 16384) >> 15);
  if (!aligned || share == 0) return restored;
  if (reference > 0) return static_cast<int32_t>(std::min(restored * rule.gain_limit, static_cast<double>(distorted)));
  if (reference < 0) return static_cast<int32_t>(std::max(restored * rule.gain_limit, static_cast<double>(distorted)));
  return restored;
}

// Contrast sensitivity of a coefficient, and the parts of it that mask neighbours and itself.
struct Masking {
  int32_t neighbour, centre;
};

Masking masking_of(int32_t value, std::size_t orientation, const ScaleRule& rule) {
  const auto factor = static_cast<int64_t>(rule.fixed[orientation]);
  if (rule.scale == 0) {
    constexpr std::array<int64_t, 3> kOffset{16384, 16384, 65535};
    constexpr std::array<int, 3> kShift{15, 15, 17};
    const auto c = static_cast<int16_t>((factor * value + kOffset[orientation]) >> kShift[orientation]);
    const int32_t magnitude = std::abs(int32_t{c});
    return {static_cast<int16_t>((4369 * magnitude + 2048) >> 12), static_cast<int16_t>((8738 * magnitude + 2048) >> 12)};
  }
  const int64_t magnitude = std::abs(int64_t{wrap((factor * value + (1 << 27)) >> 28)});
  constexpr int64_t kOffset = -(int64_t{1} << 31);  // a sign slip of the reference that scores depend on
  return {wrap((143165577 * magnitude + kOffset) >> 32), wrap((286331153 * magnitude + kOffset) >> 32)};
}

int32_t weighted(int32_t value, std::size_t orientation, const ScaleRule& rule) {
  const auto factor = static_cast<int64_t>(rule.fixed[orientation]);
  return wrap(rule.scale == 0 ? factor * value : (factor * value + (1 << 27)) >> 28);
}

// Rows around the one being scored: the detail of each orientation, and how much it masks.
struct Row {
  std::array<int32_t*, kOrientations> detail;
  int32_t* neighbour;  // sum over orientations
  int32_t* extra;      // what the centre masks beyond a neighbour
};

// The rows of one kind of detail (restored or additive) in a ring, by row number.
class Ring {
 public:
  Ring(Scratch& scratch, int width) {
    for (Row& row : rows_) {
      for (auto& detail : row.detail) detail = scratch.take<int32_t>(static_cast<std::size_t>(width));
      row.neighbour = scratch.take<int32_t>(static_cast<std::size_t>(width));
      row.extra = scratch.take<int32_t>(static_cast<std::size_t>(width));
    }
  }
  Row& at(int y) { return rows_[static_cast<std::size_t>(y) % kRing]; }

 private:
  std::array<Row, kRing> rows_;
};

int mirrored(int i, int size) { return i < 0 ? std::min(1, size - 1) : i >= size ? size - 1 : i; }

// Sums the detail that is above what its surroundings in the other kind of detail mask.
class MaskedSum {
 public:
  MaskedSum(const ScaleRule& rule, const Scaling& scaling, const Region& region, int width, int height)
      : rule_(rule), scaling_(scaling), region_(region), width_(width), height_(height) {}

  void add_row(int y, Ring& detail, Ring& masking) {
    const Row& above = masking.at(mirrored(y - 1, height_));
    const Row& here = masking.at(y);
    const Row& below = masking.at(mirrored(y + 1, height_));
    const auto column = [&](int x) { return int64_t{above.neighbour[x]} + here.neighbour[x] + below.neighbour[x]; };
    std::array<int64_t, kOrientations> sums{};
    for (int x = region_.left; x < region_.right; ++x) {
      const int32_t threshold = wrap(column(mirrored(x - 1, width_)) + column(x) + column(mirrored(x + 1, width_)) + here.extra[x]);
      for (std::size_t o = 0; o < kOrientations; ++o) sums[o] += masked(detail.at(y).detail[o][x], threshold, o);
    }
    for (std::size_t o = 0; o < kOrientations; ++o) totals_[o] += (sums[o] + half_of(scaling_.row_shift)) >> scaling_.row_shift;
  }

  float score(double noise_weight) const {
    float score = 0;
    const auto noise = std::pow(static_cast<float>(region_.height() * region_.width() * noise_weight), 1.0f / 3.0f);
    for (std::size_t o = 0; o < kOrientations; ++o) {
      const auto total = static_cast<float>(std::ldexp(static_cast<double>(totals_[o]), -scaling_.final_shift[o]));
      score += std::pow(total, 1.0f / 3.0f) + noise;
    }
    return score;
  }

 private:
  int64_t masked(int32_t detail, int32_t threshold, std::size_t o) const {
    const int64_t magnitude = std::abs(int64_t{weighted(detail, o, rule_)});
    const int32_t above = std::max(0, wrap(magnitude - wrap(int64_t{threshold} << scaling_.threshold_shift[o])));
    const int shift = scaling_.masked_shift[o], columns = scaling_.column_shift[o];
    const auto square = wrap((int64_t{above} * above + half_of(shift)) >> shift);
    return (int64_t{square} * above + half_of(columns)) >> columns;
  }

  const ScaleRule& rule_;
  Scaling scaling_;
  Region region_;
  int width_, height_;
  std::array<int64_t, kOrientations> totals_{};
};

struct Columns {
  int first, last;  // last is one past the end
};

void fill_masking(Row& row, const Columns& columns, const ScaleRule& rule) {
  for (int x = columns.first; x < columns.last; ++x) {
    int64_t neighbour = 0, centre = 0;
    for (std::size_t o = 0; o < kOrientations; ++o) {
      const Masking m = masking_of(row.detail[o][x], o, rule);
      neighbour += m.neighbour;
      centre += m.centre;
    }
    row.neighbour[x] = wrap(neighbour);
    row.extra[x] = wrap(centre - neighbour);
  }
}

using DetailRows = std::array<const int32_t*, kOrientations>;

DetailRows detail_rows(const Bands& bands, int y) { return {bands.horizontal.row(y), bands.vertical.row(y), bands.diagonal.row(y)}; }

// Splits a row of the distorted detail t into what is restored of the reference's, o, and the rest.
void decouple(const DetailRows& o, const DetailRows& t, const Columns& columns, const ScaleRule& rule, Row& restored, Row& additive) {
  for (int x = columns.first; x < columns.last; ++x) {
    const bool aligned = is_aligned(o[0][x], o[1][x], t[0][x], t[1][x]);
    for (std::size_t i = 0; i < kOrientations; ++i) {
      restored.detail[i][x] = restored_detail(o[i][x], t[i][x], aligned, rule);
      additive.detail[i][x] = wrap(int64_t{t[i][x]} - restored.detail[i][x]);
    }
  }
}

// The cube of the reference's detail, summed over the region.
class ReferenceSum {
 public:
  ReferenceSum(int scale, const Region& region) : scale_(scale), region_(region) {
    const int rows = ceil_log2(region.height());
    if (scale == 0) total_shift_ = std::max(0, ceil_log2(region.height() * region.width()) - 20);
    else total_shift_ = rows;
    column_shift_ = scale == 0 ? 0 : ceil_log2(region.width());
  }

  float score(const Bands& bands, const ScaleRule& rule) const {
    const std::array<PlaneView<int32_t>, kOrientations> planes{bands.horizontal, bands.vertical, bands.diagonal};
    const auto noise = std::pow(static_cast<float>(region_.height() * region_.width() * rule.noise_weight), 1.0f / 3.0f);
    float score = 0;
    for (std::size_t o = 0; o < kOrientations; ++o) {
      int64_t total = 0;
      for (int y = region_.top; y < region_.bottom; ++y) total += (row_sum(planes[o].row(y)) + half_of(total_shift_)) >> total_shift_;
      const double energy = std::ldexp(static_cast<double>(total), -final_shift()) * std::pow(static_cast<double>(rule.contrast[o]), 3.0);
      score += std::pow(static_cast<float>(energy), 1.0f / 3.0f) + noise;
    }
    return score;
  }

 private:
  int final_shift() const {
    constexpr std::array<int, 4> kFinal{18, 32, 27, 23};
    return kFinal[static_cast<std::size_t>(scale_)] - total_shift_ - column_shift_;
  }

  int64_t row_sum(const int32_t* row) const {
    constexpr std::array<int, 4> kSquare{0, 31, 30, 31};
    const int shift = kSquare[static_cast<std::size_t>(scale_)];
    int64_t sum = 0;
    for (int x = region_.left; x < region_.right; ++x) {
      const int64_t value = std::abs(int64_t{row[x]});
      if (scale_ == 0) sum += value * value * value;
      else sum += (((value * value + (int64_t{1} << shift)) >> shift) * value + half_of(column_shift_)) >> column_shift_;
    }
    return sum;
  }

  int scale_;
  Region region_;
  int total_shift_, column_shift_;
};

}  // namespace

ScaleScore score_scale(const Bands& reference, const Bands& distorted, const ScaleRule& rule, Scratch& scratch) {
  const int width = reference.width(), height = reference.height();
  const Region region = region_of(width, height);
  const Columns columns{std::max(region.left - 1, 0), std::min(region.right + 1, width)};
  const Scaling scaling = scaling_of(rule.scale, width, height);
  Ring restored(scratch, width), additive(scratch, width);
  MaskedSum restored_sum(rule, scaling, region, width, height), additive_sum(rule, scaling, region, width, height);
  int next = std::max(region.top - 1, 0);
  for (int y = region.top; y < region.bottom; ++y) {
    for (; next <= std::min(std::max(y + 1, 1), height - 1); ++next) {
      decouple(detail_rows(reference, next), detail_rows(distorted, next), columns, rule, restored.at(next), additive.at(next));
      fill_masking(restored.at(next), columns, rule);
      fill_masking(additive.at(next), columns, rule);
    }
    restored_sum.add_row(y, restored, additive);
    if (rule.additive) additive_sum.add_row(y, additive, restored);
  }
  return {restored_sum.score(rule.noise_weight), ReferenceSum(rule.scale, region).score(reference, rule),
          rule.additive ? additive_sum.score(0) : 0.0f};
}

}  // namespace visq::adm
