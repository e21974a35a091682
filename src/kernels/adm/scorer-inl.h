// Sums of a scale of ADM from 1 to 3, from rows of detail in their order; and what scale 0 has in
// common with them. Included once a target.
//
// A row of the reference's and of a distorted picture's detail is split into what is restored and
// what was added; a ring of three rows, of each distorted picture and gain limit, keeps how visible
// both are and how much they mask. The row before then has all its neighbours, and what is visible
// of it goes into the sums.
#if defined(VISQ_KERNELS_ADM_SCORER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_ADM_SCORER_INL_H_
#undef VISQ_KERNELS_ADM_SCORER_INL_H_
#else
#define VISQ_KERNELS_ADM_SCORER_INL_H_
#endif

#include "kernels/adm/detail-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// Rows of one block of memory. Without the block it only counts the bytes.
class RowMemory {
 public:
  explicit RowMemory(std::byte* block = nullptr) : block_(block) {}

  // Vectors may touch what is this close to either end of a row.
  static constexpr int kMargin = 128;
  template <typename T>
  T* take(int length) {
    const std::size_t begin = used_ + kMargin * sizeof(T);
    used_ += round_up((static_cast<std::size_t>(length) + 2 * kMargin) * sizeof(T), kAlignment);
    return block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + begin);
  }
  std::size_t bytes() const { return used_; }

 private:
  std::byte* block_;
  std::size_t used_ = 0;
};

// A row of restored or of added detail.
struct VisibleRow {
  DetailRow size;
  std::int32_t* neighbour;  // what masks around it, sum over orientations
  std::int32_t* extra;      // what masks more at its own place
  VisibleRow() = default;
  VisibleRow(RowMemory& memory, int width) {
    for (std::int32_t*& row : size) row = memory.take<std::int32_t>(width);
    neighbour = memory.take<std::int32_t>(width);
    extra = memory.take<std::int32_t>(width);
  }
};

// Sums of rounded cubes. Each shifted cube has a bias that makes it positive.
constexpr std::uint64_t kBias = std::uint64_t{1} << 63;

struct CubeRounding {
  VU64 square, cube;
  int column;
};

template <int kSquare>
HWY_INLINE VU64 cubes(V32 size, const CubeRounding& r) {
  const D32 d;
  const V32 odd = odd_lanes(size);
  const auto cube = [d, &r](V32 v) HWY_ATTR {
    const VU64 square =
        hn::ShiftRight<kSquare>(hn::Add(hn::BitCast(DU64(), hn::MulEven(v, v)), r.square));
    return hn::ShiftRightSame(
        hn::Add(hn::BitCast(DU64(), hn::MulEven(hn::BitCast(d, square), v)), r.cube), r.column);
  };
  return hn::Add(cube(size), cube(odd));
}

using Totals = std::array<std::int64_t, kOrientations>;

// What all scales know of their rows.
class RowScorer {
 public:
  RowScorer(const ScaleRule& rule, const LevelPlan& plan)
      : rule_(rule),
        plan_(plan),
        scaling_(scaling_of(rule.scale, plan.width, plan.height)),
        reference_scaling_(reference_scaling_of(rule.scale, plan.region)) {}

  bool wants(int y) const { return plan_.wants(y); }

 protected:
  static std::size_t slot(int y) { return static_cast<std::size_t>(y) % 3; }
  bool scores(int y) const { return y >= plan_.scored.first && y < plan_.scored.last; }
  std::size_t above(int y) const { return slot(neighbour(y - 1, plan_.height)); }
  std::size_t below(int y) const { return slot(neighbour(y + 1, plan_.height)); }

  // Calls score for every row that has all its neighbours with row y.
  template <class Score>
  void for_complete(int y, const Score& score) const {
    if (scores(y - 1)) score(y - 1);
    if (y == plan_.height - 1 && scores(y)) score(y);
  }

  CubeRounding rounding(std::size_t o) const {
    return {wide(std::uint64_t{1} << (scaling_.square[o] - 1)),
            wide(kBias + static_cast<std::uint64_t>(half_of(scaling_.column[o]))),
            scaling_.column[o]};
  }
  void add_row(const VU64 (&sums)[kOrientations], std::uint64_t cubed, Totals& totals) const {
    for (std::size_t o = 0; o < kOrientations; ++o)
      totals[o] += row_total(sums[o], cubed * (kBias >> scaling_.column[o]), scaling_.row);
  }
  static std::int64_t row_total(VU64 sum, std::uint64_t bias, int shift) {
    const auto total = static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(DU64(), sum)) - bias);
    return (total + half_of(shift)) >> shift;
  }

  const ScaleRule& rule_;
  const LevelPlan& plan_;
  Scaling scaling_;
  ReferenceScaling reference_scaling_;
  Totals reference_sums_{};
};

template <int kScale>
class CoarseScorer : RowScorer {
 public:
  using Detail = DetailRow;

