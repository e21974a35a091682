// Frames of planar samples, as raw files and y4m store them.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/byte_source.h"
#include "io/reader.h"

namespace visq::io {

// Bytes of one frame: chroma of odd sizes rounds up, two bytes a sample above 8 bits.
std::uint64_t frame_bytes(const StreamInfo& info);

// The pictures of one stream, whose memory is used again.
class PictureSource {
 public:
  // A picture of that format with its colour set. `info` does not change between calls.
  Status allocate(const StreamInfo& info, VmafPicture* picture);

  // The next frame of the source in such a picture, or in one that lies where the system keeps the
  // file; nullptr passes over the frame. `name` and `frame` are for the error.
  Status read(ByteSource& source, const StreamInfo& info, VmafPicture* picture,
              const std::string& name, std::uint64_t frame);

  // Chroma is not read from now on, unless pictures are RGB.
  void luma_only();

 private:
  struct Close {
    void operator()(VmafPicturePool* pool) const { vmaf_picture_pool_close(pool); }
  };
  bool whole(const StreamInfo& info) const { return !luma_only_ || info.color.matrix == 0; }

  std::unique_ptr<VmafPicturePool, Close> pool_;
  bool luma_only_ = false;
};

// Fills the planes that the picture has from the source, and passes over the rest of the frame: all
// of it where the picture is empty. `name` and `frame` are for the error.
Status read_planes(ByteSource& source, const StreamInfo& info, VmafPicture* picture,
                   const std::string& name, std::uint64_t frame);

}  // namespace visq::io
