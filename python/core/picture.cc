#include "python/core/picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

#include <fmt/format.h>

#include "python/core/borrowed.h"
#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

enum class Sample { u8, u16, f32, f64 };

// Where the samples of an array are: readable without the interpreter's lock.
struct Source {
  const std::byte* data = nullptr;
  std::ptrdiff_t stride_y = 0, stride_x = 0;  // bytes, any sign
  unsigned width = 0, height = 0;
  Sample sample = Sample::u8;
};

std::size_t size_of(Sample sample) {
  switch (sample) {
    case Sample::u8:
      return 1;
    case Sample::u16:
      return 2;
    case Sample::f32:
      return 4;
    case Sample::f64:
      break;
  }
  return 8;
}

Sample sample_of(const py::array& array, const std::string& name) {
  if (py::isinstance<py::array_t<std::uint8_t>>(array)) return Sample::u8;
  if (py::isinstance<py::array_t<std::uint16_t>>(array)) return Sample::u16;
  if (py::isinstance<py::array_t<float>>(array)) return Sample::f32;
  if (py::isinstance<py::array_t<double>>(array)) return Sample::f64;
  throw Failure(EINVAL, fmt::format("{}: samples are uint8, uint16 or float, not {}", name,
                                    std::string(py::str(array.dtype()))));
}

Source source_of(const py::array& array, const std::string& name) {
  constexpr py::ssize_t kMaxSide = 32768;
  if (array.ndim() != 2)
    throw Failure(EINVAL,
                  fmt::format("{}: a plane has two dimensions, not {}", name, array.ndim()));
  if (array.shape(0) < 1 || array.shape(1) < 1 || array.shape(0) > kMaxSide ||
      array.shape(1) > kMaxSide)
    throw Failure(EINVAL, fmt::format("{}: a plane of {}x{} is not possible: sides are 1 to {}",
                                      name, array.shape(1), array.shape(0), kMaxSide));
  return {static_cast<const std::byte*>(array.data()),
          array.strides(0),
          array.strides(1),
          static_cast<unsigned>(array.shape(1)),
          static_cast<unsigned>(array.shape(0)),
          sample_of(array, name)};
}

bool fits(const Source& s, unsigned bits) {
  return s.sample == (bits == 8 ? Sample::u8 : Sample::u16);
}

// The library reads rows of samples side by side, one row after the other.
bool lies_right(const Source& s) {
  const auto size = static_cast<std::ptrdiff_t>(size_of(s.sample));
  const std::ptrdiff_t row = size * static_cast<std::ptrdiff_t>(s.width);
  return (s.stride_x == size || s.width == 1) &&
         (s.height == 1 || (s.stride_y >= row && s.stride_y % size == 0)) &&
         reinterpret_cast<std::uintptr_t>(s.data) % static_cast<std::uintptr_t>(size) == 0;
}

template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

[[noreturn]] void refuse(const std::string& name, double value, unsigned x, unsigned y,
                         const std::string& expected) {
  throw Failure(EINVAL, fmt::format("{} has the sample {} in row {}, column {}: {}", name, value, y,
                                    x, expected));
}

void check_range(const Source& s, unsigned bits, const std::string& name) {
  if (s.sample != Sample::u16 || bits == 16) return;
  const unsigned top = (1u << bits) - 1;
  for (unsigned y = 0; y < s.height; ++y) {
    const std::byte* const row = s.data + static_cast<std::ptrdiff_t>(y) * s.stride_y;
    unsigned seen = 0;
    for (unsigned x = 0; x < s.width; ++x)
      seen |= load<std::uint16_t>(row + static_cast<std::ptrdiff_t>(x) * s.stride_x);
    if (seen <= top) continue;
    for (unsigned x = 0; x < s.width; ++x) {
      const unsigned value = load<std::uint16_t>(row + static_cast<std::ptrdiff_t>(x) * s.stride_x);
      if (value > top)
        refuse(name, value, x, y, fmt::format("samples of {} bits are 0 to {}", bits, top));
    }
  }
}

