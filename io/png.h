// PNG files of the plain kind: gray or RGB of 8 or 16 bits, not interlaced, without transparency
// and colour chunks. For such files libav would take ten times as long to load as to decode them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/reader.h"

namespace visq::io {

struct PngImage {
  unsigned width = 0, height = 0, bits = 0, channels = 0;
  std::vector<unsigned char> rows;  // samples as the file has them, without gaps
};

// Nothing for a file of another kind, and for one that is damaged in any way.
std::optional<PngImage> decode_png(std::string_view file);

// A clip of one frame, as libav would give it; nullptr for what decode_png() does not take.
std::unique_ptr<VideoReader> open_png(const std::string& path);

}  // namespace visq::io