  CoarseScorer(const Settings& settings, const LevelPlan& plan, std::size_t pictures,
               RowMemory& memory)
      : RowScorer(settings.rules[kScale], plan),
        columns_(plan.scored_columns()),
        gains_(settings.gains.size()),
        column_sums_(memory.take<std::int32_t>(plan.width)),
        aligned_(memory.take<std::int32_t>(plan.width)) {
    for (std::int32_t*& row : inverse_) row = memory.take<std::int32_t>(plan.width);
    for (std::int32_t*& row : restored_) row = memory.take<std::int32_t>(plan.width);
    for (std::size_t g = 0; g < gains_; ++g) gain_[g] = GainLimit(settings.gains[g]);
    for (Picture& picture : std::span(pictures_).first(pictures * gains_)) {
      for (VisibleRow& row : picture.restored) row = VisibleRow(memory, plan.width);
      for (VisibleRow& row : picture.additive) row = VisibleRow(memory, plan.width);
    }
  }
  using RowScorer::wants;

  static DetailRow take_detail(RowMemory& memory, int width) {
    DetailRow rows;
    for (std::int32_t*& row : rows) row = memory.take<std::int32_t>(width);
    return rows;
  }

  // Every row that is wanted, in order: of the reference, then of each distorted picture.
  void push_reference(int y, const DetailRow& reference) {
    invert(reference);
    if (scores(y)) add_reference(reference);
  }
  void push(std::size_t i, int y, const DetailRow& reference, const DetailRow& distorted) {
    restore(reference, distorted);
    for (std::size_t g = 0; g < gains_; ++g) {
      Picture& picture = pictures_[i * gains_ + g];
      decouple(distorted, gain_[g], picture.restored[slot(y)], picture.additive[slot(y)]);
      for_complete(y, [&](int row) { score(picture, row); });
    }
  }

  // Of a distorted picture and a gain limit, as `sums` has them.
  ScaleSums sums(std::size_t i) const {
    return {pictures_[i].restored_sums, pictures_[i].additive_sums, reference_sums_};
  }

 private:
  using Ring = std::array<VisibleRow, 3>;
  struct Picture {  // a distorted one, under a gain limit
    Ring restored, additive;
    Totals restored_sums{}, additive_sums{};
  };

  template <std::size_t kOrientation>
  HWY_INLINE Masks weigh(V32 value, const VisibleRow& out, int x) const {
    const V32 size =
        weighted(value, hn::Set(D32(), static_cast<std::int32_t>(rule_.fixed[kOrientation])));
    hn::StoreU(size, D32(), out.size[kOrientation] + x);
    return masks(size);
  }

  static HWY_INLINE void store_masks(const Masks& h, const Masks& v, const Masks& d,
                                     const VisibleRow& out, int x) {
    const V32 around = hn::Add(hn::Add(h.neighbour, v.neighbour), d.neighbour),
              centre = hn::Add(hn::Add(h.centre, v.centre), d.centre);
    hn::StoreU(around, D32(), out.neighbour + x);
    hn::StoreU(hn::Sub(centre, around), D32(), out.extra + x);
  }

  void invert(const DetailRow& reference) const {
    const D32 d;
    for (std::size_t o = 0; o < kOrientations; ++o)
      for (int x = columns_.first; x < columns_.last; x += lanes32())
        hn::StoreU(inverse_of(hn::LoadU(d, reference[o] + x)), d, inverse_[o] + x);
  }

  // What all gain limits have in common.
  void restore(const DetailRow& reference, const DetailRow& distorted) const {
    const D32 d;
    for (int x = columns_.first; x < columns_.last; x += lanes32()) {
      V32 o[kOrientations], t[kOrientations];
      for (std::size_t i = 0; i < kOrientations; ++i) {
        o[i] = hn::LoadU(d, reference[i] + x);
        t[i] = hn::LoadU(d, distorted[i] + x);
        hn::StoreU(restored_of(o[i], hn::LoadU(d, inverse_[i] + x), t[i]), d, restored_[i] + x);
      }
      hn::StoreU(aligned({o[0], o[1], t[0], t[1]}), d, aligned_ + x);
    }
  }

  void decouple(const DetailRow& distorted, const GainLimit& gain, const VisibleRow& restored_row,
                const VisibleRow& additive_row) const {
    const D32 d;
    for (int x = columns_.first; x < columns_.last; x += lanes32()) {
      const V32 same = hn::LoadU(d, aligned_ + x);
      const V32 th = hn::LoadU(d, distorted[0] + x), tv = hn::LoadU(d, distorted[1] + x),
                td = hn::LoadU(d, distorted[2] + x);
      const auto credit = [&](std::size_t i, V32 t) HWY_ATTR {
        return credited(hn::LoadU(d, restored_[i] + x), t, same, gain);
      };
      const V32 rh = credit(0, th), rv = credit(1, tv), rd = credit(2, td);
      store_masks(weigh<0>(rh, restored_row, x), weigh<1>(rv, restored_row, x),
                  weigh<2>(rd, restored_row, x), restored_row, x);
      store_masks(weigh<0>(hn::Sub(th, rh), additive_row, x),
                  weigh<1>(hn::Sub(tv, rv), additive_row, x),
                  weigh<2>(hn::Sub(td, rd), additive_row, x), additive_row, x);
    }
  }

