// Sums of scale 0 of ADM, whose coefficients have 16 bits: at most 22938. Included once a target.
//
// Most of what scales 1 to 3 do in 32 and 64 bits fits 16 here. What is restored of a reference
// coefficient below kLarge is the distorted one, cut to the reference: the share of 15 bits, times
// the coefficient, rounds to just that (tested of all pairs). Detail is the scalar product of
// samples and orthogonal filters, so that the three coefficients of a place together have at most
// the length 2^15, and the sum of what they mask fits 16 bits, unsigned; where the sum over
// neighbours does not, thresholds are made of 32 bits.
#if defined(VISQ_KERNELS_ADM_FINE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_ADM_FINE_INL_H_
#undef VISQ_KERNELS_ADM_FINE_INL_H_
#else
#define VISQ_KERNELS_ADM_FINE_INL_H_
#endif

#include "kernels/adm/scorer-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

using VU16 = hn::Vec<DU16>;

inline constexpr std::int16_t kLarge = 16384;

HWY_INLINE V16 set16(int value) { return hn::Set(D16(), static_cast<std::int16_t>(value)); }
HWY_INLINE VU16 as_unsigned(V16 v) { return hn::BitCast(DU16(), v); }

// Of 16 bits without a sign.
HWY_INLINE TwoSums widened(VU16 v) {
  const DU16 d;
  const VU16 zero = hn::Zero(d);
  return {hn::BitCast(D32(), hn::InterleaveLower(d, v, zero)),
          hn::BitCast(D32(), hn::InterleaveUpper(d, v, zero))};
}
HWY_INLINE TwoSums widened(V16 v) {
  const D16 d;
  const auto widen = [](V16 twice)
                         HWY_ATTR { return hn::ShiftRight<16>(hn::BitCast(D32(), twice)); };
  return {widen(hn::InterleaveLower(d, v, v)), widen(hn::InterleaveUpper(d, v, v))};
}
HWY_INLINE TwoSums sum_of(const TwoSums& a, const TwoSums& b) {
  return {hn::Add(a.lower, b.lower), hn::Add(a.upper, b.upper)};
}

// ---- what is restored ----

// Lanes whose vectors of horizontal and vertical detail are aligned.
HWY_INLINE V16 aligned(V16 oh, V16 ov, V16 th, V16 tv) {
  const D16 d;
  const auto half = [](V16 o, V16 t, const auto& vectors) HWY_ATTR {
    const auto dot = [](V16 a, V16 b) HWY_ATTR {
      return hn::ConvertTo(DF32(), add_pair_products(a, b, hn::Zero(D32())));
    };
    return aligned_by<21>(dot(o, t), dot(o, o), dot(t, t), vectors);
  };
  const V32 lower = half(hn::InterleaveLower(d, oh, ov), hn::InterleaveLower(d, th, tv),
                         [&]() HWY_ATTR {
                           return PairOfVectors{widened(oh).lower, widened(ov).lower,
                                                widened(th).lower, widened(tv).lower};
                         }),
            upper = half(hn::InterleaveUpper(d, oh, ov), hn::InterleaveUpper(d, th, tv),
                         [&]() HWY_ATTR {
                           return PairOfVectors{widened(oh).upper, widened(ov).upper,
                                                widened(th).upper, widened(tv).upper};
                         });
  return hn::ReorderDemote2To(d, lower, upper);
}

// The distorted coefficient, cut to what lies between 0 and a limit.
HWY_INLINE V16 cut(V16 t, V16 limit) {
  const V16 zero = hn::Zero(D16());
  return hn::Min(hn::Max(t, hn::Min(limit, zero)), hn::Max(limit, zero));
}

