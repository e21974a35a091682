#include "python/core/frames.h"

#include <pybind11/stl.h>

#include <fmt/format.h>

#include "python/core/borrowed.h"
#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

io::StreamInfo info_of(const Frame& frame) {
  io::StreamInfo info;
  info.pixel_format = frame.format.pixel_format;
  info.bits = frame.format.bits;
  info.color = frame.format.color;
  if (!frame.planes.empty() && frame.planes.front().ndim() == 2) {
    info.width = static_cast<unsigned>(frame.planes.front().shape(1));
    info.height = static_cast<unsigned>(frame.planes.front().shape(0));
  }
  return info;
}

bool same(const io::StreamInfo& a, const io::StreamInfo& b) {
  return a.pixel_format == b.pixel_format && a.bits == b.bits && a.width == b.width &&
         a.height == b.height;
}

}  // namespace

Frame frame_of(const py::tuple& t) {
  const auto color = t[3].cast<std::tuple<int, int, int>>();
  return {
      t[0].cast<std::vector<py::array>>(),
      {static_cast<VmafPixelFormat>(t[1].cast<int>()),
       t[2].cast<unsigned>(),
       {std::get<0>(color), std::get<1>(color), static_cast<VmafColorRange>(std::get<2>(color))}},
      t[4].cast<std::string>()};
}

FrameReader::FrameReader(Next next, bool copy, const std::string& name, Foreground* foreground)
    : next_(std::move(next)), copy_(copy), frame_(next_()), foreground_(foreground) {
  if (!frame_) throw Failure(EINVAL, fmt::format("{} has no frame", name));
  info_ = info_of(*frame_);
}

// Only a broken interpreter throws, and ends the program.
// NOLINTNEXTLINE(bugprone-exception-escape)
FrameReader::~FrameReader() {
  const py::gil_scoped_acquire locked;  // of what next_ and frame_ hold
  next_ = nullptr;
  frame_.reset();
}

Result<bool> FrameReader::make(VmafPicture* picture) {
  drop_returned_arrays();
  std::optional<Frame> frame = std::exchange(frame_, std::nullopt);
  if (!frame) frame = next_();
  if (!frame) return false;
  if (const io::StreamInfo now = info_of(*frame); !same(now, info_))
    return fail(EINVAL, fmt::format("{} is {}, and the first was {}: the format cannot change "
                                    "within a clip",
                                    frame->name, describe(now), describe(info_)));
  *picture = pictures_.make(*frame, copy_).release();
  return true;
}

// What Python raises passes through.
Result<bool> FrameReader::try_to_make(VmafPicture* picture) {
  try {
    return make(picture);
  } catch (const Failure& failure) {
    return fail(failure.code(), failure.what());
  } catch (const error& failure) {
    return fail(failure.code(), failure.what());
  }
}

Result<bool> FrameReader::read(VmafPicture* picture) {
  if (foreground_ == nullptr) {
    const py::gil_scoped_acquire locked;
    return try_to_make(picture);
  }
  Result<bool> made = false;
  if (foreground_->call([&] { made = try_to_make(picture); })) return made;
  return fail(ECANCELED, "Python raised an exception");
}

}  // namespace visq::python
