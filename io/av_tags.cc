#include "io/av_tags.h"

#include <cstring>
#include <string_view>

namespace visq::io {
namespace {

// What a file says, which need not be a number that libav's enumeration has: C++ does not let one
// be read as such.
template <typename Enumeration>
int number(const Enumeration& said) {
  int value;
  static_assert(sizeof value == sizeof said);
  std::memcpy(&value, &said, sizeof value);
  return value;
}

VmafColorRange range_of(const AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
      return VMAF_COLOR_RANGE_FULL;
    default:
      break;
  }
  const int range = number(frame.color_range);
  if (range == AVCOL_RANGE_JPEG) return VMAF_COLOR_RANGE_FULL;
  if (range == AVCOL_RANGE_MPEG) return VMAF_COLOR_RANGE_LIMITED;
  return VMAF_COLOR_RANGE_UNSPECIFIED;
}

bool is_jpeg(AVCodecID codec) {
  return codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_MJPEGB || codec == AV_CODEC_ID_LJPEG ||
         codec == AV_CODEC_ID_JPEGLS;
}

// Of images in the format of HEIF it is BT.601 (ISO/IEC 23000-22, 7.3.6.4); of videos nothing.
int standard_matrix(const AVFormatContext& container) {
  const AVDictionaryEntry* brand = av_dict_get(container.metadata, "major_brand", nullptr, 0);
  const std::string_view name = brand == nullptr ? "" : brand->value;
  return name == "avif" || name == "avis" || name == "mif1" || name == "heic" ? 6 : 2;
}

}  // namespace

bool interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

// libav counts from 1, H.273 from 0; JFIF has chroma in the centre, and so has WebP.
int siting_of(const AVFrame& frame, AVCodecID codec) {
  const int location = number(frame.chroma_location);
  if (location != AVCHROMA_LOC_UNSPECIFIED) return location - 1;
  return is_jpeg(codec) || codec == AV_CODEC_ID_WEBP ? 1 : 0;
}

VmafPictureColor color_of(const AVFrame& frame, const AvLayout& layout,
                          const AVFormatContext& container) {
  // libav's numbers are those of H.273.
  const int transfer = number(frame.color_trc);
  if (layout.rgb) return {0, transfer, VMAF_COLOR_RANGE_FULL};
  int matrix = number(frame.colorspace);
  if (matrix == AVCOL_SPC_RGB && layout.pixel_format != VMAF_PIX_FMT_YUV444P) matrix = 2;
  return {matrix == 2 ? standard_matrix(container) : matrix, transfer, range_of(frame)};
}

bool has_full_range_by_kind(AVCodecID codec) {
  return is_jpeg(codec) || codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_APNG ||
         codec == AV_CODEC_ID_WEBP;
}

bool is_image(const AVFormatContext& container) {
  const std::string_view name = container.iformat->name;
  return name == "image2" || name.ends_with("_pipe") || standard_matrix(container) != 2;
}

// The profile's description is ASCII, or UTF-16 in profiles of version 4.
bool has_other_profile_than_srgb(const AVFrame& frame) {
  using namespace std::string_view_literals;
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_ICC_PROFILE);
  if (data == nullptr) return false;
  const std::string_view profile(reinterpret_cast<const char*>(data->data),
                                 static_cast<std::size_t>(data->size));
  return profile.find("sRGB"sv) == profile.npos && profile.find("s\0R\0G\0B"sv) == profile.npos;
}

}  // namespace visq::io
