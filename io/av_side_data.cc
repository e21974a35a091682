#include "io/av_side_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
}

namespace visq::io {
namespace {

#define VISQ_FFMPEG_7_1 (LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 19, 100))

using Matrix = std::array<std::int32_t, 9>;  // of a movie header: a b u, c d v, x y w

#if LIBAVFORMAT_VERSION_MAJOR < 59  // ffmpeg 4
using SideDataSize = int;
#else
using SideDataSize = std::size_t;
#endif

const std::uint8_t* side_data(const AVStream& stream, AVPacketSideDataType type, std::size_t size) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVCodecParameters& codec = *stream.codecpar;
  const AVPacketSideData* data =
      av_packet_side_data_get(codec.coded_side_data, codec.nb_coded_side_data, type);
  return data == nullptr || data->size < size ? nullptr : data->data;
#else
  SideDataSize there = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, type, &there);
  return static_cast<std::size_t>(there) < size ? nullptr : data;
#endif
}

}  // namespace

Result<Orientation> orientation_of(const AVStream& stream) {
  Matrix matrix{};
  const std::uint8_t* const data = side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix);
  if (data == nullptr) return Orientation{};
  std::memcpy(matrix.data(), data, sizeof matrix);
  const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (a * d == b * c) return Orientation{};  // it says nothing
  constexpr double kOneDegree = 0.0175;
  const auto small = [](double part, double whole) {
    return std::fabs(part) <= kOneDegree * std::fabs(whole);
  };
  if (small(b, a) && small(c, d)) return Orientation{false, a < 0, d < 0};
  if (small(a, b) && small(d, c)) return Orientation{true, c < 0, b < 0};
  const double degrees = -av_display_rotation_get(matrix.data());
  return fail(ENOTSUP, fmt::format("it is to be turned by {:.0f} degrees; only quarter turns are "
                                   "supported; turn it first (ffmpeg -vf rotate)",
                                   degrees));
}

#if VISQ_FFMPEG_7_1

Status cut_margins(const AVStream& stream, AVFrame& frame) {
  constexpr std::size_t kSides = 4;
  const std::uint8_t* const data =
      side_data(stream, AV_PKT_DATA_FRAME_CROPPING, kSides * sizeof(std::uint32_t));
  if (data == nullptr) return {};
  const std::size_t top = AV_RL32(data), bottom = AV_RL32(data + 4), left = AV_RL32(data + 8),
                    right = AV_RL32(data + 12);
  const auto width = static_cast<std::size_t>(frame.width),
             height = static_cast<std::size_t>(frame.height);
  if (top + bottom >= height || left + right >= width)
    return fail(EINVAL, fmt::format("its container cuts {} and {} columns, {} and {} rows off its "
                                    "{}x{}: nothing is left",
                                    left, right, top, bottom, width, height));
  const AVPixFmtDescriptor* const format =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const auto whole = [](std::size_t size, int shift) { return size >> shift << shift; };
  const int x = format->log2_chroma_w, y = format->log2_chroma_h;
  frame.crop_left = whole(left, x);
  frame.crop_top = whole(top, y);
  frame.crop_right = width - frame.crop_left - whole(width - left - right, x);
  frame.crop_bottom = height - frame.crop_top - whole(height - top - bottom, y);
  const int code = av_frame_apply_cropping(&frame, AV_FRAME_CROP_UNALIGNED);
  return code < 0 ? fail(EINVAL, "what its container cuts off cannot be cut off") : Status();
}

bool is_tile(const AVFormatContext& container, int stream) {
  const std::span groups(container.stream_groups, container.nb_stream_groups);
  return std::ranges::any_of(groups, [&](const AVStreamGroup* group) {
    const std::span streams(group->streams, group->nb_streams);
    return group->type == AV_STREAM_GROUP_PARAMS_TILE_GRID &&
           std::ranges::any_of(streams, [&](const AVStream* s) { return s->index == stream; });
  });
}

#else

Status cut_margins(const AVStream&, AVFrame&) { return {}; }
bool is_tile(const AVFormatContext&, int) { return false; }

#endif

}  // namespace visq::io
