// A picture: planes of samples, what they mean, and what was derived from them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/plane.h"
#include "base/result.h"
#include "base/samples.h"
#include "picture/artefacts.h"
#include "picture/format.h"

namespace visq {

// How chroma of an odd-sized picture is rounded: files round up; the libvmaf ABI rounds down.
enum class ChromaRounding { up, down };

struct PlaneLayout {
  std::byte* data = nullptr;
  std::ptrdiff_t stride = 0;  // bytes
  int width = 0;
  int height = 0;
};
using PlaneLayouts = std::array<PlaneLayout, 3>;

PlaneLayouts plane_sizes(const PictureFormat& format,
                         ChromaRounding rounding);  // no memory, stride 0

// Immutable once made; shared between the metrics that read it.
class Picture {
 public:
  // `owner` keeps the memory of the planes alive. Samples above 8 bits are native uint16_t.
  Picture(const PictureFormat& format, const PictureColor& color, const PlaneLayouts& planes,
          std::shared_ptr<const void> owner, Planes present = Planes::all,
          std::shared_ptr<const Picture> original = nullptr)
      : format_(format),
        color_(color),
        planes_(planes),
        present_(present),
        owner_(std::move(owner)),
        original_(std::move(original)) {}

  const PictureFormat& format() const { return format_; }
  const PictureColor& color() const { return color_; }
  int planes() const { return plane_count(format_.pixel_format); }
  Planes present() const { return present_; }  // without chroma, planes 1 and 2 are 0x0
  int width(int plane) const { return planes_[static_cast<std::size_t>(plane)].width; }
  int height(int plane) const { return planes_[static_cast<std::size_t>(plane)].height; }

  // T: uint8_t for 8 bits, uint16_t above.
  template <typename T>
  PlaneView<const T> plane(int i) const {
    const PlaneLayout& p = planes_[static_cast<std::size_t>(i)];
    return {reinterpret_cast<const T*>(p.data), p.stride / static_cast<std::ptrdiff_t>(sizeof(T)),
            p.width, p.height};
  }

  // The same as kernels take it.
  Samples samples(int i) const {
    if (format_.bits == 8) return plane<std::uint8_t>(i);
    return {plane<std::uint16_t>(i), format_.bits};
  }

  // What this was converted from, for metrics that make R, G and B by themselves; else this.
  const Picture& original() const { return original_ ? *original_ : *this; }

  // Of all pictures of the process, this one's own.
  std::uint64_t serial() const { return serial_; }

  template <typename T, typename Make>
  std::shared_ptr<const T> artefact(ArtefactId<T> id, std::string_view variant, Make&& make) const {
    return artefacts_.get(id, variant, std::forward<Make>(make));
  }

 private:
  static std::uint64_t next_serial();

  PictureFormat format_;
  PictureColor color_;
  PlaneLayouts planes_;
  Planes present_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const Picture> original_;
  std::uint64_t serial_ = next_serial();
  mutable Artefacts artefacts_;
};

using PicturePtr = std::shared_ptr<const Picture>;

// Memory for a picture, before it is filled and handed on as a Picture.
struct PictureMemory {
  PlaneLayouts planes;
  std::shared_ptr<void> owner;
  Planes present = Planes::all;
};

// -EINVAL for a format that no picture can have: 8..16 bits, sides 1..32768.
Status check_format(const PictureFormat& format);

// Zeroed planes, 64-byte aligned rows, of a format that check_format lets pass.
PictureMemory picture_memory(const PictureFormat& format, ChromaRounding rounding,
                             Planes planes = Planes::all);

// The same; -EINVAL as check_format.
Result<PictureMemory> allocate_picture(const PictureFormat& format, ChromaRounding rounding,
                                       Planes planes = Planes::all);

}  // namespace visq
