// Sums of one scale of ADM, from rows of detail in their order. Included once a target.
//
// A row of the reference's and of a distorted picture's detail is split into what is restored and
// what was added; a ring of three rows, of each distorted picture, keeps how visible both are and
// how much they mask. The row before then has all its neighbours, and what is visible of it goes
// into the sums.
#if defined(VISQ_KERNELS_ADM_SCORER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_ADM_SCORER_INL_H_
#undef VISQ_KERNELS_ADM_SCORER_INL_H_
#else
#define VISQ_KERNELS_ADM_SCORER_INL_H_
#endif

#include <type_traits>

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

template <int kScale>
class Scorer {
  using Scale = std::conditional_t<kScale == 0, Fine, Coarse>;
  using Totals = std::array<std::int64_t, kOrientations>;

 public:
  Scorer(const ScaleRule& rule, int width, int height, std::size_t pictures, RowMemory& memory)
      : rule_(rule),
        width_(width),
        height_(height),
        region_(region_of(width, height)),
        scaling_(scaling_of(kScale, width, height)),
        reference_scaling_(reference_scaling_of(kScale, region_)),
        columns_{std::max(region_.left - 1, 0), std::min(region_.right + 1, width)},
        column_sums_(memory.take<std::int32_t>(width)) {
    const auto whole = static_cast<std::int32_t>(rule.gain_limit);
    gain_ = {rule.gain_limit, whole == rule.gain_limit ? whole : 0};
    for (std::int32_t*& row : inverse_) row = memory.take<std::int32_t>(width);
    for (Picture& picture : std::span(pictures_).first(pictures)) {
      for (VisibleRow& row : picture.restored) row = VisibleRow(memory, width);
      for (VisibleRow& row : picture.additive) row = VisibleRow(memory, width);
    }
  }

  const Range& columns() const { return columns_; }  // of detail, that count
  bool wants(int y) const { return y >= region_.top - 1 && y <= region_.bottom; }

  // Every row that is wanted, in order: of the reference, then of each distorted picture.
  void push_reference(int y, const DetailRow& reference) {
    invert(reference);
    if (y >= region_.top && y < region_.bottom) add_reference(reference);
  }
  void push(std::size_t i, int y, const DetailRow& reference, const DetailRow& distorted) {
    Picture& picture = pictures_[i];
    decouple(reference, distorted, picture.restored[slot(y)], picture.additive[slot(y)]);
    if (y > region_.top) score(picture, y - 1);
    if (y == height_ - 1 && y < region_.bottom) score(picture, y);
  }

  ScaleSums sums(std::size_t i) const {
    return {pictures_[i].restored_sums, pictures_[i].additive_sums, reference_sums_};
  }

 private:
  using Ring = std::array<VisibleRow, 3>;
  struct Picture {  // a distorted one
    Ring restored, additive;
    Totals restored_sums{}, additive_sums{};
  };

  static std::size_t slot(int y) { return static_cast<std::size_t>(y) % 3; }

  template <std::size_t kOrientation>
  HWY_INLINE Masks weigh(const Signed& value, const VisibleRow& out, int x) const {
    const Weighted w = Scale::template weighted<kOrientation>(
        value, hn::Set(D32(), static_cast<std::int32_t>(rule_.fixed[kOrientation])));
    hn::StoreU(w.size, D32(), out.size[kOrientation] + x);
    return Scale::masks(w.masking);
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
        hn::StoreU(Scale::inverse(hn::LoadU(d, reference[o] + x)), d, inverse_[o] + x);
  }

