#include <filesystem>

#include <fmt/format.h>

#include "io/av_reader.h"
#include "io/byte_source.h"
#include "io/png.h"
#include "io/raw_yuv.h"
#include "io/reader.h"
#include "io/sequence.h"
#include "io/y4m.h"

namespace visq::io {
namespace {

bool is_regular(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

bool is_named_raw(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".yuv" || extension == ".raw" || extension == ".rgb";
}

// Matroska, FLV and fragmented mp4, which can be told from raw samples and read from a pipe.
bool begins_as_container(std::string_view start) {
  using namespace std::string_view_literals;
  return start.starts_with("\x1a\x45\xdf\xa3"sv) || start.starts_with("FLV\1"sv) ||
         (start.size() >= 8 && start.substr(4, 4) == "ftyp"sv);
}

// What is no y4m. Beside a raw clip the other is often an encode: raw is what its name says, or
// what nothing else recognises.
Result<std::unique_ptr<VideoReader>> open_other(const std::string& path, const std::string& name,
                                                std::unique_ptr<ByteSource> source,
                                                const std::optional<RawFormat>& raw, int threads,
                                                const Access& access) {
  if (!is_regular(path)) {
    if (raw && (is_named_raw(path) || !begins_as_container(source->peek(8))))
      return open_raw_yuv(name, std::move(source), *raw);
    return open_av(name, std::move(source), threads, access);
  }
  if (raw && is_named_raw(path)) return open_raw_yuv(name, std::move(source), *raw);
  if (auto png = open_png(path); png != nullptr) return png;
  auto reader = open_av(path, nullptr, threads, access);
  if (reader || !raw || reader.error().code == EXDEV || reader.error().code == ECANCELED)
    return reader;  // a playlist is not taken for samples
  return open_raw_yuv(name, std::move(source), *raw);
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
  std::error_code unknown;
  if (path.find("://") != std::string::npos && !std::filesystem::exists(path, unknown))
    return fail(
        EINVAL,
        fmt::format("{} is an address, and only files and pipes are read: download it first",
                    path));
  if (names_sequence(path)) return open_sequence(path, threads, access);
  VISQ_ASSIGN(auto source, open_bytes(path, access.stop));
  const std::string name = path == "-" ? "standard input" : path;
  const std::string_view start = source->peek(kY4mMagic.size());
  if (start.empty()) return fail(EIO, fmt::format("{} is empty", name));
  if (start == kY4mMagic) return open_y4m(name, std::move(source));
  return open_other(path, name, std::move(source), raw, threads, access);
}

}  // namespace visq::io
