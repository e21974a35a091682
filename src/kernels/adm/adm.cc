// Four levels of the wavelet transform in a cascade, row by row: a row of a level needs four of the
// level before, so that each level keeps a ring of four rows, and its detail goes into the sums at
// once. Nothing of the size of a picture is stored.
#include "kernels/adm/adm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adm/adm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/adm/fine-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {

void plain_sums(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
                std::span<Sums> out) {
  for (const Samples& picture : dist)
    for (const double gain : settings.gains) {
      out.front() = sums_ref(ref, picture, settings, gain);
      out = out.subspan(1);
    }
}

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void every_sum(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
               Parallel&, Scratch&, std::span<Sums> out) {
  plain_sums(ref, dist, settings, out);
}

void every_restored(const Coefficients& c, int scale, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = restored_ref(c.reference[i], c.distorted[i], scale);
}

#else

// Below, an even picture has no full vector of samples or its last scale no region.
constexpr int kMinSide = 17;

// Whether no number overflows its type under these factors; none does under those of real viewing.
bool fits(const Settings& settings) {
  const auto& [h, v, d] = settings.rules[0].fixed;
  // Of detail of length 2^15, what masks neighbours (fine-inl.h) has at most this part of 2^16.
  const double mask = std::hypot(h / 32768.0, v / 32768.0, d / 131072.0) * 4369 / 4096 / 2;
  bool fit = std::max(h, v) <= 43000 && d <= 65534 && mask < 0.998;
  for (int scale = 1; scale < kScales; ++scale)
    for (const std::uint32_t factor : settings.rules[static_cast<std::size_t>(scale)].fixed)
      fit = fit && factor <= 1u << 28;
  return fit;
}

// Side 0 is the reference, side i + 1 distorted picture i.
constexpr std::size_t kRef = 0, kMostSides = 1 + kMostDistorted;

template <int kLevel>
using ScorerOf = std::conditional_t<kLevel == 0, FineScorer, CoarseScorer<kLevel>>;

HalfRow take_row(RowMemory& memory, int width, bool halves) {
  std::int16_t* const high = memory.take<std::int16_t>(width);
  return {high, halves ? memory.take<std::int16_t>(width) : nullptr};
}

// What comes out of a level, of one side after the other.
template <int kLevel>
struct Output {
  using Detail = typename ScorerOf<kLevel>::Detail;

  Range inputs, outputs;  // columns, in whole vectors
  Columns columns;
  Detail reference, distorted;
  ScorerOf<kLevel> scorer;

  Output(const Settings& settings, const Plan& plan, std::size_t sides, RowMemory& memory)
      : Output(settings, plan[kLevel], sides, memory) {}
  Output(const Settings& settings, const LevelPlan& plan, std::size_t sides, RowMemory& memory)
      : outputs{whole_vectors(plan.columns.first), plan.columns.last},
        columns{take_row(memory, plan.in_width, kLevel > 0),
                take_row(memory, plan.in_width, kLevel > 0)},
        reference(ScorerOf<kLevel>::take_detail(memory, plan.width)),
        distorted(ScorerOf<kLevel>::take_detail(memory, plan.width)),
        scorer(settings, plan, sides - 1, memory) {
    inputs = input_of(outputs, plan.in_width);
    inputs.first = whole_vectors(inputs.first);
  }

  void extend_columns(int width) const {
    extend(columns.low, width);
    if (columns.want_high) extend(columns.high, width);
  }
  const Detail& detail_of(std::size_t side) const { return side == kRef ? reference : distorted; }
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
  Nothing(const Settings&, const Plan&, std::size_t, RowMemory&) {}
  static HalfRow slot(std::size_t, int) { return {}; }
  void push(int) {}
  void add_to(std::span<Sums>) const {}
};

template <int kLevel>
class Level {
  static constexpr bool kLast = kLevel == kScales - 1;
  static constexpr int kRowShift = kLevel == 2 ? 16 : 15;
  using Next = std::conditional_t<kLast, Nothing, Level<kLevel + 1>>;

