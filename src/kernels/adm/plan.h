// Which part of every level of the wavelet transform is made. A tenth of a band on each side counts
// nothing, so that the margins of the picture are not transformed; and each of several parts of one
// picture makes its own rows, and those around them that it needs.
#pragma once

#include <algorithm>
#include <array>

#include "kernels/adm/adm.h"
#include "kernels/adm/scale.h"

namespace visq::adm {

// From `first` to before `last`.
struct Range {
  int first, last;
  int size() const { return last - first; }
};

struct LevelPlan {
  int in_width, in_height;  // of what is transformed
  int width, height;        // of its bands
  Region region;            // of a band, that counts
  Range scored;             // rows of it whose sums this part makes
  Range columns, rows;      // of the bands, that scores or the next level need

  // Around what is scored, rows and columns mask, too.
  bool wants(int y) const { return scored.size() > 0 && y >= scored.first - 1 && y <= scored.last; }
  Range scored_columns() const {
    return {std::max(region.left - 1, 0), std::min(region.right + 1, width)};
  }
};
using Plan = std::array<LevelPlan, kScales>;

inline constexpr std::size_t kMostParts = 16;

inline int half_up(int size) { return (size + 1) / 2; }

// What a level needs of what it transforms, of `size`.
inline Range input_of(const Range& out, int size) {
  return {std::max(2 * out.first - 1, 0), std::min(2 * out.last + 1, size)};
}

inline Range both(const Range& a, const Range& b) {
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

// Cuts the last level evenly and the others at the same places.
inline Range part_of(const Range& rows, const Range& last_rows, int shift, std::size_t part,
                     std::size_t parts) {
  const auto cut = [&](std::size_t at) {
    const int row =
        last_rows.first + static_cast<int>(static_cast<std::size_t>(last_rows.size()) * at / parts);
    return std::clamp(row << shift, rows.first, rows.last);
  };
  return {part == 0 ? rows.first : cut(part), part + 1 == parts ? rows.last : cut(part + 1)};
}

inline Plan plan_of(int width, int height, bool skip_scale0, std::size_t part, std::size_t parts) {
  Plan plan{};
  for (LevelPlan& level : plan) {
    level.in_width = width;
    level.in_height = height;
    level.width = width = half_up(width);
    level.height = height = half_up(height);
    level.region = region_of(width, height);
  }
  const Region& last = plan.back().region;
  for (int s = kScales - 1; s >= 0; --s) {
    LevelPlan& level = plan[static_cast<std::size_t>(s)];
    level.scored = part_of({level.region.top, level.region.bottom}, {last.top, last.bottom},
                           kScales - 1 - s, part, parts);
    level.columns = level.scored_columns();
    level.rows = {std::max(level.scored.first - 1, 0),
                  std::min(level.scored.last + 1, level.height)};
    if (s == 0 && skip_scale0) level.scored.last = level.scored.first;
    if (s == kScales - 1) continue;
    const LevelPlan& next = plan[static_cast<std::size_t>(s) + 1];
    level.columns = both(level.columns, input_of(next.columns, level.width));
    level.rows = both(level.rows, input_of(next.rows, level.height));
  }
  return plan;
}

}  // namespace visq::adm
