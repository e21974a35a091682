// What the module exports beside its reader.
#pragma once

#include "io/convert.h"

extern "C" {
[[gnu::visibility("default")]] void visq_scale_with_av(
    std::unique_ptr<visq::io::VideoReader> reader, const visq::io::Size& to,
    visq::io::Scaler scaler, visq::Result<std::unique_ptr<visq::io::VideoReader>>& scaled);
[[gnu::visibility("default")]] void visq_convert_with_zimg(
    std::unique_ptr<visq::io::VideoReader> reader, const visq::io::SampleFormat& to,
    visq::io::Originals originals, visq::Result<std::unique_ptr<visq::io::VideoReader>>& converted);
[[gnu::visibility("default")]] void visq_rgb_with_av(const VmafPicture& picture,
                                                     const VmafPictureColor& color,
                                                     unsigned max_width,
                                                     visq::Result<visq::io::RgbImage>& image);
[[gnu::visibility("default")]] void visq_thumbnails_with_av(
    const visq::io::StreamInfo& info, unsigned width, unsigned height,
    visq::Result<std::unique_ptr<visq::io::Thumbnails>>& thumbnails);
[[gnu::visibility("default")]] void visq_jpeg_with_av(const visq::io::RgbImage& image,
                                                      visq::Result<std::string>& bytes);
}
