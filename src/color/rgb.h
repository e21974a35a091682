// Pictures as RGB, in the depth of their samples, and as tensors of learned models.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/buffer_pool.h"
#include "base/result.h"
#include "color/standards.h"
#include "kernels/rgb/rgb.h"
#include "picture/picture.h"

namespace visq {

enum class ChromaUpsampling {
  nearest,  // sample i >> shift
  bilinear  // chroma sited left of and between luma rows, as MPEG-2 and H.264 have it
};

// How samples become RGB. What is unspecified is taken from the picture, and where that says
// nothing either: BT.709, limited range.
struct RgbRule {
  Matrix matrix = Matrix::unspecified;
  Range range = Range::unspecified;
  ChromaUpsampling chroma = ChromaUpsampling::nearest;
  // As libvmaf forks have scored LPIPS: rounded BT.709 gains, limited range, 8 bits, whatever
  // the picture says.
  bool compat = false;

  std::string key() const;  // tells apart artefacts
};

// A float32 tensor [3, height, width]; its memory goes back to the pool that it came from.
struct RgbTensor {
  AlignedBuffer<float> values;
  int width = 0, height = 0;
  std::shared_ptr<BufferPool<float>> pool;

  RgbTensor() = default;
  RgbTensor(RgbTensor&&) = default;
  RgbTensor& operator=(RgbTensor&&) = delete;
  ~RgbTensor() {
    if (pool != nullptr) pool->give(std::move(values));
  }
};

// -ENOTSUP, naming the matrix, where the rule makes no R, G and B of the picture.
Status check_rgb(const Picture& picture, const RgbRule& rule);

// The next three read Picture::original().
//
// (v / max - mean) / deviation with the ImageNet constants, where v is R, G, B rounded half up to
// the samples' own depth (planes of a G, B, R picture as they are).
RgbTensor imagenet_tensor(
    const Picture& picture, const RgbRule& rule,
    std::shared_ptr<BufferPool<float>> pool = std::make_shared<BufferPool<float>>());

// The same, row y at a time. The picture must outlive it.
using RgbRows = std::function<void(int y, const rgb::Target& target)>;
RgbRows imagenet_rows(const Picture& picture, const RgbRule& rule);

// R, G and B in 0..1, clipped, without rounding.
RgbRows unit_rows(const Picture& picture, const RgbRule& rule);

inline constexpr std::array<float, 3> kImagenetMean{0.485f, 0.456f, 0.406f};
inline constexpr std::array<float, 3> kImagenetDeviation{0.229f, 0.224f, 0.225f};

}  // namespace visq
