// Convolutions 3x3 and 5x5 with stride 1 over whole blocks of channels, by Winograd's way: whole
// rows of tiles at a time.
#include <algorithm>

#include <fmt/format.h>

#include "dnn/stream/convolution.h"
#include "dnn/stream/plan.h"

namespace visq::stream {
namespace {

class Winograd : public Operator {
 public:
  Winograd(const Layer& layer, int tile)
      : window_(layer.window), tile_(tile), in_channels_(layer.in_channels) {
    products_ = static_cast<double>(layer.in_channels) * layer.out_channels *
                nn::tile_points(tile) / (tile * tile);
  }

  std::string name() const override {
    return fmt::format("conv {0}x{0}, Winograd {1}x{1}", window_.height, tile_);
  }
  const Window& window() const override { return window_; }
  int rows_at_once(int, int out_width) const override { return tile_ * tile_rows(out_width); }
  bool in_tiles() const override { return true; }
  int pixels_read(int out_width) const override {
    return (out_width + tile_ - 1) / tile_ * tile_ + window_.width - 1;
  }
  double products() const override { return products_; }

  void make(const TensorRows& in, const TensorRows& out, Rows rows, void* scratch) const override {
    // Rows of a tile that no pixel depends on may not be there yet: zeros, as below the picture.
    const void* window[nn::kMostRowsRead];
    const int first = rows.from - window_.top,
              end = rows_needed(window_, rows.to, in.shape->height);
    for (int k = 0; k < nn::kMostRowsRead; ++k)
      window[k] = in.row(first + k < end ? first + k : in.shape->height, -window_.left);
    void* to[nn::kMostRowsMade] = {};
    for (int y = rows.from; y < rows.to; ++y) to[y - rows.from] = out.row_to_fill(y);
    make_rows(window, {out.shape->width, rows.to - rows.from, in_channels_, out.shape->channels},
              to, scratch);
  }

 protected:
  virtual int tile_rows(int out_width) const = 0;
  virtual void make_rows(const void* const* window, const nn::TileShape& shape, void* const* to,
                         void* scratch) const = 0;

 private:
  Window window_;
  int tile_, in_channels_;
  double products_;
};

nn::WinogradWeights packed(const Layer& layer, int tile) {
  return nn::pack_winograd(conv_shape(layer), tile, layer.weights.data(), layer.bias.data());
}

int small_tile(const Layer& layer) { return nn::tile_of_kernel(layer.window.height); }

// Large tiles take a fifth fewer products, but 64 weights where the others take 36, and few
// channels would not pay for their points. SqueezeNet's layers, which make part of a tensor each,
// keep the tiles with which its scores were published.
int float_tile(const Layer& layer) {
  constexpr int kLeastChannels = 64, kMostChannels = 256;
  const bool large = layer.window.height == 3 && layer.out_first == 0 &&
                     layer.in_channels >= kLeastChannels &&
                     std::max(layer.in_channels, layer.out_channels) <= kMostChannels;
  return large ? nn::kLargestTile : small_tile(layer);
}

class FloatWinograd final : public Winograd {
 public:
  explicit FloatWinograd(const Layer& layer)
      : Winograd(layer, float_tile(layer)), weights_(packed(layer, float_tile(layer))) {}

  std::size_t scratch() const override { return nn::winograd_scratch(weights_) * sizeof(float); }

 protected:
  int tile_rows(int out_width) const override {
    return nn::winograd_tile_rows(weights_, out_width);
  }
  void make_rows(const void* const* window, const nn::TileShape& shape, void* const* to,
                 void* scratch) const override {
    const float* floats[nn::kMostRowsRead];
    float* floats_to[nn::kMostRowsMade];
    std::transform(window, window + nn::kMostRowsRead, floats,
                   [](const void* row) { return static_cast<const float*>(row); });
    std::transform(to, to + nn::kMostRowsMade, floats_to,
                   [](void* row) { return static_cast<float*>(row); });
    nn::winograd_rows(weights_, floats, shape, floats_to, static_cast<float*>(scratch));
  }

 private:
  nn::WinogradWeights weights_;
};

class Int16Winograd final : public Winograd {
 public:
  Int16Winograd(const Layer& layer, const nn::Int16Format& format)
      : Winograd(layer, small_tile(layer)),
        weights_(nn::pack_int16(packed(layer, small_tile(layer)), format)) {}

  std::string name() const override { return Winograd::name() + ", 16 bits"; }
  std::size_t scratch() const override { return nn::int16_scratch(weights_, weights_.run); }

 protected:
  int tile_rows(int out_width) const override {
    return nn::winograd_tile_rows(weights_, out_width);
  }
  void make_rows(const void* const* window, const nn::TileShape& shape, void* const* to,
                 void* scratch) const override {
    nn::winograd_rows_int16(weights_, window, shape, to, scratch);
  }

 private:
  nn::Int16Weights weights_;
};

}  // namespace

const OperatorKind kWinogradOperator{
    .suits =
        [](const Layer& layer) {
          const Window& w = layer.window;
          return layer.kind == LayerKind::convolution && w.height == w.width &&
                 (w.height == 3 || w.height == 5) && w.stride_y == 1 && w.stride_x == 1 &&
                 layer.in_channels % nn::kBlock == 0;
        },
    .bfloat16 =
        [](const Layer&, Precision precision) {
          const bool int16 = precision == Precision::int16;
          return OperatorKind::Bfloat16{.in = int16, .out = int16};
        },
    .make = [](const Layer& layer, Precision precision,
               const Formats& formats) -> std::unique_ptr<const Operator> {
      if (precision == Precision::int16)
        return std::make_unique<Int16Winograd>(layer, int16_format(formats));
      return std::make_unique<FloatWinograd>(layer);
    }};

}  // namespace visq::stream
