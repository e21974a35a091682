#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "kernels/adm/adm.h"
#include "kernels/adm/scale.h"

namespace visq::adm {
namespace {

using std::int16_t, std::int32_t, std::int64_t, std::uint32_t;

constexpr std::size_t kRing = 4;  // rows kept: three in use and the next one

// 32-bit arithmetic that wraps, as the reference's does where its numbers overflow.
int32_t wrap(int64_t value) { return static_cast<int32_t>(static_cast<uint32_t>(value)); }

// The share of a reference coefficient that is found in the distorted one, 0 to 2^15.
int32_t share_of(int32_t reference, int32_t distorted, int scale) {
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

int32_t restored_of(int32_t reference, int64_t share) {
  return static_cast<int32_t>((share * reference + 16384) >> 15);
}

// What a coefficient may be credited with.
struct Credit {
  bool aligned;
  double gain;
  int scale;
};

int32_t restored_detail(int32_t reference, int32_t distorted, const Credit& credit) {
  const int64_t share = share_of(reference, distorted, credit.scale);
  const int32_t restored = restored_of(reference, share);
  if (!credit.aligned || share == 0) return restored;
  if (reference > 0)
    return static_cast<int32_t>(std::min(restored * credit.gain, static_cast<double>(distorted)));
  if (reference < 0)
    return static_cast<int32_t>(std::max(restored * credit.gain, static_cast<double>(distorted)));
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
    const auto c =
        static_cast<int16_t>((factor * value + kOffset[orientation]) >> kShift[orientation]);
    const int32_t magnitude = std::abs(int32_t{c});
    return {static_cast<int16_t>((4369 * magnitude + 2048) >> 12),
            static_cast<int16_t>((8738 * magnitude + 2048) >> 12)};
  }
  const int64_t magnitude = std::abs(int64_t{wrap((factor * value + (1 << 27)) >> 28)});
  constexpr int64_t kOffset =
      -(int64_t{1} << 31);  // a sign slip of the reference that scores depend on
  return {wrap((143165577 * magnitude + kOffset) >> 32),
          wrap((286331153 * magnitude + kOffset) >> 32)};
}

int32_t weighted(int32_t value, std::size_t orientation, const ScaleRule& rule) {
  const auto factor = static_cast<int64_t>(rule.fixed[orientation]);
  return wrap(rule.scale == 0 ? factor * value : (factor * value + (1 << 27)) >> 28);
}

// Rows around the one being scored: the detail of each orientation, and how much it masks.
using Values = std::vector<int32_t>;
struct Row {
  std::array<Values, kOrientations> detail;
  Values neighbour;  // sum over orientations
  Values extra;      // what the centre masks beyond a neighbour
  explicit Row(std::size_t width)
      : detail{Values(width), Values(width), Values(width)}, neighbour(width), extra(width) {}
};

// The rows of one kind of detail (restored or additive) in a ring, by row number.
class Ring {
 public:
  explicit Ring(int width) : rows_(kRing, Row(static_cast<std::size_t>(width))) {}
  Row& at(int y) { return rows_[static_cast<std::size_t>(y) % kRing]; }

 private:
  std::vector<Row> rows_;
};

struct Frame {
  int width, height;
  Region region;
  Scaling scaling;
  // Columns that the region and its neighbours need; `last` is one past the end.
  std::size_t first, last;
  Frame(int scale, int w, int h)
      : width(w),
        height(h),
        region(region_of(w, h)),
        scaling(scaling_of(scale, w, h)),
        first(static_cast<std::size_t>(std::max(region.left - 1, 0))),
        last(static_cast<std::size_t>(std::min(region.right + 1, w))) {}
};

// Sums the detail that is above what its surroundings in the other kind of detail mask.
class MaskedSum {
 public:
  MaskedSum(const ScaleRule& rule, const Frame& frame) : rule_(rule), frame_(frame) {}

  void add_row(int y, Ring& detail, Ring& masking) {
    const Row& above = masking.at(neighbour(y - 1, frame_.height));
    const Row& here = masking.at(y);
    const Row& below = masking.at(neighbour(y + 1, frame_.height));
    const auto column = [&](int i) {
      const auto x = static_cast<std::size_t>(neighbour(i, frame_.width));
      return int64_t{above.neighbour[x]} + here.neighbour[x] + below.neighbour[x];
    };
    std::array<int64_t, kOrientations> sums{};
    for (int i = frame_.region.left; i < frame_.region.right; ++i) {
      const auto x = static_cast<std::size_t>(i);
      const int32_t threshold = wrap(column(i - 1) + column(i) + column(i + 1) + here.extra[x]);
      for (std::size_t o = 0; o < kOrientations; ++o)
        sums[o] += masked(detail.at(y).detail[o][x], threshold, o);
    }
    const int shift = frame_.scaling.row;
    for (std::size_t o = 0; o < kOrientations; ++o)
      totals_[o] += (sums[o] + half_of(shift)) >> shift;
  }

