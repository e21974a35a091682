#include "tests/support/generated_clips.h"

#include <algorithm>

namespace visq::test {
namespace {

struct Sample {
  std::uint32_t x, y, frame, plane;
};

std::uint32_t hash(const Sample& at, std::uint32_t salt) {
  std::uint32_t v = (at.x * 0x9E3779B1u) ^ (at.y * 0x85EBCA77u) ^ (at.frame * 0xC2B2AE3Du) ^
                    (at.plane * 0x27D4EB2Fu) ^ (salt * 0x165667B1u);
  v ^= v >> 15;
  v *= 0x2C1B3C6Du;
  v ^= v >> 12;
  v *= 0x297A2D39u;
  return v ^ (v >> 15);
}

// Two triangle waves that move, and a little noise. Unsigned arithmetic wraps as two's complement
// does.
int reference_sample(const Sample& at) {
  const int first = static_cast<int>((2 * at.x + at.y + 6 * at.frame) & 255u);
  const int second = static_cast<int>((at.x - 2 * at.y + 3 * at.frame + 37 * at.plane) & 127u);
  return 16 + std::min(first, 255 - first) + std::min(second, 127 - second) +
         static_cast<int>(hash(at, 1) & 15u);
}

int distorted_sample(const Sample& at, unsigned width, unsigned height) {
  const auto neighbour = [&](int dx, int dy) {
    Sample n = at;
    n.x = static_cast<std::uint32_t>(
        std::clamp(static_cast<int>(at.x) + dx, 0, static_cast<int>(width) - 1));
    n.y = static_cast<std::uint32_t>(
        std::clamp(static_cast<int>(at.y) + dy, 0, static_cast<int>(height) - 1));
    return reference_sample(n);
  };
  const int blurred = (4 * reference_sample(at) + neighbour(-1, 0) + neighbour(1, 0) +
                       neighbour(0, -1) + neighbour(0, 1) + 4) >>
                      3;
  return std::clamp((blurred & ~7) + 4 + static_cast<int>(hash(at, 2) & 3u) - 1, 0, 255);
}

unsigned sample(const Sample& at, const VmafPicture& picture, Side side) {
  const unsigned plane = at.plane, extra = picture.bpc - 8;
  const int value = side == Side::reference
                        ? reference_sample(at)
                        : distorted_sample(at, picture.w[plane], picture.h[plane]);
  if (extra == 0) return static_cast<unsigned>(value);
  const unsigned mask = (1u << extra) - 1;
  return (static_cast<unsigned>(value) << extra) |
         (hash(at, side == Side::reference ? 3 : 4) & mask);
}

}  // namespace

std::span<const GeneratedClip> generated_clips() {
  static constexpr GeneratedClip kClips[] = {
      {576, 324, VMAF_PIX_FMT_YUV420P, 8, 5},  {576, 324, VMAF_PIX_FMT_YUV420P, 10, 3},
      {352, 288, VMAF_PIX_FMT_YUV422P, 10, 3}, {320, 240, VMAF_PIX_FMT_YUV444P, 12, 2},
      {320, 240, VMAF_PIX_FMT_YUV420P, 16, 2}, {333, 251, VMAF_PIX_FMT_YUV420P, 8, 3},
      {335, 257, VMAF_PIX_FMT_YUV444P, 8, 2},  {64, 48, VMAF_PIX_FMT_YUV420P, 8, 3},
      {1920, 1080, VMAF_PIX_FMT_YUV420P, 8, 2}};
  return kClips;
}

void fill_generated(VmafPicture* picture, unsigned frame, Side side) {
  for (std::uint32_t plane = 0; plane < 3; ++plane)
    for (std::uint32_t y = 0; y < picture->h[plane]; ++y) {
      auto* row = static_cast<std::uint8_t*>(picture->data[plane]) +
                  static_cast<std::ptrdiff_t>(y) * picture->stride[plane];
      for (std::uint32_t x = 0; x < picture->w[plane]; ++x) {
        const unsigned value = sample({x, y, frame, plane}, *picture, side);
        if (picture->bpc > 8)
          reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value);
        else
          row[x] = static_cast<std::uint8_t>(value);
      }
    }
}

}  // namespace visq::test