template <typename From, typename To>
void convert_rows(const Source& s, const VmafPicture& to, unsigned plane, const std::string& name) {
  [[maybe_unused]] const From top = static_cast<From>((1u << to.bpc) - 1);
  for (unsigned y = 0; y < s.height; ++y) {
    const std::byte* const row = s.data + static_cast<std::ptrdiff_t>(y) * s.stride_y;
    auto* const target = reinterpret_cast<To*>(static_cast<std::byte*>(to.data[plane]) +
                                               static_cast<std::ptrdiff_t>(y) * to.stride[plane]);
    for (unsigned x = 0; x < s.width; ++x) {
      const From value = load<From>(row + static_cast<std::ptrdiff_t>(x) * s.stride_x);
      if constexpr (std::is_floating_point_v<From>) {
        if (!(value >= 0 && value <= 1))
          refuse(name, static_cast<double>(value), x, y, "samples in floating point are 0 to 1");
        target[x] = static_cast<To>(value * top + From(0.5));
      } else {
        target[x] = static_cast<To>(value);
      }
    }
  }
}

template <typename From>
void convert(const Source& s, const VmafPicture& to, unsigned plane, const std::string& name) {
  if (to.bpc == 8)
    convert_rows<From, std::uint8_t>(s, to, plane, name);
  else
    convert_rows<From, std::uint16_t>(s, to, plane, name);
}

void copy_rows(const Source& s, const VmafPicture& to, unsigned plane) {
  for (unsigned y = 0; y < s.height; ++y)
    std::memcpy(
        static_cast<std::byte*>(to.data[plane]) + static_cast<std::ptrdiff_t>(y) * to.stride[plane],
        s.data + static_cast<std::ptrdiff_t>(y) * s.stride_y, size_of(s.sample) * s.width);
}

void copy_plane(const Source& s, const VmafPicture& to, unsigned plane, const std::string& name) {
  check_range(s, to.bpc, name);
  if (fits(s, to.bpc) &&
      (s.stride_x == static_cast<std::ptrdiff_t>(size_of(s.sample)) || s.width == 1))
    return copy_rows(s, to, plane);
  switch (s.sample) {
    case Sample::u8:
      return convert<std::uint8_t>(s, to, plane, name);
    case Sample::u16:
      return convert<std::uint16_t>(s, to, plane, name);
    case Sample::f32:
      return convert<float>(s, to, plane, name);
    case Sample::f64:
      return convert<double>(s, to, plane, name);
  }
}

void check_samples(const Source& s, unsigned bits, const std::string& name) {
  const bool is_float = s.sample == Sample::f32 || s.sample == Sample::f64;
  if (!is_float && !fits(s, bits))
    throw Failure(EINVAL, fmt::format("{}: samples of {} bits are uint{} or float, not uint{}",
                                      name, bits, bits == 8 ? 8 : 16, 8 * size_of(s.sample)));
}

std::string plane_name(const Frame& frame, std::size_t plane) {
  return fmt::format("{}, plane {},", frame.name, plane);
}

std::vector<Source> sources_of(const Frame& frame) {
  const std::size_t count = frame.format.pixel_format == VMAF_PIX_FMT_YUV400P ? 1 : 3;
  if (frame.planes.size() != count)
    throw Failure(EINVAL,
                  fmt::format("{} has {} planes, not {}", frame.name, frame.planes.size(), count));
  std::vector<Source> sources;
  for (std::size_t i = 0; i < count; ++i) {
    sources.push_back(source_of(frame.planes[i], plane_name(frame, i)));
    check_samples(sources.back(), frame.format.bits, plane_name(frame, i));
  }
  return sources;
}

