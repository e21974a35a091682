#include <filesystem>

#include <fmt/format.h>

#include "io/av_reader.h"
#include "io/byte_source.h"
#include "io/png.h"
#include "io/raw_yuv.h"
#include "io/reader.h"
#include "io/y4m.h"

namespace visq::io {
namespace {

Result<bool> begins_as_y4m(const std::string& path, const Access& access) {
  VISQ_ASSIGN(auto source, open_bytes(path, access.stop));
  char start[kY4mMagic.size()] = {};
  const auto count = source->read(start, sizeof start);
  if (!count) return fail(EIO, fmt::format("{} cannot be read", path));
  if (*count == 0) return fail(EIO, fmt::format("{} is empty", path));
  return std::string_view(start, *count) == kY4mMagic;
}

}  // namespace

Result<bool> VideoReader::skip() {
  VmafPicture picture{};
  VISQ_ASSIGN(const bool more, read(&picture));
  if (more) vmaf_picture_unref(&picture);
  return more;
}

Result<std::unique_ptr<VideoReader>> open_video(const std::string& path,
                                                const std::optional<RawFormat>& raw, int threads,
                                                const Access& access) {
  if (path.find("://") != std::string::npos)
    return fail(
        EINVAL,
        fmt::format("{} is an address, and only files and pipes are read: download it first",
                    path));
  if (raw) return open_raw_yuv(path, *raw, access);
  if (path == "-") {
    VISQ_ASSIGN(auto source, open_bytes(path, access.stop));
    return open_y4m("standard input", std::move(source));
  }
  // A pipe cannot be looked into and read again; what people pipe is y4m.
  std::error_code error;
  const bool pipe = std::filesystem::exists(path, error) &&
                    !std::filesystem::is_regular_file(path, error) &&
                    !std::filesystem::is_directory(path, error);
  bool y4m = pipe;
  if (!pipe) {
    VISQ_ASSIGN(y4m, begins_as_y4m(path, access));
  }
  if (!y4m) {
    auto png = open_png(path);
    if (png != nullptr) return png;
    return open_av(path, threads, access);
  }
  VISQ_ASSIGN(auto source, open_bytes(path, access.stop));
  return open_y4m(path, std::move(source));
}

}  // namespace visq::io