// A reference coefficient times the gain limit, towards 0, but no more than 16 bits hold, which is
// above any distorted one.
HWY_INLINE V16 enhanced(V16 o, const GainLimit& gain) {
  const D16 d;
  if (gain.whole == 0) {
    const auto product = [&](V32 v) HWY_ATTR {
      const V32 sign = signs(v);
      const V32 size = product_truncated(hn::Abs(v), hn::Set(D32(), 32767), gain.value);
      return hn::Sub(hn::Xor(size, sign), sign);
    };
    const TwoSums v = widened(o);
    return hn::ReorderDemote2To(d, product(v.lower), product(v.upper));
  }
  const int most = 32767 / gain.whole;
  return hn::Mul(hn::Min(hn::Max(o, set16(-most)), set16(most)), set16(gain.whole));
}

// Lanes of large reference coefficients, which are few, one by one.
inline V16 correct_large(V16 r, V16 o, V16 t, const GainLimit& gain, const std::int16_t* same) {
  const D16 d;
  if (hn::AllFalse(d, hn::Ge(hn::Abs(o), hn::Set(d, kLarge)))) return r;
  HWY_ALIGN std::int16_t lanes[3][hn::MaxLanes(D16())];
  hn::Store(r, d, lanes[0]);
  hn::Store(o, d, lanes[1]);
  hn::Store(t, d, lanes[2]);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i)
    if (std::abs(lanes[1][i]) >= kLarge)
      lanes[0][i] = restored_fine(lanes[1][i], lanes[2][i], same[i] != 0, gain.value);
  return hn::Load(d, lanes[0]);
}

// ---- how much it masks ----

// The eye's sensitivity. A factor of 16 bits without a sign is taken as 2^15 and the rest, or as
// 2^16 and the rest.
struct Sensitivity {
  V16 horizontal, vertical, diagonal, diagonal_whole;
  explicit Sensitivity(const std::array<std::uint32_t, kOrientations>& fixed)
      : horizontal(set16(static_cast<int>(fixed[0]) - 32768)),
        vertical(set16(static_cast<int>(fixed[1]) - 32768)),
        diagonal(set16(static_cast<int>(fixed[2]))),
        diagonal_whole(set16(fixed[2] >= 32768 ? -1 : 0)) {}
};

// Sizes of weighted coefficients, as they mask.
struct Weights {
  V16 horizontal, vertical, diagonal;
};

HWY_INLINE Weights weights_of(V16 h, V16 v, V16 d, const Sensitivity& s) {
  const auto straight = [](V16 value, V16 factor) HWY_ATTR {
    return hn::Abs(hn::Add(hn::MulFixedPoint15(value, factor), value));
  };
  const V16 zero = hn::Zero(D16()), minus = hn::Sub(zero, d);
  const V16 floor = hn::Add(hn::MulHigh(minus, s.diagonal), hn::And(minus, s.diagonal_whole));
  return {straight(h, s.horizontal), straight(v, s.vertical),
          hn::Abs(hn::ShiftRight<1>(hn::Sub(zero, floor)))};
}

// Products with 4369 / 4096 and 8738 / 4096, rounded, less the weight and twice the weight.
HWY_INLINE V16 neighbour_rest(V16 weight) { return hn::MulFixedPoint15(weight, set16(8 * 273)); }
HWY_INLINE V16 centre_rest(V16 weight) { return hn::MulFixedPoint15(weight, set16(8 * 546)); }

// The largest weight whose part in its own place's threshold has no sign slip.
inline constexpr std::int16_t kMostWeight = 15359;

// What a place masks around it, and how much more at its own place; the largest number where that
// has a sign slip.
struct FineMasks {
  VU16 neighbour, extra;
};
HWY_INLINE FineMasks masks_of(const Weights& w) {
  const V16 sum = hn::Add(hn::Add(w.horizontal, w.vertical), w.diagonal);
  const V16 nh = neighbour_rest(w.horizontal), nv = neighbour_rest(w.vertical),
            nd = neighbour_rest(w.diagonal);
  const V16 rest = hn::Add(hn::Add(nh, nv), nd);
  const V16 centre =
      hn::Add(hn::Add(centre_rest(w.horizontal), centre_rest(w.vertical)), centre_rest(w.diagonal));
  const V16 extra = hn::Add(sum, hn::Sub(centre, rest));
  const V16 largest = hn::Max(hn::Max(w.horizontal, w.vertical), w.diagonal);
  return {as_unsigned(hn::Add(sum, rest)),
          as_unsigned(hn::IfThenElse(hn::Gt(largest, set16(kMostWeight)), set16(-1), extra))};
}

