// Everything that libavformat and libavcodec read: mp4, mkv, webm, mov, ts, png, jpg, ...
#pragma once

#include "io/reader.h"

namespace visq::io {

Result<std::unique_ptr<VideoReader>> open_av(const std::string& path, int threads);

}  // namespace visq::io
