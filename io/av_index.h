// Where decoding can begin inside a file so that all that follows is exactly what decoding from the
// start gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace visq::io {

// A key frame by its number in the clip. Times are the stream's.
struct SeekPoint {
  std::int64_t frame = 0, shown = 0;
  std::int64_t decoded = 0;  // before which its packet is not found
};

// Nothing where it is not certain: of a file without times, one that begins with frames that cannot
// be decoded, a codec whose key frames do not begin anew.
struct SeekIndex {
  std::vector<SeekPoint> points;
  std::int64_t frames = 0;  // that were looked at
};

// Reads packets, and decodes none, until the points up to that frame are known. `reorder`: how many
// frames the decoder holds back.
Result<SeekIndex> find_seek_points(AVFormatContext& container, int stream, int reorder,
                                   std::int64_t up_to);

// Kept in a folder, under the file's path, size and time of change; nothing where none is kept.
std::optional<SeekIndex> kept_seek_points(const std::string& folder, const std::string& path);
Status keep_seek_points(const std::string& folder, const std::string& path, const SeekIndex& index);

}  // namespace visq::io
