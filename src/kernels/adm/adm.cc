// Four levels of the wavelet transform in a cascade, row by row: a row of a level needs four of the
// level before, so that each level keeps a ring of four rows, and its detail goes into the sums at
// once. Nothing of the size of a picture is stored.
#include "kernels/adm/adm.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adm/adm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/adm/scorer-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {

template <typename T>
Status plain_sums_of(PlaneView<const T> ref, PlaneViews<T> dist, const Settings& settings,
                     std::span<Sums> out) {
  for (std::size_t i = 0; i < dist.size(); ++i) out[i] = sums_ref(ref, dist[i], settings);
  return {};
}

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Status sums_of(PlaneView<const T> ref, PlaneViews<T> dist, const Settings& settings, Scratch&,
               std::span<Sums> out) {
  return plain_sums_of(ref, dist, settings, out);
}

void shares(const Coefficients& c, int scale, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = restored_share_ref(c.reference[i], c.distorted[i], scale);
}

#else

// Below, an even picture has no full vector of samples or its last scale no region.
constexpr int kMinSide = 17;

// Whether no number overflows its type under these factors; none does under those of real viewing.
bool fits(const Settings& settings) {
  const auto& [h, v, d] = settings.rules[0].fixed;
  bool fit = std::max(h, v) <= 46000 && d <= 65535;
  for (int scale = 1; scale < kScales; ++scale)
    for (const std::uint32_t factor : settings.rules[static_cast<std::size_t>(scale)].fixed)
      fit = fit && factor <= 1u << 28;
  return fit;
}

// Side 0 is the reference, side i + 1 distorted picture i.
constexpr std::size_t kRef = 0, kMostSides = 1 + kMostDistorted;

int half_up(int size) { return (size + 1) / 2; }

struct Shape {
  int width, height;
  std::size_t sides;
  Shape halved() const { return {half_up(width), half_up(height), sides}; }
};

HalfRow take_row(RowMemory& memory, int width, bool halves) {
  std::int16_t* const high = memory.take<std::int16_t>(width);
  return {high, halves ? memory.take<std::int16_t>(width) : nullptr};
}

DetailRow take_detail(RowMemory& memory, int width) {
  DetailRow rows;
  for (std::int32_t*& row : rows) row = memory.take<std::int32_t>(width);
  return rows;
}

// What comes out of a level, of one side after the other. `in` is the shape of what goes in.
template <int kLevel>
struct Output {
  Columns columns;
  DetailRow reference, distorted;
  Scorer<kLevel> scorer;

  Output(const Settings& settings, const Shape& in, RowMemory& memory)
      : columns{take_row(memory, in.width, kLevel > 0), take_row(memory, in.width, kLevel > 0)},
        reference(take_detail(memory, half_up(in.width))),
        distorted(take_detail(memory, half_up(in.width))),
        scorer(settings.rules[kLevel], half_up(in.width), half_up(in.height), in.sides - 1,
               memory) {}

  void extend_columns(int width) const {
    extend(columns.low, width);
    if (columns.want_high) extend(columns.high, width);
  }
  const DetailRow& detail_of(std::size_t side) const {
    return side == kRef ? reference : distorted;
  }
  void push(std::size_t side, int y) {
    if (side == kRef)
      scorer.push_reference(y, reference);
    else
      scorer.push(side - 1, y, reference, distorted);
  }
  void add_to(std::span<Sums> sums) const {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i][kLevel] = scorer.sums(i);
  }
};

// What follows the last level.
struct Nothing {
  Nothing(const Settings&, const Shape&, RowMemory&) {}
  void push(int) {}
  void add_to(std::span<Sums>) const {}
};

template <int kLevel>
class Level {
  using Next = std::conditional_t<kLevel == kScales - 1, Nothing, Level<kLevel + 1>>;
  static constexpr int kRowShift = kLevel == 2 ? 16 : 15;

 public:
  Level(const Settings& settings, const Shape& in, RowMemory& memory)
      : in_(in), output_(settings, in, memory), next_(settings, in.halved(), memory) {
    for (Ring& ring : std::span(rings_).first(in.sides))
      for (HalfRow& row : ring) row = take_row(memory, in.width, kLevel > 1);
  }

  // Where the approximation of the level before puts its row y.
  const HalfRow& slot(std::size_t side, int y) const {
    return rings_[side][static_cast<std::size_t>(y) % 4];
  }

  // Row y of all sides is there.
  void push(int y) {
    for (; made_ < half_up(in_.height) && std::min(2 * made_ + 2, in_.height - 1) <= y; ++made_)
      make(made_);
  }

  void add_to(std::span<Sums> sums) const {
    output_.add_to(sums);
    next_.add_to(sums);
  }

 private:
  using Ring = std::array<HalfRow, 4>;

  void make(int i) {
    const bool scored = output_.scorer.wants(i);
    if (kLevel == kScales - 1 && !scored) return;
    output_.columns.want_high = scored;
    for (std::size_t side = kRef; side < in_.sides; ++side) {
      columns(side, i);
      output_.extend_columns(in_.width);
      if constexpr (kLevel < kScales - 1)
        approximate<kRowShift>(output_.columns.low, half_up(in_.width), next_.slot(side, i));
      if (!scored) continue;
      detail<kRowShift>(output_.columns, output_.scorer.columns(), output_.detail_of(side));
      output_.push(side, i);
    }
    next_.push(i);
  }

