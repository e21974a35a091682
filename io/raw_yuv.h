// Raw planar samples (.yuv).
#pragma once

#include "io/byte_source.h"
#include "io/reader.h"

namespace visq::io {

// `name` is for messages. The source stands at the first frame; it may be a pipe.
Result<std::unique_ptr<VideoReader>> open_raw_yuv(const std::string& name,
                                                  std::unique_ptr<ByteSource> source,
                                                  const RawFormat& format);

}  // namespace visq::io
