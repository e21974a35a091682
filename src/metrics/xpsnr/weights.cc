#include "metrics/xpsnr/weights.h"

#include <algorithm>
#include <cmath>

namespace visq::xpsnr {
namespace {

Grid grid_of(int width, int height, int block_width, int block_height) {
  return {block_width, block_height, (width + block_width - 1) / block_width,
          (height + block_height - 1) / block_height};
}

// Columns or rows of a block that are far enough from the picture's edges.
struct Inside {
  int from, to;  // from..to-1, counted in the block
  int all;       // that the block has

  Inside(int start, int side, int end, int margin)
      : from(start == 0 ? margin : 0),
        to(std::min(side, end - start) - (start + side >= end ? margin : 0)),
        all(std::min(side, end - start)) {}
  int count() const { return to - from; }
};

double activity_in(const Activity& sums, const Inside& x, const Inside& y, const Rule& rule) {
  if (x.count() <= 0 || y.count() <= 0) return 1;
  // The original looks at no cell of so narrow a block.
  constexpr int kNarrow = 12;
  const bool counts = !rule.large || x.to > kNarrow;
  const double spatial = counts ? static_cast<double>(sums.spatial) : 0;
  const double value =
      spatial / (static_cast<double>(x.count()) * y.count()) +
      static_cast<double>(2 * sums.temporal) / (static_cast<double>(x.all) * y.all);
  return std::max(value, std::ldexp(1, rule.format.bits - 6));
}

// The weights of small pictures are smoothed: when block i is done, the one before it becomes no
// larger than the largest of its neighbours. At the left edge these are the last two of the row
// above, as in the original.
void smooth(std::vector<double>& weights, std::size_t i, const Grid& grid) {
  const auto columns = static_cast<std::size_t>(grid.columns), column = i % columns;
  double most = column == 0 ? (i > 1 ? weights[i - 2] : 0) : weights[i];
  if (column > 1) most = std::max(most, weights[i - 2]);
  if (i > columns) most = std::max(most, weights[i - 1 - columns]);
  if (i > 0) weights[i - 1] = std::min(weights[i - 1], most);
  const bool last = i + 1 == columns * static_cast<std::size_t>(grid.rows);
  if (last && i > columns)
    weights[i] = std::min(weights[i], std::max(weights[i - 1], weights[i - columns]));
}

double area(const PictureFormat& format) {
  return static_cast<double>(format.width) * format.height;
}

}  // namespace

Rule::Rule(const PictureFormat& clip) : format(clip), large(area(clip) > 2048.0 * 1152) {
  const double of_uhd = area(format) / (3840.0 * 2160.0);
  block = 4 * static_cast<int>(std::lround(32 * std::sqrt(of_uhd)));
  scale = std::sqrt(16 * std::ldexp(1, 2 * format.bits - 9) / std::sqrt(std::max(1e-5, of_uhd)));
  if (!has_weights()) return;
  luma = grid_of(format.width, format.height, block, block);
  // Chroma of odd sizes is rounded up, even where the picture has less of it.
  const int sx = chroma_shift_x(format.pixel_format), sy = chroma_shift_y(format.pixel_format);
  const int width = (format.width + sx) >> sx, height = (format.height + sy) >> sy;
  chroma = grid_of(width, height, block * width / format.width, block * height / format.height);
}

std::vector<double> weights_of(const std::vector<Activity>& activities, const Rule& rule) {
  constexpr double kSmoothedArea = 640.0 * 480.0;
  const bool small = area(rule.format) <= kSmoothedArea;
  const int margin = xpsnr::margin(rule.large);
  std::vector<double> weights;
  for (int row = 0; row < rule.luma.rows; ++row) {
    const Inside y(row * rule.block, rule.block, rule.format.height, margin);
    for (int column = 0; column < rule.luma.columns; ++column) {
      const Inside x(column * rule.block, rule.block, rule.format.width, margin);
      const std::size_t i = weights.size();
      weights.push_back(1 / activity_in(activities[i], x, y, rule));
      if (small) smooth(weights, i, rule.luma);
    }
  }
  return weights;
}

}  // namespace visq::xpsnr
