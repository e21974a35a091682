// Raw planar samples (.yuv).
#pragma once

#include "io/reader.h"

namespace visq::io {

Result<std::unique_ptr<VideoReader>> open_raw_yuv(const std::string& path, const RawFormat& format,
                                                  const Access& access);

}  // namespace visq::io