  const std::array<int64_t, kOrientations>& totals() const { return totals_; }

 private:
  int64_t masked(int32_t detail, int32_t threshold, std::size_t o) const {
    const int64_t magnitude = std::abs(int64_t{weighted(detail, o, rule_)});
    const int32_t above =
        std::max(0, wrap(magnitude - wrap(int64_t{threshold} << frame_.scaling.threshold[o])));
    const int shift = frame_.scaling.square[o], columns = frame_.scaling.column[o];
    const auto square = wrap((int64_t{above} * above + half_of(shift)) >> shift);
    return (int64_t{square} * above + half_of(columns)) >> columns;
  }

  const ScaleRule& rule_;
  const Frame& frame_;
  std::array<int64_t, kOrientations> totals_{};
};

void fill_masking(Row& row, const Frame& frame, const ScaleRule& rule) {
  for (std::size_t x = frame.first; x < frame.last; ++x) {
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

DetailRows detail_rows(const Bands& bands, int y) {
  return {bands.horizontal.row(y), bands.vertical.row(y), bands.diagonal.row(y)};
}

// Splits a row of the distorted detail t into what is restored of the reference's, o, and the rest.
struct DetailPair {
  DetailRows o, t;
  int scale;
  double gain;
};
void decouple(const DetailPair& pair, const Frame& frame, Row& restored, Row& additive) {
  const auto& [o, t, scale, gain] = pair;
  for (std::size_t x = frame.first; x < frame.last; ++x) {
    const bool aligned = is_aligned({o[0][x], o[1][x], t[0][x], t[1][x]});
    for (std::size_t i = 0; i < kOrientations; ++i) {
      restored.detail[i][x] = restored_detail(o[i][x], t[i][x], {aligned, gain, scale});
      additive.detail[i][x] = wrap(int64_t{t[i][x]} - restored.detail[i][x]);
    }
  }
}

// The cube of the reference's detail, summed over the region.
std::array<int64_t, kOrientations> reference_totals(const Bands& bands, int scale,
                                                    const Region& region) {
  const ReferenceScaling scaling = reference_scaling_of(scale, region);
  std::array<int64_t, kOrientations> totals{}, row{};
  for (int y = region.top; y < region.bottom; ++y) {
    row.fill(0);
    for (std::size_t o = 0; o < kOrientations; ++o) {
      for (int x = region.left; x < region.right; ++x) {
        const int64_t value = std::abs(int64_t{detail_rows(bands, y)[o][x]});
        const int64_t square = (value * value + unit_of(scaling.square)) >> scaling.square;
        row[o] += (square * value + half_of(scaling.column)) >> scaling.column;
      }
      totals[o] += (row[o] + half_of(scaling.row)) >> scaling.row;
    }
  }
  return totals;
}

}  // namespace

std::int32_t restored_ref(std::int32_t reference, std::int32_t distorted, int scale) {
  return restored_of(reference, share_of(reference, distorted, scale));
}

ScaleSums scale_sums_ref(const Bands& reference, const Bands& distorted, const ScaleRule& rule,
                         double gain) {
  const Frame frame(rule.scale, reference.width(), reference.height());
  Ring restored(frame.width), additive(frame.width);
  MaskedSum restored_sum(rule, frame), additive_sum(rule, frame);
  int next = std::max(frame.region.top - 1, 0);
  for (int y = frame.region.top; y < frame.region.bottom; ++y) {
    for (; next <= std::min(std::max(y + 1, 1), frame.height - 1); ++next) {
      decouple({detail_rows(reference, next), detail_rows(distorted, next), rule.scale, gain},
               frame, restored.at(next), additive.at(next));
      fill_masking(restored.at(next), frame, rule);
      fill_masking(additive.at(next), frame, rule);
    }
    restored_sum.add_row(y, restored, additive);
    if (rule.additive) additive_sum.add_row(y, additive, restored);
  }
  return {restored_sum.totals(), additive_sum.totals(),
          reference_totals(reference, rule.scale, frame.region)};
}

Sums sums_ref(const Samples& ref, const Samples& dist, const Settings& settings, double gain) {
  Bands r = transform_ref(ref), d = transform_ref(dist);
  Sums sums;
  for (int scale = 0; scale < kScales; ++scale) {
    const auto s = static_cast<std::size_t>(scale);
    if (scale > 0) {
      r = transform_ref(std::as_const(r).approximation.view(), scale);
      d = transform_ref(std::as_const(d).approximation.view(), scale);
    }
    if (scale > 0 || !settings.skip_scale0) sums[s] = scale_sums_ref(r, d, settings.rules[s], gain);
  }
  return sums;
}

}  // namespace visq::adm
