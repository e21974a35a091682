// Everything that libavformat and libavcodec read: mp4, mkv, webm, mov, ts, png, jpg, ... They and
// the hundred libraries below them are a module, libvisq_av.so, loaded when a file asks for it: y4m
// and raw files are scored without their 30 MB and a tenth of a second.
#pragma once

#include "io/byte_source.h"
#include "io/reader.h"

namespace visq::io {

// Loads the module and opens the file, or the source, which is read from its place on without
// seeking; then `path` is for messages.
Result<std::unique_ptr<VideoReader>> open_av(const std::string& path,
                                             std::unique_ptr<ByteSource> source, int threads,
                                             const Access& access);

}  // namespace visq::io

// What the module exports.
extern "C" [[gnu::visibility("default")]] void visq_open_av(
    const std::string& path, std::unique_ptr<visq::io::ByteSource> source, int threads,
    const visq::io::Access& access, visq::Result<std::unique_ptr<visq::io::VideoReader>>& reader);
