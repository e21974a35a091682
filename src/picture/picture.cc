#include "picture/picture.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <fmt/format.h>

namespace visq {
namespace {

constexpr int kMaxSide = 32768;

int subsampled(int size, int shift, ChromaRounding rounding) {
  return (size + (rounding == ChromaRounding::up ? shift : 0)) >> shift;
}

}  // namespace

std::uint64_t Picture::next_serial() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

Status check_format(const PictureFormat& f) {
  if (f.pixel_format == PixelFormat::unknown) return fail(EINVAL, "a picture needs a pixel format");
  if (f.bits < 8 || f.bits > 16)
    return fail(EINVAL, fmt::format("a picture has 8 to 16 bits a sample, not {}", f.bits));
  if (f.width < 1 || f.height < 1 || f.width > kMaxSide || f.height > kMaxSide)
    return fail(EINVAL, fmt::format("a picture of {}x{} is not possible: sides are 1 to {}",
                                    f.width, f.height, kMaxSide));
  return {};
}

PlaneLayouts plane_sizes(const PictureFormat& f, ChromaRounding rounding) {
  PlaneLayouts planes;
  planes[0].width = f.width;
  planes[0].height = f.height;
  for (std::size_t i = 1; i < static_cast<std::size_t>(plane_count(f.pixel_format)); ++i) {
    planes[i].width = subsampled(f.width, chroma_shift_x(f.pixel_format), rounding);
    planes[i].height = subsampled(f.height, chroma_shift_y(f.pixel_format), rounding);
  }
  return planes;
}

PictureMemory picture_memory(const PictureFormat& format, ChromaRounding rounding, Planes planes) {
  PictureMemory memory{plane_sizes(format, rounding), nullptr, planes};
  if (planes == Planes::luma) memory.planes[1] = memory.planes[2] = {};
  const std::size_t sample = format.bits > 8 ? 2 : 1;
  std::size_t total = 0;
  for (PlaneLayout& p : memory.planes) {
    p.stride = static_cast<std::ptrdiff_t>(
        round_up(static_cast<std::size_t>(p.width) * sample, kAlignment));
    total += static_cast<std::size_t>(p.stride) * static_cast<std::size_t>(p.height);
  }
  // Of large blocks the system zeroes a page when it is first written, in the thread that does.
  const std::shared_ptr<void> block(std::calloc(total + kAlignment, 1), std::free);
  if (block == nullptr) throw std::bad_alloc();
  const auto address = reinterpret_cast<std::uintptr_t>(block.get());
  auto* data = static_cast<std::byte*>(block.get()) + (round_up(address, kAlignment) - address);
  for (PlaneLayout& p : memory.planes) {
    if (p.height == 0) continue;
    p.data = data;
    data += static_cast<std::size_t>(p.stride) * static_cast<std::size_t>(p.height);
  }
  memory.owner = block;
  return memory;
}

Result<PictureMemory> allocate_picture(const PictureFormat& format, ChromaRounding rounding,
                                       Planes planes) {
  VISQ_TRY(check_format(format));
  return picture_memory(format, rounding, planes);
}

}  // namespace visq
