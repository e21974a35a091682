#include "color/ycbcr.h"

#include <algorithm>
#include <cmath>

#include "color/standards.h"

namespace visq {
namespace {

constexpr ArtefactId<PicturePtr> kYcbcr{"BT.709 YCbCr"};

template <typename T>
T quantise(double value, double top) {
  return static_cast<T>(std::clamp(std::floor(value + 0.5), 0.0, top));
}

template <typename T>
void convert(const Picture& rgb, const PlaneLayouts& out) {
  const int bits = rgb.format().bits;
  const double top = static_cast<double>((1 << bits) - 1);
  const CodeRange to = code_range(Range::limited, bits);
  const auto [kr, kb] = kBt709;
  const auto g_plane = rgb.plane<T>(0), b_plane = rgb.plane<T>(1), r_plane = rgb.plane<T>(2);
  const auto out_row = [&](std::size_t i, int y) {
    return reinterpret_cast<T*>(out[i].data + y * out[i].stride);
  };
  for (int y = 0; y < g_plane.height; ++y) {
    T* const luma = out_row(0, y);
    T* const cb = out_row(1, y);
    T* const cr = out_row(2, y);
    for (int x = 0; x < g_plane.width; ++x) {
      const double g = g_plane.row(y)[x] / top, b = b_plane.row(y)[x] / top,
                   r = r_plane.row(y)[x] / top;
      const double v = kr * r + (1 - kr - kb) * g + kb * b;
      luma[x] = quantise<T>(to.black + to.luma * v, top);
      cb[x] = quantise<T>(to.chroma_zero + to.chroma * (b - v) / (2 * (1 - kb)), top);
      cr[x] = quantise<T>(to.chroma_zero + to.chroma * (r - v) / (2 * (1 - kr)), top);
    }
  }
}

Result<PicturePtr> make_ycbcr(const Picture& rgb) {
  VISQ_ASSIGN(PictureMemory memory, allocate_picture(rgb.format(), ChromaRounding::up));
  with_sample_type(rgb.format().bits, [&]<typename T>() { convert<T>(rgb, memory.planes); });
  return std::make_shared<const Picture>(
      rgb.format(), PictureColor{Matrix::bt709, Range::limited, rgb.color().transfer},
      memory.planes, memory.owner);
}

}  // namespace

Result<PicturePtr> as_ycbcr(const PicturePtr& picture) {
  if (picture->color().matrix != Matrix::identity) return picture;
  VISQ_ASSIGN(const auto converted,
              picture->artefact(kYcbcr, "", [&] { return make_ycbcr(*picture); }));
  return *converted;
}

}  // namespace visq