// Row of restored or of added detail.
struct FineVisibleRow {
  FineRow detail;            // with its sign
  std::uint16_t* neighbour;  // what masks around it, sum over orientations
  std::uint16_t* around;     // the same, sum of three neighbours, 65535 where it is more
  std::uint16_t* extra;      // what masks more at its own place; 65535: made anew
  FineVisibleRow() = default;
  FineVisibleRow(RowMemory& memory, int width) {
    for (std::int16_t*& row : detail) row = memory.take<std::int16_t>(width);
    neighbour = memory.take<std::uint16_t>(width);
    around = memory.take<std::uint16_t>(width);
    extra = memory.take<std::uint16_t>(width);
  }
};

class FineScorer : RowScorer {
 public:
  using Detail = FineRow;

  FineScorer(const Settings& settings, const LevelPlan& plan, std::size_t pictures,
             RowMemory& memory)
      : RowScorer(settings.rules[0], plan),
        columns_{whole_vectors(plan.scored_columns().first), plan.scored_columns().last},
        gains_(settings.gains.size()),
        aligned_(memory.take<std::int16_t>(plan.width)) {
    for (std::size_t g = 0; g < gains_; ++g) {
      gain_[g] = GainLimit(settings.gains[g]);
      enhances_ = enhances_ || settings.gains[g] > 1;
    }
    for (Picture& picture : std::span(pictures_).first(pictures * gains_)) {
      for (FineVisibleRow& row : picture.restored) row = FineVisibleRow(memory, plan.width);
      for (FineVisibleRow& row : picture.additive) row = FineVisibleRow(memory, plan.width);
    }
  }
  using RowScorer::wants;

  static FineRow take_detail(RowMemory& memory, int width) {
    FineRow rows;
    for (std::int16_t*& row : rows) row = memory.take<std::int16_t>(width);
    return rows;
  }

  // Every row that is wanted, in order: of the reference, then of each distorted picture.
  void push_reference(int y, const FineRow& reference) {
    large_ = has_large(reference);
    if (scores(y)) add_reference(reference);
  }
  void push(std::size_t i, int y, const FineRow& reference, const FineRow& distorted) {
    if (enhances_ || large_) align(reference, distorted);
    for (std::size_t g = 0; g < gains_; ++g) {
      Picture& picture = pictures_[i * gains_ + g];
      const Pair pair{reference, distorted, gain_[g]};
      FineVisibleRow &restored = picture.restored[slot(y)], &additive = picture.additive[slot(y)];
      large_ ? decouple<true>(pair, restored, additive) : decouple<false>(pair, restored, additive);
      add_around(restored);
      add_around(additive);
      for_complete(y, [&](int row) { score(picture, row); });
    }
  }

  // Of a distorted picture and a gain limit, as `sums` has them.
  ScaleSums sums(std::size_t i) const {
    return {pictures_[i].restored_sums, pictures_[i].additive_sums, reference_sums_};
  }

 private:
  using Ring = std::array<FineVisibleRow, 3>;
  struct Picture {  // a distorted one, under a gain limit
    Ring restored, additive;
    Totals restored_sums{}, additive_sums{};
  };
  struct Pair {
    const FineRow &reference, &distorted;
    const GainLimit& gain;
  };

  bool has_large(const FineRow& reference) const {
    const D16 d;
    V16 largest = hn::Zero(d);
    for (int x = columns_.first; x < columns_.last; x += lanes16())
      for (const std::int16_t* row : reference)
        largest = hn::Max(largest, hn::Abs(hn::Load(d, row + x)));
    return !hn::AllFalse(d, hn::Ge(largest, hn::Set(d, kLarge)));
  }

