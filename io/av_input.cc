#include "io/av_input.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

extern "C" {
#include <libavutil/avstring.h>
}

namespace visq::io {
namespace {

namespace fs = std::filesystem;

#if LIBAVFORMAT_VERSION_MAJOR < 59  // ffmpeg 4
using InputFormat = AVInputFormat;
#else
using InputFormat = const AVInputFormat;
#endif

// Videos and images of one file. What else libav knows names further files, runs scripts, reads
// devices or has no pictures.
constexpr auto kFormats = std::to_array<const char*>(
    {"apng",         "asf",         "av1",       "avi",      "avs2",        "avs3",
     "bmp_pipe",     "cavsvideo",   "dds_pipe",  "dirac",    "dnxhd",       "dpx_pipe",
     "dv",           "evc",         "exr_pipe",  "flv",      "gif",         "gif_pipe",
     "gxf",          "h261",        "h263",      "h264",     "hdr_pipe",    "hevc",
     "ico",          "image2",      "ivf",       "j2k_pipe", "jpeg_pipe",   "jpegls_pipe",
     "jpegxl_anim",  "jpegxl_pipe", "live_flv",  "m4v",      "matroska",    "mjpeg",
     "mjpeg_2000",   "mov",         "mpeg",      "mpegts",   "mpegvideo",   "mxf",
     "nsv",          "nut",         "nuv",       "obu",      "ogg",         "pam_pipe",
     "pbm_pipe",     "pcx_pipe",    "pfm_pipe",  "pgm_pipe", "pgmyuv_pipe", "phm_pipe",
     "png_pipe",     "ppm_pipe",    "psd_pipe",  "qoi_pipe", "rm",          "sgi_pipe",
     "sunrast_pipe", "swf",         "tiff_pipe", "vbn_pipe", "vc1",         "vc1test",
     "vvc",          "webp_pipe",   "wtv",       "xbm_pipe", "xpm_pipe",    "xwd_pipe",
     "yuv4mpegpipe"});
constexpr const char* kPlaylist = "hls";
constexpr auto kScripts = std::to_array<const char*>({"concat", "dash", "imf", "sdp", "rtsp"});

template <typename Names>
bool is_one_of(const Names& names, const InputFormat& format) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return av_match_name(name, format.name) != 0; });
}

// libav knows some formats by their suffix. The rest of a name could be a pattern or a protocol.
std::string name_of(const std::string& path) {
  const std::string suffix = fs::path(path).extension().string();
  const bool plain = suffix.size() > 1 && std::all_of(suffix.begin() + 1, suffix.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) != 0;
                     });
  return plain ? "video" + suffix : "video";
}

int read(void* file, std::uint8_t* to, int size) {
  const auto count = static_cast<InputFile*>(file)->read_some(to, static_cast<std::size_t>(size));
  if (!count) return errno == ECANCELED ? AVERROR_EXIT : AVERROR(errno);
  return *count == 0 ? AVERROR_EOF : static_cast<int>(*count);
}

int read_source(void* source, std::uint8_t* to, int size) {
  const auto count = static_cast<ByteSource*>(source)->read(to, static_cast<std::size_t>(size));
  if (!count) return errno == ECANCELED ? AVERROR_EXIT : AVERROR(EIO);
  return *count == 0 ? AVERROR_EOF : static_cast<int>(*count);
}

std::int64_t seek(void* opened, std::int64_t offset, int whence) {
  auto& file = *static_cast<InputFile*>(opened);
  const auto size = static_cast<std::int64_t>(file.size().value_or(0));
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const int from = whence & ~AVSEEK_FORCE;
  const std::int64_t start = from == SEEK_SET   ? 0
                             : from == SEEK_END ? size
                                                : static_cast<std::int64_t>(file.position());
  if (offset < -start || !file.seek(static_cast<std::uint64_t>(start + offset)))
    return AVERROR(EINVAL);
  return start + offset;
}

using ReadSome = int (*)(void*, std::uint8_t*, int);
using SeekTo = std::int64_t (*)(void*, std::int64_t, int);

// `opened` outlives it.
AVIOContext* buffered(void* opened, ReadSome read_some, SeekTo seek_to) {
  constexpr int kBuffer = 1 << 15;
  auto* const buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (buffer == nullptr) return nullptr;
  AVIOContext* io = nullptr;
  io = avio_alloc_context(buffer, kBuffer, 0, opened, read_some, nullptr, seek_to);
  if (io == nullptr) av_free(buffer);
  return io;
}
AVIOContext* buffered(InputFile& file) {
  return buffered(&file, read, file.can_seek() ? seek : nullptr);
}

void close(AVIOContext* io) {
  if (io == nullptr) return;
  av_free(io->buffer);
  avio_context_free(&io);
}

int close_named(AVFormatContext*, AVIOContext* io) {
  const std::unique_ptr<InputFile> file(static_cast<InputFile*>(io->opaque));
  close(io);
  return 0;
}

// A list of segments that others may follow: libav would wait for them.
bool is_unfinished(InputFile& file) {
  constexpr std::size_t kMost = 1 << 22;
  const std::uint64_t position = file.position();
  file.seek(0);
  std::string text(kMost, '\0');
  std::size_t size = 0;
  while (size < kMost) {
    const std::size_t count = file.read_some(text.data() + size, kMost - size).value_or(0);
    if (count == 0) break;
    size += count;
  }
  text.resize(size);
  file.seek(position);
  return text.rfind("#EXTM3U", 0) == 0 && text.find("#EXT-X-ENDLIST") == text.npos &&
         (text.find("#EXTINF") != text.npos || text.find("#EXT-X-STREAM-INF") == text.npos);
}

