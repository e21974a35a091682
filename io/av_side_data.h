// What a container says of a stream beside its samples.
#pragma once

#include "base/result.h"
#include "io/orientation.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace visq::io {

// As a player turns the picture: by quarter turns and mirrors. -ENOTSUP for other angles.
Result<Orientation> orientation_of(const AVStream& stream);

// Cuts off what the container says is not to be shown, as ffmpeg's own filter does: what lies
// between two samples of chroma moves to the one before. Containers say it from ffmpeg 7.1 on.
Status cut_margins(const AVStream& stream, AVFrame& frame);

// Whether the stream is one of the tiles that a picture is made of (HEIC, AVIF). Containers say it
// from ffmpeg 7.1 on.
bool is_tile(const AVFormatContext& container, int stream);

}  // namespace visq::io
