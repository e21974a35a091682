// Frames that Python gives, one at a time, as a clip.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <pybind11/pybind11.h>

#include "io/reader.h"
#include "python/core/foreground.h"
#include "python/core/picture.h"

namespace visq::python {

// Planes, pixel format, bits, colour (matrix, transfer, range), and a name for messages.
Frame frame_of(const pybind11::tuple& tuple);

class FrameReader : public io::VideoReader {
 public:
  // `next` gives a frame, or nothing at the end; it is called with the interpreter's lock. So is
  // the constructor, which takes the first frame to know the format. `name`: of the clip.
  // `foreground`: where the others are taken, if not where they are read.
  using Next = std::function<std::optional<Frame>()>;
  FrameReader(Next next, bool copy, const std::string& name, Foreground* foreground = nullptr);
  ~FrameReader() override;

  const io::StreamInfo& info() const override { return info_; }
  void read_luma_only() override {}

  // Without the interpreter's lock.
  Result<bool> read(VmafPicture* picture) override;

 private:
  Result<bool> make(VmafPicture* picture);
  Result<bool> try_to_make(VmafPicture* picture);

  Next next_;
  bool copy_;
  std::optional<Frame> frame_;  // the next one, where it is known
  io::StreamInfo info_;
  PictureMaker pictures_;
  Foreground* foreground_;
};

}  // namespace visq::python
