// What the tags of a frame and of its container say that the samples are.
#pragma once

extern "C" {
#include <libavformat/avformat.h>
}

#include "io/av_layout.h"

namespace visq::io {

bool is_image(const AVFormatContext& container);

bool interlaced(const AVFrame& frame);

// Matrix, transfer and range as H.273 numbers them; 2: not said.
VmafPictureColor color_of(const AVFrame& frame, const AvLayout& layout,
                          const AVFormatContext& container);

// Where chroma samples lie, as H.273 numbers it.
int siting_of(const AVFrame& frame, AVCodecID codec);

// Whether files of this kind are in full range where their tags do not say.
bool has_full_range_by_kind(AVCodecID codec);

bool has_other_profile_than_srgb(const AVFrame& frame);

}  // namespace visq::io