  void decouple(const DetailRow& reference, const DetailRow& distorted,
                const VisibleRow& restored_row, const VisibleRow& additive_row) const {
    const D32 d;
    for (int x = columns_.first; x < columns_.last; x += lanes32()) {
      const V32 oh = hn::LoadU(d, reference[0] + x), ov = hn::LoadU(d, reference[1] + x),
                od = hn::LoadU(d, reference[2] + x);
      const V32 th = hn::LoadU(d, distorted[0] + x), tv = hn::LoadU(d, distorted[1] + x),
                td = hn::LoadU(d, distorted[2] + x);
      const V32 same = aligned({oh, ov, th, tv});
      const auto inverse = [&](std::size_t o) HWY_ATTR { return hn::LoadU(d, inverse_[o] + x); };
      const Signed rh = restored<Scale>(oh, inverse(0), th, same, gain_),
                   rv = restored<Scale>(ov, inverse(1), tv, same, gain_);
      const Signed rd = restored<Scale>(od, inverse(2), td, same, gain_);
      store_masks(weigh<0>(rh, restored_row, x), weigh<1>(rv, restored_row, x),
                  weigh<2>(rd, restored_row, x), restored_row, x);
      const Signed ah = apart(hn::Sub(th, rh.value)), av = apart(hn::Sub(tv, rv.value)),
                   ad = apart(hn::Sub(td, rd.value));
      store_masks(weigh<0>(ah, additive_row, x), weigh<1>(av, additive_row, x),
                  weigh<2>(ad, additive_row, x), additive_row, x);
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
    if (region_.left == 0) column_sums_[-1] = column_sums_[neighbour(-1, width_)];
    if (region_.right == width_) column_sums_[width_] = column_sums_[width_ - 1];
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
    return hn::Max(hn::Sub(hn::LoadU(d, row.size[kOrientation] + x),
                           hn::ShiftLeft<Scale::kThreshold[kOrientation]>(threshold)),
                   hn::Zero(d));
  }

  // Lanes of columns that count.
  HWY_INLINE hn::Mask<D32> inside(int x) const {
    return hn::Lt(hn::Add(hn::Iota(D32(), 0), hn::Set(D32(), x)), hn::Set(D32(), region_.right));
  }

  // What is visible of a row above what the rows of the other kind of detail around it mask.
  void mask(const VisibleRow& row, const Ring& masking, int y, Totals& totals) const {
    const D32 d;
    const VisibleRow& here = masking[slot(y)];
    add_columns(masking[slot(neighbour(y - 1, height_))].neighbour, here.neighbour,
                masking[slot(neighbour(y + 1, height_))].neighbour);
    const auto rounding = [this](int i) HWY_ATTR {
      const auto o = static_cast<std::size_t>(i);
      return CubeRounding{wide(std::uint64_t{1} << (scaling_.square[o] - 1)),
                          wide(kBias + static_cast<std::uint64_t>(half_of(scaling_.column[o]))),
                          scaling_.column[o]};
    };
    const CubeRounding straight = rounding(0), diagonal = rounding(2);
    VU64 h = wide(0), v = wide(0), g = wide(0);
    std::uint64_t cubed = 0;
    for (int x = region_.left; x < region_.right; x += lanes32()) {
      const V32 limit = threshold(here.extra, x);
      V32 sh = above_threshold<0>(row, limit, x), sv = above_threshold<1>(row, limit, x),
          sd = above_threshold<2>(row, limit, x);
      if (x + lanes32() > region_.right) {
        const auto in = inside(x);
        sh = hn::IfThenElseZero(in, sh);
        sv = hn::IfThenElseZero(in, sv);
        sd = hn::IfThenElseZero(in, sd);
      }
      // The square of less than 2^14 is rounded to 0.
      if (hn::AllFalse(d, hn::Gt(hn::Max(hn::Max(sh, sv), sd), hn::Set(d, (1 << 14) - 1))))
        continue;
      h = hn::Add(h, cubes<Scale::kSquare[0]>(sh, straight));
      v = hn::Add(v, cubes<Scale::kSquare[1]>(sv, straight));
      g = hn::Add(g, cubes<Scale::kSquare[2]>(sd, diagonal));
      cubed += hn::Lanes(d);
    }
    const VU64 all[] = {h, v, g};
    for (std::size_t o = 0; o < kOrientations; ++o)
      totals[o] += row_total(all[o], cubed * (kBias >> scaling_.column[o]), scaling_.row);
  }

  static std::int64_t row_total(VU64 sum, std::uint64_t bias, int shift) {
    const auto total = static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(DU64(), sum)) - bias);
    return (total + half_of(shift)) >> shift;
  }

  void add_reference(const DetailRow& reference) {
    const D32 d;
    constexpr int kSquare = kReferenceSquare[kScale];
    const ReferenceScaling& s = reference_scaling_;
    const CubeRounding rounding{wide(static_cast<std::uint64_t>(unit_of(kSquare))),
                                wide(static_cast<std::uint64_t>(half_of(s.column))), s.column};
    for (std::size_t o = 0; o < kOrientations; ++o) {
      VU64 sum = wide(0);
      int x = region_.left;
      for (; x + lanes32() <= region_.right; x += lanes32())
        sum = hn::Add(sum, cubes<kSquare>(hn::Abs(hn::LoadU(d, reference[o] + x)), rounding));
      if (x < region_.right)
        sum = hn::Add(sum, cubes<kSquare>(hn::IfThenElseZero(
                                              inside(x), hn::Abs(hn::LoadU(d, reference[o] + x))),
                                          rounding));
      reference_sums_[o] += row_total(sum, 0, s.row);
    }
  }

  const ScaleRule& rule_;
  GainLimit gain_;
  int width_, height_;
  Region region_;
  Scaling scaling_;
  ReferenceScaling reference_scaling_;
  Range columns_;
  std::int32_t* column_sums_;
  DetailRow inverse_;  // of the reference's row
  std::array<Picture, kMostDistorted> pictures_;
  Totals reference_sums_{};
};

#endif  // HWY_TARGET

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
