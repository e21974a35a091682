// Pictures in another size, by libswscale, and in another format, by zimg; and as images to look
// at.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/reader.h"

namespace visq::io {

enum class Scaler { bicubic, lanczos, bilinear };

struct Size {
  unsigned width = 0, height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

// The same clip in another size; what its samples are and mean stays.
Result<std::unique_ptr<VideoReader>> scale(std::unique_ptr<VideoReader> reader, const Size& to,
                                           Scaler scaler);

// What samples are and mean.
struct SampleFormat {
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 0;
  int matrix = 2;  // of H.273
  bool full_range = false;
  int siting = 0;  // of chroma

  bool is_rgb() const { return matrix == 0; }
  bool is_gray() const { return pixel_format == VMAF_PIX_FMT_YUV400P; }
  friend bool operator==(const SampleFormat&, const SampleFormat&) = default;
};
SampleFormat format_of(const StreamInfo& info);

// "BT.709"; "BT.709 (assumed)" where nothing says.
std::string matrix_name(int matrix);

// Two numbers of H.273 can stand for one matrix, and what is unspecified is BT.709.
bool same_matrix(int a, int b);

// Describes in `to` what `from` was converted to: everything that differs is named.
void note_conversion(const StreamInfo& from, StreamInfo& to);

// Whether zimg makes R, G and B of samples of that matrix, so that they can get another one.
bool is_convertible(int matrix);

// Whether pictures carry what they were made of (vmaf_picture_set_original).
enum class Originals { dropped, kept };

// The same clip in another format, every sample rounded once. Both matrices are convertible, or the
// same.
Result<std::unique_ptr<VideoReader>> convert(std::unique_ptr<VideoReader> reader,
                                             const SampleFormat& to, Originals originals);

// The same clip, whose pictures are said to mean something else.
std::unique_ptr<VideoReader> declare(std::unique_ptr<VideoReader> reader,
                                     const VmafPictureColor& color);

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