  void align(const FineRow& o, const FineRow& t) const {
    const D16 d;
    for (int x = columns_.first; x < columns_.last; x += lanes16())
      hn::Store(aligned(hn::Load(d, o[0] + x), hn::Load(d, o[1] + x), hn::Load(d, t[0] + x),
                        hn::Load(d, t[1] + x)),
                d, aligned_ + x);
  }

  template <bool kHasLarge>
  void decouple(const Pair& pair, const FineVisibleRow& restored,
                const FineVisibleRow& additive) const {
    const D16 d;
    const Sensitivity sensitivity(rule_.fixed);
    const V16 zero = hn::Zero(d);
    const bool enhances = pair.gain.whole != 1;
    for (int x = columns_.first; x < columns_.last; x += lanes16()) {
      const auto same = hn::MaskFromVec(enhances ? hn::Load(d, aligned_ + x) : zero);
      V16 r[kOrientations], a[kOrientations];
      for (std::size_t i = 0; i < kOrientations; ++i) {
        const V16 o = hn::Load(d, pair.reference[i] + x), t = hn::Load(d, pair.distorted[i] + x);
        const V16 limit = enhances ? hn::IfThenElse(same, enhanced(o, pair.gain), o) : o;
        r[i] = cut(t, limit);
        if constexpr (kHasLarge) r[i] = correct_large(r[i], o, t, pair.gain, aligned_ + x);
        a[i] = hn::Sub(t, r[i]);
        hn::Store(r[i], d, restored.detail[i] + x);
        hn::Store(a[i], d, additive.detail[i] + x);
      }
      store_masks(weights_of(r[0], r[1], r[2], sensitivity), restored, x);
      store_masks(weights_of(a[0], a[1], a[2], sensitivity), additive, x);
    }
  }

  static HWY_INLINE void store_masks(const Weights& weights, const FineVisibleRow& out, int x) {
    const FineMasks masks = masks_of(weights);
    hn::Store(masks.neighbour, DU16(), out.neighbour + x);
    hn::Store(masks.extra, DU16(), out.extra + x);
  }

  // The sum of three neighbours in a row.
  void add_around(const FineVisibleRow& row) const {
    const DU16 d;
    const int width = plan_.width;
    if (plan_.region.left == 0) row.neighbour[-1] = row.neighbour[neighbour(-1, width)];
    if (plan_.region.right == width) row.neighbour[width] = row.neighbour[width - 1];
    for (int x = columns_.first; x < columns_.last; x += lanes16()) {
      const std::uint16_t* const at = row.neighbour + x;
      hn::Store(hn::SaturatedAdd(hn::SaturatedAdd(hn::LoadU(d, at - 1), hn::LoadU(d, at + 1)),
                                 hn::Load(d, at)),
                d, row.around + x);
    }
  }

  void score(Picture& picture, int y) {
    mask(picture.restored[slot(y)], picture.additive, y, picture.restored_sums);
    if (rule_.additive) mask(picture.additive[slot(y)], picture.restored, y, picture.additive_sums);
  }

  // Thresholds of columns whose sum does not fit 16 bits or has a sign slip.
  TwoSums long_thresholds(const Ring& masking, int y, int x) const {
    const D16 d;
    const DU16 du;
    const FineRow& here = masking[slot(y)].detail;
    const Weights w = weights_of(hn::Load(d, here[0] + x), hn::Load(d, here[1] + x),
                                 hn::Load(d, here[2] + x), Sensitivity(rule_.fixed));
    TwoSums sum{hn::Zero(D32()), hn::Zero(D32())};
    for (const V16 weight : {w.horizontal, w.vertical, w.diagonal}) {
      const V16 twice = hn::Add(weight, weight);  // wraps, as the reference's does
      sum = sum_of(sum, widened(hn::Add(twice, centre_rest(weight))));
    }
    const TwoSums own = widened(hn::Load(du, masking[slot(y)].neighbour + x));
    sum = {hn::Sub(sum.lower, own.lower), hn::Sub(sum.upper, own.upper)};
    for (const std::size_t row : {above(y), slot(y), below(y)})
      for (int k = -1; k <= 1; ++k)
        sum = sum_of(sum, widened(hn::LoadU(du, masking[row].neighbour + x + k)));
    // Below 0, it would make something of nothing outside.
    const TwoSums in = widened(hn::VecFromMask(d, inside(x)));
    return {hn::And(sum.lower, in.lower), hn::And(sum.upper, in.upper)};
  }

