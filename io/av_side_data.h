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

}  // namespace visq::io
