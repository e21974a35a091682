// YUV4MPEG2 streams (.y4m), as mjpegtools and ffmpeg write them.
#pragma once

#include <string_view>

#include "io/byte_source.h"
#include "io/reader.h"

namespace visq::io {

inline constexpr std::string_view kY4mMagic = "YUV4MPEG2";

struct Y4mHeader {
  StreamInfo info;
  bool alpha = false;  // a fourth plane follows, and is skipped
};

// The header line without its newline. Errors say which parameter is wrong and what is expected.
Result<Y4mHeader> parse_y4m_header(std::string_view line);

// `name` is for messages. The source stands at the start of the stream.
Result<std::unique_ptr<VideoReader>> open_y4m(const std::string& name,
                                              std::unique_ptr<ByteSource> source);

}  // namespace visq::io