 public:
  Level(const Settings& settings, const Plan& plan, std::size_t sides, RowMemory& memory)
      : plan_(plan[kLevel]),
        sides_(sides),
        made_(plan_.rows.first),
        output_(settings, plan, sides, memory),
        next_(settings, plan, sides, memory) {
    for (Ring& ring : std::span(rings_).first(sides))
      for (HalfRow& row : ring) row = take_row(memory, plan_.in_width, kLevel > 1);
  }

  // Where the approximation of the level before puts its row y.
  const HalfRow& slot(std::size_t side, int y) const {
    return rings_[side][static_cast<std::size_t>(y) % 4];
  }

  // Row y of all sides is there.
  void push(int y) {
    for (; made_ < plan_.rows.last && std::min(2 * made_ + 2, plan_.in_height - 1) <= y; ++made_)
      make(made_);
  }

  void add_to(std::span<Sums> sums) const {
    output_.add_to(sums);
    next_.add_to(sums);
  }

 private:
  using Ring = std::array<HalfRow, 4>;

  void make(int i) {
    output_.columns.want_high = output_.scorer.wants(i);
    for (std::size_t side = kRef; side < sides_; ++side) {
      columns(side, i);
      output_.extend_columns(plan_.in_width);
      split<kRowShift, !kLast>(output_.columns, output_.outputs, next_.slot(side, i),
                               output_.detail_of(side));
      if (output_.columns.want_high) output_.push(side, i);
    }
    next_.push(i);
  }

  void columns(std::size_t side, int i) const {
    FourRows<std::int16_t> high, low;
    for (int k = 0; k < 4; ++k) {
      const HalfRow& row = slot(side, tap(i, k, plan_.in_height));
      high.row[k] = row.high;
      low.row[k] = row.low;
    }
    if constexpr (kLevel == 1)
      filter_columns(high, output_.inputs, output_.columns);
    else
      filter_columns(high, low, output_.inputs, output_.columns);
  }

  const LevelPlan& plan_;
  std::size_t sides_;
  int made_;  // rows that came out
  Output<kLevel> output_;
  Next next_;
  std::array<Ring, kMostSides> rings_;
};

// All levels of one part of the pictures.
class Cascade {
 public:
  Cascade(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
          const Plan& plan, RowMemory& memory)
      : ref_(ref),
        dist_(dist),
        plan_(plan[0]),
        output_(settings, plan, 1 + dist.size(), memory),
        next_(settings, plan, 1 + dist.size(), memory) {}

  template <typename T>
  void run(std::span<Sums> sums) {
    for (int i = plan_.rows.first; i < plan_.rows.last; ++i) make<T>(i);
    output_.add_to(sums);
    next_.add_to(sums);
  }

 private:
  template <typename T>
  void make(int i) {
    const int width = plan_.in_width;
    output_.columns.want_high = output_.scorer.wants(i);
    for (std::size_t side = kRef; side <= dist_.size(); ++side) {
      const PlaneView<const T> plane = (side == kRef ? ref_ : dist_[side - 1]).as<T>();
      FourRows<T> rows;
      for (int k = 0; k < 4; ++k) rows.row[k] = plane.row(tap(i, k, plane.height));
      const auto after = [&](int y) { return plane.row(std::min(2 * i + y, plane.height - 1)); };
      filter_columns(rows, {output_.inputs, width, {after(3), after(4)}}, ref_.bits,
                     output_.columns);
      output_.extend_columns(width);
      split(output_.columns, output_.outputs, next_.slot(side, i).high, output_.detail_of(side));
      if (output_.columns.want_high) output_.push(side, i);
    }
    next_.push(i);
  }

  const Samples& ref_;
  std::span<const Samples> dist_;
  const LevelPlan& plan_;
  Output<0> output_;
  Level<1> next_;
};

