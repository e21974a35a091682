// The root of the mean square of a window, by the weights [1 2 1] x [1 2 1] / 16, channel by
// channel; what lies beyond the picture is zero.
#include <fmt/format.h>

#include "dnn/stream/operator.h"
#include "kernels/nn/l2_pool.h"

namespace visq::stream {
namespace {

class L2Pool final : public Operator {
 public:
  explicit L2Pool(const Layer& layer)
      : window_(layer.window), channels_(layer.in_channels), epsilon_(layer.epsilon) {}

  std::string name() const override { return fmt::format("l2 3x3/{}", window_.stride_x); }
  const Window& window() const override { return window_; }
  int pixels_read(int out_width) const override {
    return (out_width - 1) * window_.stride_x + window_.width;
  }

  void make(const TensorRows& in, const TensorRows& out, Rows rows, void*) const override {
    const nn::L2PoolShape shape{
        out.shape->width,   channels_,
        epsilon_,           std::ptrdiff_t{window_.stride_x} * in.shape->channels,
        in.shape->channels, out.shape->channels};
    for (int y = rows.from; y < rows.to; ++y) {
      const float* window[3];
      for (int k = 0; k < 3; ++k)
        window[k] = static_cast<const float*>(
            in.row(y * window_.stride_y - window_.top + k, -window_.left));
      nn::l2_pool_row(window, shape, static_cast<float*>(out.row_to_fill(y)));
    }
  }

 private:
  Window window_;
  int channels_;
  float epsilon_;
};

}  // namespace

const OperatorKind kL2PoolOperator{
    .suits = [](const Layer& layer) { return layer.kind == LayerKind::l2_pooling; },
    .bfloat16 = [](const Layer&, Precision) { return OperatorKind::Bfloat16{}; },
    .make = [](const Layer& layer, Precision, const Formats&) -> std::unique_ptr<const Operator> {
      return std::make_unique<L2Pool>(layer);
    }};

}  // namespace visq::stream
