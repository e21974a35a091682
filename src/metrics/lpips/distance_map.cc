#include "metrics/lpips/distance_map.h"

#include <algorithm>
#include <vector>

namespace visq::lpips {
namespace {

// The part of a pixel's side that lies over one cell, as a share of the cell's side.
struct Overlap {
  int cell;
  double share;
};

// Of pixel `i` of `pixels` with the cells that divide the same side into `cells`.
std::vector<Overlap> overlaps(int i, int pixels, int cells) {
  std::vector<Overlap> out;
  const double from = static_cast<double>(i) * cells / pixels,
               to = static_cast<double>(i + 1) * cells / pixels;
  for (int cell = static_cast<int>(from); cell < cells && cell < to; ++cell)
    out.push_back({cell, std::min(to, cell + 1.0) - std::max(from, static_cast<double>(cell))});
  return out;
}

// One row of pixels gets its share of one tap.
void add_row(const TapMap& tap, const std::vector<Overlap>& rows,
             const std::vector<std::vector<Overlap>>& columns, float* out) {
  std::vector<double> cells(static_cast<std::size_t>(tap.width));
  for (const auto& [row, share] : rows)
    for (std::size_t x = 0; x < cells.size(); ++x)
      cells[x] +=
          share * static_cast<double>(tap.values[static_cast<std::size_t>(row) * cells.size() + x]);
  const double area = static_cast<double>(tap.width) * tap.height;
  for (const auto& column : columns) {
    double sum = 0;
    for (const auto& [cell, share] : column) sum += share * cells[static_cast<std::size_t>(cell)];
    *out++ += static_cast<float>(sum / area);
  }
}

}  // namespace

void spread(std::span<const TapMap> taps, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y) std::fill(out.row(y), out.row(y) + out.width, 0.0f);
  for (const TapMap& tap : taps) {
    std::vector<std::vector<Overlap>> columns;
    columns.reserve(static_cast<std::size_t>(out.width));
    for (int x = 0; x < out.width; ++x) columns.push_back(overlaps(x, out.width, tap.width));
    for (int y = 0; y < out.height; ++y)
      add_row(tap, overlaps(y, out.height, tap.height), columns, out.row(y));
  }
}

}  // namespace visq::lpips
