// What both ways of a convolution give to their kernels.
#pragma once

#include "dnn/stream/operator.h"
#include "kernels/nn/int16.h"

namespace visq::stream {

inline nn::ConvShape conv_shape(const Layer& layer) {
  return {layer.in_channels, layer.out_channels, layer.window.height, layer.window.width,
          layer.relu};
}

inline nn::Int16Format int16_format(const Formats& formats) {
  return {formats.in == Storage::bfloat16, formats.out == Storage::bfloat16, formats.positive};
}

}  // namespace visq::stream
