// The largest of a window, channel by channel; rows and columns beyond the picture are left out.
#include <algorithm>

#include <fmt/format.h>

#include "dnn/stream/operator.h"
#include "kernels/nn/bf16.h"

namespace visq::stream {
namespace {

class MaxPool final : public Operator {
 public:
  explicit MaxPool(const Layer& layer) : window_(layer.window), channels_(layer.in_channels) {}

  std::string name() const override {
    return fmt::format("max {}x{}/{}", window_.width, window_.height, window_.stride_x);
  }
  const Window& window() const override { return window_; }

  void make(const TensorRows& in, const TensorRows& out, Rows rows, void*) const override {
    for (int y = rows.from; y < rows.to; ++y)
      if (out.shape->storage == Storage::bfloat16)
        make_row<nn::Bfloat16>(in, out, y);
      else
        make_row<float>(in, out, y);
  }

 private:
  template <typename T>
  void make_row(const TensorRows& in, const TensorRows& out, int y) const {
    const int from = y * window_.stride_y - window_.top,
              to = std::min(from + window_.height, in.shape->height);
    const T* rows[kMostWindowRows];
    int count = 0;
    for (int k = std::max(from, 0); k < to; ++k) rows[count++] = static_cast<const T*>(in.row(k));
    const nn::PoolShape shape{out.shape->width,   in.shape->width,    channels_,
                              window_.width,      window_.stride_x,   -window_.left,
                              in.shape->channels, out.shape->channels};
    nn::max_pool_row(rows, count, shape, static_cast<T*>(out.row_to_fill(y)));
  }

  Window window_;
  int channels_;
};

}  // namespace

const OperatorKind kMaxPoolOperator{
    .suits = [](const Layer& layer) { return layer.kind == LayerKind::max_pooling; },
    .bfloat16 =
        [](const Layer&, Precision) {
          return OperatorKind::Bfloat16{.in = true, .out = true, .same = true};
        },
    .make = [](const Layer& layer, Precision, const Formats&) -> std::unique_ptr<const Operator> {
      return std::make_unique<MaxPool>(layer);
    }};

}  // namespace visq::stream
