// What a network needs for pictures of one size: how tensors lie in memory, how many rows of each
// are kept, and how many rows each layer makes at a time.
#pragma once

#include <vector>

#include "base/result.h"
#include "dnn/stream/operator.h"

namespace visq::stream {

// How a stage comes to its rows: `first` of them, then `step` at a time.
struct Steps {
  int first = 1, step = 1;

  // The end of the step that begins with that row, and of the step that makes the row before it.
  int end_from(int row) const { return row < first ? first : row + step; }
  int end_with(int row) const {
    return row <= first ? first : first + (row - first + step - 1) / step * step;
  }

  auto operator<=>(const Steps&) const = default;
};

struct Plan {
  int width = 0, height = 0;
  std::vector<TensorShape> tensors;
  std::vector<Steps> layers;
  Steps source, tap;

  // Of each layer, the one that writes other channels of the same rows before, many at a time; or
  // kNone. Who follows makes no row that is not there yet, in steps that may be shorter: so rows
  // are whole soon, are read while they are in the cache, and give their memory to the next.
  static constexpr int kNone = -1;
  std::vector<int> leaders;
};

// Rows of the input that rows up to `to` of the output need: those before first() + count().
int rows_needed(const Window& window, int to, int in_height);
int first_row_needed(const Window& window, int from);

// -EINVAL when a layer would have nothing to work on.
Result<Plan> make_plan(const Graph& graph, const Operators& operators,
                       const std::vector<Storage>& storages, int width, int height);

}  // namespace visq::stream