void check_size(const Source& s, const VmafPicture& picture, std::size_t plane,
                const Frame& frame) {
  if (s.width != picture.w[plane] || s.height != picture.h[plane])
    throw Failure(EINVAL, fmt::format("{} is {}x{}; beside a luma of {}x{} it must be {}x{}",
                                      plane_name(frame, plane), s.width, s.height, picture.w[0],
                                      picture.h[0], picture.w[plane], picture.h[plane]));
}

// Null: a plane does not lie as the library reads it.
VmafPicture described(const std::vector<Source>& sources, const FrameFormat& format) {
  VmafPicture picture{};
  picture.pix_fmt = format.pixel_format;
  picture.bpc = format.bits;
  picture.w[0] = sources[0].width;
  picture.h[0] = sources[0].height;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Source& s = sources[i];
    picture.data[i] = const_cast<std::byte*>(s.data);  // the library reads it only
    picture.stride[i] =
        s.height == 1 ? static_cast<std::ptrdiff_t>(size_of(s.sample) * s.width) : s.stride_y;
  }
  return picture;
}

Picture borrow(const Frame& frame, const std::vector<Source>& sources) {
  Picture picture;
  *picture.get() = described(sources, frame.format);
  // The picture's, which gives them to Borrowed::release.
  Borrowed* const arrays =
      std::make_unique<Borrowed>(std::vector<py::handle>(frame.planes.begin(), frame.planes.end()))
          .release();
  if (const int result = vmaf_picture_wrap(picture.get(), &Borrowed::release, arrays);
      result != 0) {
    *picture.get() = {};
    Borrowed::release(arrays);
    check(result);
  }
  return picture;
}

}  // namespace

VmafPicture PictureMaker::fetch(const FrameFormat& format, unsigned width, unsigned height) {
  const bool same = pool_ != nullptr && pool_format_.pixel_format == format.pixel_format &&
                    pool_format_.bits == format.bits && pool_width_ == width &&
                    pool_height_ == height;
  if (!same) {
    VmafPicturePool* pool = nullptr;
    check(vmaf_picture_pool_open(&pool, format.pixel_format, format.bits, width, height));
    pool_.reset(pool);
    pool_format_ = format;
    pool_width_ = width;
    pool_height_ = height;
  }
  VmafPicture picture{};
  check(vmaf_picture_pool_fetch(pool_.get(), &picture));
  return picture;
}

Picture PictureMaker::make(const Frame& frame, bool copy) {
  const std::vector<Source> sources = sources_of(frame);
  const bool borrowed = !copy && std::all_of(sources.begin(), sources.end(), [&](const Source& s) {
    return fits(s, frame.format.bits) && lies_right(s);
  });
  Picture picture = borrowed ? borrow(frame, sources) : Picture();
  if (!borrowed) *picture.get() = fetch(frame.format, sources[0].width, sources[0].height);
  for (std::size_t i = 0; i < sources.size(); ++i) check_size(sources[i], *picture.get(), i, frame);
  {
    const py::gil_scoped_release unlocked;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (borrowed)
        check_range(sources[i], frame.format.bits, plane_name(frame, i));
      else
        copy_plane(sources[i], *picture.get(), static_cast<unsigned>(i), plane_name(frame, i));
    }
  }
  check(vmaf_picture_set_color(picture.get(), frame.format.color));
  return picture;
}

py::list planes_of(Picture picture) {
  const unsigned bits = picture.get()->bpc;
  auto* const kept = new Picture(std::move(picture));
  const py::capsule owner(kept, [](void* p) { delete static_cast<Picture*>(p); });
  const py::dtype dtype =
      bits == 8 ? py::dtype::of<std::uint8_t>() : py::dtype::of<std::uint16_t>();
  const VmafPicture& p = *kept->get();
  py::list planes;
  for (int i = 0; i < 3 && p.h[i] > 0; ++i)
    planes.append(py::array(dtype, std::vector<py::ssize_t>{p.h[i], p.w[i]},
                            std::vector<py::ssize_t>{p.stride[i], dtype.itemsize()}, p.data[i],
                            owner));
  return planes;
}

}  // namespace visq::python