  // Sums of cubes so far.
  struct Cubes {
    VU64 h, v, d;
    std::uint64_t count;
  };
  struct Products {
    V16 factor[kOrientations];  // half of it, twice
    CubeRounding straight, diagonal;
  };

  // Adds what is visible of half a vector above its thresholds. Every size is there twice.
  HWY_INLINE void add_visible(V16 h, V16 v, V16 g, V32 threshold, const Products& p,
                              Cubes& cubes_of) const {
    const D32 d;
    const V32 zero = hn::Zero(d), minus = hn::Sub(zero, threshold);
    const V32 straight = hn::ShiftLeft<10>(minus), diagonal = hn::ShiftLeft<12>(minus);
    const V32 sh = hn::Max(add_pair_products(h, p.factor[0], straight), zero),
              sv = hn::Max(add_pair_products(v, p.factor[1], straight), zero),
              sd = hn::Max(add_pair_products(g, p.factor[2], diagonal), zero);
    // The square of less than 2^14 is rounded to 0.
    if (hn::AllFalse(d, hn::Gt(hn::Max(hn::Max(sh, sv), sd), hn::Set(d, (1 << 14) - 1)))) return;
    cubes_of.h = hn::Add(cubes_of.h, cubes<29>(sh, p.straight));
    cubes_of.v = hn::Add(cubes_of.v, cubes<29>(sv, p.straight));
    cubes_of.d = hn::Add(cubes_of.d, cubes<30>(sd, p.diagonal));
    cubes_of.count += hn::Lanes(d);
  }

  // Lanes of columns that count.
  HWY_INLINE hn::Mask<D16> inside(int x) const {
    const D16 d;
    const V16 column = hn::Iota(d, 0);
    return hn::And(hn::Ge(column, set16(std::max(plan_.region.left - x, 0))),
                   hn::Lt(column, set16(std::min(plan_.region.right - x, lanes16()))));
  }
  HWY_INLINE bool is_inside(int x) const {
    return x >= plan_.region.left && x + lanes16() <= plan_.region.right;
  }