  void columns(std::size_t side, int i) const {
    FourRows<std::int16_t> high, low;
    for (int k = 0; k < 4; ++k) {
      const HalfRow& row = slot(side, tap(i, k, in_.height));
      high.row[k] = row.high;
      low.row[k] = row.low;
    }
    if constexpr (kLevel == 1)
      filter_columns(high, in_.width, output_.columns);
    else
      filter_columns(high, low, in_.width, output_.columns);
  }

  Shape in_;
  int made_ = 0;  // rows that came out
  Output<kLevel> output_;
  Next next_;
  std::array<Ring, kMostSides> rings_;
};

template <typename T>
class Cascade {
 public:
  Cascade(PlaneView<const T> ref, PlaneViews<T> dist, const Settings& settings, RowMemory& memory)
      : ref_(ref),
        dist_(dist),
        settings_(settings),
        output_(settings, shape(), memory),
        next_(settings, shape().halved(), memory) {}

  void run(std::span<Sums> sums) {
    for (int i = 0; i < half_up(ref_.height); ++i) make(i);
    output_.add_to(sums);
    next_.add_to(sums);
  }

 private:
  Shape shape() const { return {ref_.width, ref_.height, 1 + dist_.size()}; }

  void make(int i) {
    const int width = ref_.width;
    const bool scored = !settings_.skip_scale0 && output_.scorer.wants(i);
    output_.columns.want_high = scored;
    for (std::size_t side = kRef; side <= dist_.size(); ++side) {
      const PlaneView<const T>& plane = side == kRef ? ref_ : dist_[side - 1];
      FourRows<T> rows;
      for (int k = 0; k < 4; ++k) rows.row[k] = plane.row(tap(i, k, plane.height));
      filter_columns(rows, width, settings_.bits, output_.columns);
      output_.extend_columns(width);
      approximate(output_.columns.low.high, half_up(width), next_.slot(side, i).high);
      if (!scored) continue;
      detail(output_.columns, output_.scorer.columns(), output_.detail_of(side));
      output_.push(side, i);
    }
    next_.push(i);
  }

  PlaneView<const T> ref_;
  PlaneViews<T> dist_;
  const Settings& settings_;
  Output<0> output_;
  Level<1> next_;
};

template <typename T>
Status sums_of(PlaneView<const T> ref, PlaneViews<T> dist, const Settings& settings,
               Scratch& scratch, std::span<Sums> out) {
  if (ref.width < std::max(kMinSide, lanes16()) || ref.height < kMinSide || !fits(settings))
    return plain_sums_of(ref, dist, settings, out);
  RowMemory count;
  (void)Cascade<T>(ref, dist, settings, count);
  std::byte* const block = scratch.take<std::byte>(count.bytes());
  if (block == nullptr) return fail(ENOMEM, "adm: no memory for rows of the wavelet transform");
  std::memset(block, 0, count.bytes());
  RowMemory memory(block);
  Cascade<T>(ref, dist, settings, memory).run(out.first(dist.size()));
  return {};
}

void shares(const Coefficients& c, int scale, std::span<std::int32_t> out) {
  const D32 d;
  for (std::size_t i = 0; i + hn::Lanes(d) <= out.size(); i += hn::Lanes(d)) {
    const V32 o = hn::LoadU(d, &c.reference[i]), t = hn::LoadU(d, &c.distorted[i]);
    hn::StoreU(
        scale == 0 ? Fine::share(o, Fine::inverse(o), t) : Coarse::share(o, Coarse::inverse(o), t),
        d, &out[i]);
  }
}

#endif

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& sums8 = sums_of<std::uint8_t>;
static constexpr auto& sums16 = sums_of<std::uint16_t>;

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::adm {

HWY_EXPORT(sums8);
HWY_EXPORT(sums16);
HWY_EXPORT(shares);

namespace {

Status check_count(std::size_t distorted) {
  if (distorted <= kMostDistorted) return {};
  return fail(EINVAL, "adm: more distorted pictures than it compares at once");
}

}  // namespace

Status sums(PlaneView<const std::uint8_t> ref, PlaneViews<std::uint8_t> dist,
            const Settings& settings, Scratch& scratch, std::span<Sums> out) {
  VISQ_TRY(check_count(dist.size()));
  return HWY_DYNAMIC_DISPATCH(sums8)(ref, dist, settings, scratch, out);
}
Status sums(PlaneView<const std::uint16_t> ref, PlaneViews<std::uint16_t> dist,
            const Settings& settings, Scratch& scratch, std::span<Sums> out) {
  VISQ_TRY(check_count(dist.size()));
  return HWY_DYNAMIC_DISPATCH(sums16)(ref, dist, settings, scratch, out);
}
void restored_shares(const Coefficients& coefficients, int scale, std::span<std::int32_t> out) {
  HWY_DYNAMIC_DISPATCH(shares)(coefficients, scale, out);
}

}  // namespace visq::adm
#endif
