#include "io/av_side_data.h"

#include <array>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
}

namespace visq::io {
namespace {

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

}  // namespace visq::io