  void score(Picture& picture, int y) {
    mask(picture.restored[slot(y)], picture.additive, y, picture.restored_sums);
    if (rule_.additive) mask(picture.additive[slot(y)], picture.restored, y, picture.additive_sums);
  }

  void add_columns(const std::int32_t* above, const std::int32_t* here,
                   const std::int32_t* below) const {
    const D32 d;
    for (int x = columns_.first; x < columns_.last; x += lanes32())
      hn::StoreU(hn::Add(hn::Add(hn::LoadU(d, above + x), hn::LoadU(d, here + x)),
                         hn::LoadU(d, below + x)),
                 d, column_sums_ + x);
    const int width = plan_.width;
    if (plan_.region.left == 0) column_sums_[-1] = column_sums_[neighbour(-1, width)];
    if (plan_.region.right == width) column_sums_[width] = column_sums_[width - 1];
  }

  HWY_INLINE V32 threshold(const std::int32_t* extra, int x) const {
    const D32 d;
    const V32 sides =
        hn::Add(hn::LoadU(d, column_sums_ + x - 1), hn::LoadU(d, column_sums_ + x + 1));
    return hn::Add(hn::Add(sides, hn::LoadU(d, column_sums_ + x)), hn::LoadU(d, extra + x));
  }

  template <std::size_t kOrientation>
  static HWY_INLINE V32 above_threshold(const VisibleRow& row, V32 threshold, int x) {
    const D32 d;
    return hn::Max(hn::Sub(hn::LoadU(d, row.size[kOrientation] + x), threshold), hn::Zero(d));
  }

  // Lanes of columns that count.
  HWY_INLINE hn::Mask<D32> inside(int x) const {
    return hn::Lt(hn::Add(hn::Iota(D32(), 0), hn::Set(D32(), x)),
                  hn::Set(D32(), plan_.region.right));
  }

  // What is visible of a row above what the rows of the other kind of detail around it mask.
  void mask(const VisibleRow& row, const Ring& masking, int y, Totals& totals) const {
    const D32 d;
    const VisibleRow& here = masking[slot(y)];
    add_columns(masking[above(y)].neighbour, here.neighbour, masking[below(y)].neighbour);
    const CubeRounding scaled = rounding(0);
    VU64 h = wide(0), v = wide(0), g = wide(0);
    std::uint64_t cubed = 0;
    for (int x = plan_.region.left; x < plan_.region.right; x += lanes32()) {
      const V32 limit = threshold(here.extra, x);
      V32 sh = above_threshold<0>(row, limit, x), sv = above_threshold<1>(row, limit, x),
          sd = above_threshold<2>(row, limit, x);
      if (x + lanes32() > plan_.region.right) {
        const auto in = inside(x);
        sh = hn::IfThenElseZero(in, sh);
        sv = hn::IfThenElseZero(in, sv);
        sd = hn::IfThenElseZero(in, sd);
      }
      // The square of less than 2^14 is rounded to 0.
      if (hn::AllFalse(d, hn::Gt(hn::Max(hn::Max(sh, sv), sd), hn::Set(d, (1 << 14) - 1))))
        continue;
      h = hn::Add(h, cubes<30>(sh, scaled));
      v = hn::Add(v, cubes<30>(sv, scaled));
      g = hn::Add(g, cubes<30>(sd, scaled));
      cubed += hn::Lanes(d);
    }
    add_row({h, v, g}, cubed, totals);
  }

  void add_reference(const DetailRow& reference) {
    const D32 d;
    constexpr int kSquare = kReferenceSquare[kScale];
    const ReferenceScaling& s = reference_scaling_;
    const int right = plan_.region.right;
    const CubeRounding rounding{wide(static_cast<std::uint64_t>(unit_of(kSquare))),
                                wide(static_cast<std::uint64_t>(half_of(s.column))), s.column};
    for (std::size_t o = 0; o < kOrientations; ++o) {
      VU64 sum = wide(0);
      int x = plan_.region.left;
      for (; x + lanes32() <= right; x += lanes32())
        sum = hn::Add(sum, cubes<kSquare>(hn::Abs(hn::LoadU(d, reference[o] + x)), rounding));
      if (x < right)
        sum = hn::Add(sum, cubes<kSquare>(hn::IfThenElseZero(
                                              inside(x), hn::Abs(hn::LoadU(d, reference[o] + x))),
                                          rounding));
      reference_sums_[o] += row_total(sum, 0, s.row);
    }
  }

  Range columns_;  // of detail, that count or mask what does
  std::size_t gains_;
  std::int32_t *column_sums_, *aligned_;
  DetailRow inverse_;   // of the reference's row
  DetailRow restored_;  // of a distorted picture's row, without enhancement
  std::array<GainLimit, kMostGains> gain_;
  std::array<Picture, kMostDistorted * kMostGains> pictures_;
};

#endif  // HWY_TARGET

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