// The sums of one part.
void sum_part(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
              const Plan& plan, Scratch& scratch, std::span<Sums> out) {
  RowMemory count;
  (void)Cascade(ref, dist, settings, plan, count);
  std::byte* const block = scratch.take<std::byte>(count.bytes());
  std::memset(block, 0, count.bytes());
  RowMemory memory(block);
  Cascade cascade(ref, dist, settings, plan, memory);
  with_sample_type(ref.bits, [&]<typename T>() { cascade.run<T>(out); });
}

void add(const ScaleSums& part, ScaleSums& sums) {
  for (std::size_t o = 0; o < kOrientations; ++o) {
    sums.restored[o] += part.restored[o];
    sums.additive[o] += part.additive[o];
    sums.reference[o] += part.reference[o];
  }
}

// Each part makes some rows around its own: of 1080 rows, two parts cost one percent more.
std::size_t parts_of(int height) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(height) / 512, 1, kMostParts);
}

void every_sum(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
               Parallel& parallel, Scratch& scratch, std::span<Sums> out) {
  if (ref.width < std::max(kMinSide, lanes16()) || ref.height < kMinSide || !fits(settings))
    return plain_sums(ref, dist, settings, out);
  const std::size_t parts = parts_of(ref.height), each = dist.size() * settings.gains.size();
  std::vector<Sums> sums(parts * each);
  parallel.run(parts, scratch, [&](std::size_t part, Scratch& own) {
    const Plan plan = plan_of(ref.width, ref.height, settings.skip_scale0, part, parts);
    sum_part(ref, dist, settings, plan, own, std::span(sums).subspan(part * each, each));
  });
  for (std::size_t part = 0; part < parts; ++part)
    for (std::size_t i = 0; i < each; ++i)
      for (std::size_t s = 0; s < kScales; ++s) {
        if (part == 0) out[i][s] = {};
        add(sums[part * each + i][s], out[i][s]);
      }
}

// As FineScorer and CoarseScorer do it.
void every_restored(const Coefficients& c, int scale, std::span<std::int32_t> out) {
  const D16 d;
  const D32 d32;
  HWY_ALIGN static constexpr std::int16_t kNotAligned[hn::MaxLanes(D16())] = {};
  for (std::size_t i = 0; i < out.size(); i += hn::Lanes(d)) {
    const V32 oa = hn::LoadU(d32, &c.reference[i]), ta = hn::LoadU(d32, &c.distorted[i]);
    const std::size_t next = i + hn::Lanes(d32);
    const V32 ob = hn::LoadU(d32, &c.reference[next]), tb = hn::LoadU(d32, &c.distorted[next]);
    V32 ra = restored_of(oa, inverse_of(oa), ta), rb = restored_of(ob, inverse_of(ob), tb);
    if (scale == 0) {
      const V16 o = lower_halves(oa, ob), t = lower_halves(ta, tb);
      const V16 r = correct_large(cut(t, o), o, t, GainLimit(1), kNotAligned);
      ra = hn::PromoteTo(d32, hn::LowerHalf(r));
      rb = hn::PromoteTo(d32, hn::UpperHalf(hn::Half<D16>(), r));
    }
    hn::StoreU(ra, d32, &out[i]);
    hn::StoreU(rb, d32, &out[next]);
  }
}

#endif

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::adm {

HWY_EXPORT(every_sum);
HWY_EXPORT(every_restored);

void sums(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
          Parallel& parallel, Scratch& scratch, std::span<Sums> out) {
  if (dist.size() > kMostDistorted || settings.gains.size() > kMostGains)
    throw std::length_error("adm: more distorted pictures or gain limits than it compares at once");
  HWY_DYNAMIC_DISPATCH(every_sum)(ref, dist, settings, parallel, scratch, out);
}
void restored(const Coefficients& coefficients, int scale, std::span<std::int32_t> out) {
  HWY_DYNAMIC_DISPATCH(every_restored)(coefficients, scale, out);
}

}  // namespace visq::adm
#endif