constexpr const char* kUnfinished =
    "has no #EXT-X-ENDLIST: more could follow, and only finished playlists are read";

// Of the playlist's folder, or below it.
Result<InputFile> named_file(const std::string& playlist, std::string url,
                             const std::stop_token& stop) {
  if (url.rfind("file:", 0) == 0) url.erase(0, 5);
  const fs::path parent = fs::path(playlist).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const std::string inside = fs::path(url).lexically_relative(folder).string();
  if (inside.empty()) return fail(EXDEV, "it is not in the playlist's folder");
  const Descriptor opened(
      uninterrupted([&] { return ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  VISQ_ASSIGN(Descriptor file, open_beneath(opened, inside));
  InputFile input(file.release(), stop);
  if (!input.can_seek()) return fail(EINVAL, "it is not a regular file");
  if (is_unfinished(input)) return fail(EINVAL, fmt::format("it {}", kUnfinished));
  return input;
}

}  // namespace

AvInput::AvInput(const std::string& path, const Access& access)
    : path_(path), name_(name_of(path)), access_(access) {}

AvInput::~AvInput() { close(io_); }

Result<std::unique_ptr<AvInput>> AvInput::open(const std::string& path,
                                               std::unique_ptr<ByteSource> source,
                                               const Access& access) {
  std::unique_ptr<AvInput> input(new AvInput(path, access));
  if (source == nullptr) {
    VISQ_ASSIGN(InputFile file, InputFile::open(path, access.stop));
    input->io_ = buffered(input->file_.emplace(std::move(file)));
  } else {
    input->source_ = std::move(source);
    input->io_ = buffered(input->source_.get(), read_source, nullptr);
  }
  if (input->io_ == nullptr) return fail(ENOMEM, "out of memory");
  return input;
}

Result<AVFormatContext*> AvInput::open_container(int& code) {
  InputFormat* format = nullptr;
  code = av_probe_input_buffer2(io_, &format, name_.c_str(), nullptr, 0, 0);
  // From ffmpeg 7.1 on a playlist is known as one only where its name says so, too.
  InputFormat* list = nullptr;
  if (av_probe_input_buffer2(io_, &list, "playlist.m3u8", nullptr, 0, 0) >= 0 &&
      av_match_name(kPlaylist, list->name) != 0)
    format = list;
  if (format == nullptr) return nullptr;
  VISQ_TRY(check_format(*format));
  AVFormatContext* container = avformat_alloc_context();
  if (container == nullptr) return fail(ENOMEM, "out of memory");
  prepare(*container);
  AVDictionary* options = nullptr;
  if (image_) av_dict_set(&options, "pattern_type", "none", 0);
  const std::string& name = playlist_ ? path_ : name_;
  code = avformat_open_input(&container, name.c_str(), format, &options);
  av_dict_free(&options);
  return code < 0 ? nullptr : container;
}

Status AvInput::check_format(const AVInputFormat& format) {
  image_ = av_match_name("image2", format.name) != 0;
  playlist_ = av_match_name(kPlaylist, format.name) != 0;
  if (playlist_ && !access_.playlists)
    return fail(EXDEV,
                fmt::format("{} is a playlist: the files that it names are not opened", path_));
  if (playlist_ && (!file_ || is_unfinished(*file_)))
    return fail(EINVAL, fmt::format("{} {}", path_, kUnfinished));
  if (playlist_ || is_one_of(kFormats, format)) return {};
  if (is_one_of(kScripts, format))
    return fail(ENOTSUP, fmt::format("{} names further files ({}), which are not opened; make one "
                                     "file of them first (ffmpeg -i IT -c copy FILE.mkv)",
                                     path_, format.name));
  return fail(ENOTSUP, fmt::format("{} is no video or image of a format that is read here: libav "
                                   "takes it for {}",
                                   path_, format.name));
}

void AvInput::prepare(AVFormatContext& container) {
  container.pb = io_;
  container.opaque = this;
  container.interrupt_callback = {is_stopped, this};
  container.io_open = open_named;
#if LIBAVFORMAT_VERSION_MAJOR < 59
  container.io_close = [](AVFormatContext* c, AVIOContext* io) { close_named(c, io); };
#else
  container.io_close2 = close_named;
#endif
  container.protocol_whitelist = av_strdup("file");
  const std::string formats = fmt::format("{},{}", fmt::join(kFormats, ","), kPlaylist);
  container.format_whitelist = av_strdup(formats.c_str());
}

int AvInput::is_stopped(void* self) { return static_cast<AvInput*>(self)->stopped() ? 1 : 0; }

Result<AVIOContext*> AvInput::open_named(const std::string& url) {
  const bool itself = image_ && file_ && url == name_;
  if (!itself && !playlist_) return fail(EXDEV, "it is not opened");
  auto file = itself ? Result<InputFile>(file_->again()) : named_file(path_, url, access_.stop);
  if (!file) return tl::unexpected(file.error());
  image_ = false;
  auto kept = std::make_unique<InputFile>(*std::move(file));
  AVIOContext* const io = buffered(*kept);
  if (io == nullptr) return fail(ENOMEM, "out of memory");
  io->opaque = kept.release();
  return io;
}

int AvInput::open_named(AVFormatContext* container, AVIOContext** io, const char* url, int,
                        AVDictionary**) {
  auto& self = *static_cast<AvInput*>(container->opaque);
  try {
    const auto opened = self.open_named(std::string(url));
    if (opened) {
      *io = *opened;
      return 0;
    }
    self.refused_ = fmt::format("it names {}: {}", url, opened.error().message);
    return AVERROR(opened.error().code);
  } catch (const std::bad_alloc&) {
    return AVERROR(ENOMEM);
  }
}

}  // namespace visq::io
