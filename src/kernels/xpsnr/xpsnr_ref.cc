#include <algorithm>
#include <cstdlib>

#include "kernels/parts.h"
#include "kernels/xpsnr/xpsnr.h"

namespace visq::xpsnr {
namespace {

// Calls f(x, y) for each sample of block `i`.
template <typename F>
void for_each_sample(const Samples& plane, const Grid& grid, int i, const F& f) {
  const int left = i % grid.columns * grid.width, top = i / grid.columns * grid.height;
  for (int y = top; y < std::min(top + grid.height, plane.height); ++y)
    for (int x = left; x < std::min(left + grid.width, plane.width); ++x) f(x, y);
}

// The last column and row go on beyond the edges.
std::int64_t at(const Samples& plane, int x, int y) {
  x = std::min(x, plane.width - 1), y = std::min(y, plane.height - 1);
  return with_sample_type(plane.bits,
                          [&]<typename T>() -> std::int64_t { return plane.as<T>().row(y)[x]; });
}

std::int64_t high_pass(const Samples& plane, int x, int y) {
  constexpr int kWeights[3][3] = {{-1, -2, -1}, {-2, 12, -2}, {-1, -2, -1}};
  std::int64_t sum = 0;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx) sum += kWeights[dy + 1][dx + 1] * at(plane, x + dx, y + dy);
  return std::abs(sum);
}

std::int64_t high_pass_of_cell(const Samples& plane, int x, int y) {
  constexpr int kWeights[6][6] = {{0, -1, -1, -1, -1, 0},   {-1, -2, -3, -3, -2, -1},
                                  {-1, -3, 12, 12, -3, -1}, {-1, -3, 12, 12, -3, -1},
                                  {-1, -2, -3, -3, -2, -1}, {0, -1, -1, -1, -1, 0}};
  std::int64_t sum = 0;
  for (int dy = -2; dy <= 3; ++dy)
    for (int dx = -2; dx <= 3; ++dx) sum += kWeights[dy + 2][dx + 2] * at(plane, x + dx, y + dy);
  return std::abs(sum);
}

std::int64_t change(const Reference& r, int x, int y) {
  if (r.earlier.data == nullptr) return at(r.now, x, y) - at(r.before, x, y);
  return at(r.now, x, y) - 2 * at(r.before, x, y) + at(r.earlier, x, y);
}

Activity activity_of(const Reference& r, const Grid& grid, int block) {
  Activity sums{};
  const int m = margin(r.large);
  for_each_sample(r.now, grid, block, [&](int x, int y) {
    if (r.large && (x % 2 != 0 || y % 2 != 0)) return;
    if (x >= m && x < r.now.width - m && y >= m && y < r.now.height - m)
      sums.spatial += static_cast<std::uint64_t>(r.large ? high_pass_of_cell(r.now, x, y)
                                                         : high_pass(r.now, x, y));
    const std::int64_t difference = r.large ? change(r, x, y) + change(r, x + 1, y) +
                                                  change(r, x, y + 1) + change(r, x + 1, y + 1)
                                            : change(r, x, y);
    sums.temporal += static_cast<std::uint64_t>(std::abs(difference));
  });
  return sums;
}

}  // namespace

void activities_ref(const Reference& reference, const Grid& grid, Activity* blocks) {
  for (int i = 0; i < grid.columns * grid.rows; ++i) blocks[i] = activity_of(reference, grid, i);
}

void errors_ref(const Pair& planes, const Grid& grid, std::uint64_t* blocks) {
  for (int i = 0; i < grid.columns * grid.rows; ++i) {
    blocks[i] = 0;
    for_each_sample(planes.reference, grid, i, [&](int x, int y) {
      const std::int64_t difference = at(planes.reference, x, y) - at(planes.distorted, x, y);
      blocks[i] += static_cast<std::uint64_t>(difference * difference);
    });
  }
}

}  // namespace visq::xpsnr
