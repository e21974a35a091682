// Pictures in another size, chroma format or depth, and as images to look at; by libswscale.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/reader.h"

namespace visq::io {

enum class Scaler { bicubic, lanczos, bilinear };

struct ConvertTo {
  unsigned width = 0, height = 0;
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 0;  // 8, 9, 10, 12, 14 or 16
  Scaler scaler = Scaler::bicubic;
};

// The same clip in another format; matrix and range stay. RGB stays RGB: only its size can change.
Result<std::unique_ptr<VideoReader>> convert(std::unique_ptr<VideoReader> reader,
                                             const ConvertTo& to);

// 8 bits, R G B, row after row without gaps.
struct RgbImage {
  unsigned width = 0, height = 0;
  std::vector<unsigned char> samples;
};

// The picture as a screen shows it, made smaller where it is wider than `max_width`.
Result<RgbImage> to_rgb(const VmafPicture& picture, const VmafPictureColor& color,
                        unsigned max_width);

// Pictures of one clip as small pictures of one size, whatever their own proportions: as FFmpeg
// scales with its default flags, and with its matrix (BT.601) where a clip names none.
class Thumbnails {
 public:
  virtual ~Thumbnails() = default;
  virtual const RgbImage& of(const VmafPicture& picture) = 0;  // valid until the next
};
Result<std::unique_ptr<Thumbnails>> open_thumbnails(const StreamInfo& info, unsigned width,
                                                    unsigned height);

// A JPEG file of high quality, without chroma subsampling.
Result<std::string> to_jpeg(const RgbImage& image);

}  // namespace visq::io
