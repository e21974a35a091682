#include "color/ycbcr.h"

#include <algorithm>

#include "color/standards.h"

namespace visq {
namespace {

constexpr ArtefactId<PicturePtr> kYcbcr{"BT.709 YCbCr"};

constexpr int kRowsOfAPart = 64;

// Within the range, the cast rounds down.
template <typename T>
T quantise(double value, double top) {
  return static_cast<T>(static_cast<int>(std::clamp(value + 0.5, 0.0, top)));
}

template <typename T>
void convert_rows(const Picture& rgb, const PlaneLayouts& out, int from, int end) {
  const int bits = rgb.format().bits;
  const double top = static_cast<double>((1 << bits) - 1);
  const CodeRange to = code_range(Range::limited, bits);
  const auto [kr, kb] = kBt709;
  const auto g_plane = rgb.plane<T>(0), b_plane = rgb.plane<T>(1), r_plane = rgb.plane<T>(2);
  const auto out_row = [&](std::size_t i, int y) {
    return reinterpret_cast<T*>(out[i].data + y * out[i].stride);
  };
  for (int y = from; y < end; ++y) {
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

void convert(const Picture& rgb, const PlaneLayouts& out, Parallel& parallel) {
  const int height = rgb.height(0);
  const auto parts = static_cast<std::size_t>((height + kRowsOfAPart - 1) / kRowsOfAPart);
  Scratch unused;
  parallel.run(parts, unused, [&](std::size_t part, Scratch&) {
    const int from = static_cast<int>(part) * kRowsOfAPart;
    with_sample_type(rgb.format().bits, [&]<typename T>() {
      convert_rows<T>(rgb, out, from, std::min(from + kRowsOfAPart, height));
    });
  });
}

PicturePtr make_ycbcr(const Picture& rgb, Parallel& parallel) {
  const PictureMemory memory = picture_memory(rgb.format(), ChromaRounding::up);
  convert(rgb, memory.planes, parallel);
  return std::make_shared<const Picture>(
      rgb.format(), PictureColor{Matrix::bt709, Range::limited, rgb.color().transfer},
      memory.planes, memory.owner);
}

}  // namespace

PicturePtr as_ycbcr(const PicturePtr& picture, Parallel& parallel) {
  if (picture->color().matrix != Matrix::identity) return picture;
  return *picture->artefact(kYcbcr, "", [&] { return make_ycbcr(*picture, parallel); });
}

}  // namespace visq