  // What is visible of a row above what the rows of the other kind of detail around it mask.
  void mask(const FineVisibleRow& row, const Ring& masking, int y, Totals& totals) const {
    const D16 d;
    const DU16 du;
    const FineVisibleRow& here = masking[slot(y)];
    const std::uint16_t *const top = masking[above(y)].around, *const low =
                                                                   masking[below(y)].around;
    Products p{{}, rounding(0), rounding(2)};
    for (std::size_t o = 0; o < kOrientations; ++o) {
      const std::uint32_t first = rule_.fixed[o] / 2;
      p.factor[o] = repeated(static_cast<std::int16_t>(first),
                             static_cast<std::int16_t>(rule_.fixed[o] - first));
    }
    const VU16 straight = hn::Set(
                   du, static_cast<std::uint16_t>(std::max(rule_.fixed[0], rule_.fixed[1]))),
               diagonal = hn::Set(du, static_cast<std::uint16_t>(rule_.fixed[2]));
    Cubes sums{wide(0), wide(0), wide(0), 0};
    for (int x = whole_vectors(plan_.region.left); x < plan_.region.right; x += lanes16()) {
      V16 h = hn::Abs(hn::Load(d, row.detail[0] + x)), v = hn::Abs(hn::Load(d, row.detail[1] + x)),
          g = hn::Abs(hn::Load(d, row.detail[2] + x));
      if (!is_inside(x)) {
        const auto in = inside(x);
        h = hn::IfThenElseZero(in, h);
        v = hn::IfThenElseZero(in, v);
        g = hn::IfThenElseZero(in, g);
      }
      const VU16 around = hn::SaturatedAdd(
          hn::SaturatedAdd(hn::Load(du, top + x), hn::Load(du, low + x)),
          hn::SaturatedAdd(hn::Load(du, here.around + x), hn::Load(du, here.extra + x)));
      TwoSums threshold;
      if (HWY_UNLIKELY(!hn::AllFalse(du, hn::Eq(around, hn::Set(du, 65535))))) {
        threshold = long_thresholds(masking, y, x);
      } else {
        if (nothing_visible(hn::Max(h, v), g, around, straight, diagonal)) continue;
        threshold = widened(around);
      }
      add_visible(hn::InterleaveLower(d, h, h), hn::InterleaveLower(d, v, v),
                  hn::InterleaveLower(d, g, g), threshold.lower, p, sums);
      add_visible(hn::InterleaveUpper(d, h, h), hn::InterleaveUpper(d, v, v),
                  hn::InterleaveUpper(d, g, g), threshold.upper, p, sums);
    }
    add_row({sums.h, sums.v, sums.d}, sums.count, totals);
  }

  // Whether all products of sizes and factors are below 2^10 times the threshold, 2^12 times of
  // diagonal detail, and 2^14 more. A product is less than 2^15 times one more than its upper bits.
  static HWY_INLINE bool nothing_visible(V16 hv, V16 g, VU16 threshold, VU16 straight,
                                         VU16 diagonal) {
    const DU16 d;
    const VU16 upper_hv = hn::MulHigh(as_unsigned(hn::Add(hv, hv)), straight),
               upper_g = hn::MulHigh(as_unsigned(hn::Add(g, g)), diagonal);
    const VU16 upper = hn::Max(upper_hv, hn::ShiftRight<2>(upper_g));
    const VU16 bound = hn::ShiftRight<5>(hn::SaturatedAdd(threshold, hn::Set(d, 4)));
    return hn::AllTrue(D16(), hn::Lt(hn::BitCast(D16(), upper), hn::BitCast(D16(), bound)));
  }

  // Cubes of 15 bits, without rounding.
  static HWY_INLINE VU64 whole_cubes(V32 size) {
    const auto cube = [](V32 a, V32 b)
                          HWY_ATTR { return hn::MulEven(as_unsigned(a), as_unsigned(b)); };
    const V32 square = hn::Mul(size, size);
    return hn::Add(cube(square, size), cube(odd_lanes(square), odd_lanes(size)));
  }

  void add_reference(const FineRow& reference) {
    const D16 d;
    VU64 sums[] = {wide(0), wide(0), wide(0)};
    for (int x = whole_vectors(plan_.region.left); x < plan_.region.right; x += lanes16())
      for (std::size_t o = 0; o < kOrientations; ++o) {
        V16 size = hn::Abs(hn::Load(d, reference[o] + x));
        if (!is_inside(x)) size = hn::IfThenElseZero(inside(x), size);
        const TwoSums sizes = widened(as_unsigned(size));
        sums[o] = hn::Add(sums[o], hn::Add(whole_cubes(sizes.lower), whole_cubes(sizes.upper)));
      }
    for (std::size_t o = 0; o < kOrientations; ++o)
      reference_sums_[o] += row_total(sums[o], 0, reference_scaling_.row);
  }

  Range columns_;  // of detail, that count or mask what does
  std::size_t gains_;
  bool enhances_ = false;  // whether any gain limit is above 1
  bool large_ = false;     // whether the reference's row has a large coefficient
  std::int16_t* aligned_;
  std::array<GainLimit, kMostGains> gain_;
  std::array<Picture, kMostDistorted * kMostGains> pictures_;
};

#endif  // HWY_TARGET

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
