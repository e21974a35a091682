// Convolutions of any window, directly: each row of the window is one run of values.
#include <algorithm>

#include <fmt/format.h>

#include "dnn/stream/convolution.h"

namespace visq::stream {
namespace {

class Conv : public Operator {
 public:
  explicit Conv(const Layer& layer) : window_(layer.window), in_channels_(layer.in_channels) {
    products_ = static_cast<double>(layer.in_channels) * layer.out_channels * window_.height *
                window_.width;
  }

  std::string name() const override {
    return fmt::format("conv {}x{}{}", window_.width, window_.height,
                       window_.stride_x > 1 ? fmt::format("/{}", window_.stride_x) : "");
  }
  const Window& window() const override { return window_; }
  int pixels_read(int out_width) const override {
    return (out_width - 1) * window_.stride_x + window_.width;
  }
  double products() const override { return products_; }

  void make(const TensorRows& in, const TensorRows& out, Rows rows, void* scratch) const override {
    const nn::RowShape shape{out.shape->width, step(), out.shape->channels};
    const void* window[kMostWindowRows];
    for (int y = rows.from; y < rows.to; ++y) {
      for (int k = 0; k < window_.height; ++k)
        window[k] = in.row(y * window_.stride_y - window_.top + k, -window_.left);
      make_row(window, shape, out, y, scratch);
    }
  }

 protected:
  std::ptrdiff_t step() const { return std::ptrdiff_t{window_.stride_x} * in_channels_; }
  virtual void make_row(const void* const* window, const nn::RowShape& shape, const TensorRows& out,
                        int y, void* scratch) const = 0;

  Window window_;

 private:
  int in_channels_;
  double products_;
};

class FloatConv final : public Conv {
 public:
  explicit FloatConv(const Layer& layer)
      : Conv(layer),
        weights_(nn::pack_conv(conv_shape(layer), layer.weights.data(), layer.bias.data())) {}

 protected:
  void make_row(const void* const* window, const nn::RowShape& shape, const TensorRows& out, int y,
                void*) const override {
    const float* floats[kMostWindowRows];
    std::transform(window, window + window_.height, floats,
                   [](const void* row) { return static_cast<const float*>(row); });
    void* const to = out.row_to_fill(y);
    if (out.shape->storage == Storage::bfloat16)
      nn::conv_row(weights_, floats, shape, static_cast<nn::Bfloat16*>(to));
    else
      nn::conv_row(weights_, floats, shape, static_cast<float*>(to));
  }

 private:
  nn::ConvWeights weights_;
};

class Int16Conv final : public Conv {
 public:
  Int16Conv(const Layer& layer, const nn::Int16Format& format)
      : Conv(layer),
        weights_(nn::pack_int16(
            nn::pack_conv(conv_shape(layer), layer.weights.data(), layer.bias.data()), format)) {}

  std::string name() const override { return Conv::name() + ", 16 bits"; }
  std::size_t scratch() const override { return nn::int16_scratch(weights_, step()); }

 protected:
  void make_row(const void* const* window, const nn::RowShape& shape, const TensorRows& out, int y,
                void* scratch) const override {
    nn::conv_row_int16(weights_, window, shape, out.row_to_fill(y), scratch);
  }

 private:
  nn::Int16Weights weights_;
};

}  // namespace

const OperatorKind kConvOperator{
    .suits = [](const Layer& layer) { return layer.kind == LayerKind::convolution; },
    .bfloat16 =
        [](const Layer&, Precision precision) {
          return OperatorKind::Bfloat16{.in = precision == Precision::int16, .out = true};
        },
    .make = [](const Layer& layer, Precision precision,
               const Formats& formats) -> std::unique_ptr<const Operator> {
      if (precision == Precision::int16)
        return std::make_unique<Int16Conv>(layer, int16_format(formats));
      return std::make_unique<FloatConv>(layer);
    }};

}  // namespace visq::stream
