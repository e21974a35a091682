#include "io/y4m.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/numbers.h"
#include "io/planar.h"

namespace visq::io {
namespace {

constexpr std::size_t kMaxLine = 1024;  // of a header; frame headers too
constexpr unsigned kMaxSide = 32768;

struct Layout {
  std::string_view tag;
  VmafPixelFormat format;
};
// Longest first: the rest of a tag is the depth ("p10", "16") or the siting.
constexpr Layout kLayouts[] = {{"420", VMAF_PIX_FMT_YUV420P},
                               {"422", VMAF_PIX_FMT_YUV422P},
                               {"444", VMAF_PIX_FMT_YUV444P},
                               {"mono", VMAF_PIX_FMT_YUV400P}};

template <typename T>
bool parse_whole(std::string_view text, T& value) {
  const auto number = parse_number<T>(text);
  if (number) value = *number;
  return number.has_value();
}

// "" 8; "p10", "10" (mono): that many.
bool parse_depth(std::string_view text, unsigned& bits) {
  bits = 8;
  if (text.empty()) return true;
  if (text.front() == 'p') text.remove_prefix(1);
  return parse_whole(text, bits) && bits >= 8 && bits <= 16;
}

// As H.273 numbers it.
std::optional<int> siting_of(VmafPixelFormat format, std::string_view text) {
  if (format != VMAF_PIX_FMT_YUV420P) return std::nullopt;
  if (text == "jpeg") return 1;
  if (text == "mpeg2") return 0;
  if (text == "paldv") return 2;
  return std::nullopt;
}

Status parse_layout(std::string_view tag, Y4mHeader& header) {
  for (const Layout& layout : kLayouts) {
    if (tag.substr(0, layout.tag.size()) != layout.tag) continue;
    const std::string_view rest = tag.substr(layout.tag.size());
    header.info.pixel_format = layout.format;
    header.info.bits = 8;
    header.alpha = layout.format == VMAF_PIX_FMT_YUV444P && rest == "alpha";
    const std::optional<int> siting = siting_of(layout.format, rest);
    header.info.siting = siting.value_or(0);
    if (header.alpha || siting || parse_depth(rest, header.info.bits)) return {};
  }
  return fail(
      EINVAL,
      fmt::format("colour space C{} is not supported; 420, 422, 444 and mono of 8 to 16 bits are",
                  tag.substr(0, 40)));
}

Status parse_side(std::string_view text, char which, unsigned& side) {
  if (parse_whole(text, side) && side >= 1 && side <= kMaxSide) return {};
  return fail(EINVAL,
              fmt::format("{} is \"{}\"; a number from 1 to {} is expected",
                          which == 'W' ? "width W" : "height H", text.substr(0, 20), kMaxSide));
}

Status parse_rate(std::string_view text, StreamInfo& info) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && parse_whole(text.substr(0, colon), info.rate.num) &&
      parse_whole(text.substr(colon + 1), info.rate.den) && info.rate.num >= 0 &&
      info.rate.den >= 0) {
    if (info.rate.den == 0) info.rate.num = 0;  // 0:0 says unknown
    info.rate.den = std::max(info.rate.den, 1);
    return {};
  }
  return fail(EINVAL, fmt::format("frame rate F is \"{}\"; a ratio such as 25:1 is expected",
                                  text.substr(0, 20)));
}

Status parse_interlacing(std::string_view text) {
  if (text.empty() || text == "p" || text == "?") return {};
  return fail(
      EINVAL,
      fmt::format("interlacing I{} is not supported; deinterlace the clip first (ffmpeg -vf bwdif)",
                  text.substr(0, 20)));
}

void parse_extension(std::string_view text, StreamInfo& info) {
  if (text == "COLORRANGE=FULL") info.color.range = VMAF_COLOR_RANGE_FULL;
  if (text == "COLORRANGE=LIMITED") info.color.range = VMAF_COLOR_RANGE_LIMITED;
}

Status parse_parameter(std::string_view word, Y4mHeader& header) {
  const std::string_view value = word.substr(1);
  switch (word.front()) {
    case 'W':
      return parse_side(value, 'W', header.info.width);
    case 'H':
      return parse_side(value, 'H', header.info.height);
    case 'F':
      return parse_rate(value, header.info);
    case 'I':
      return parse_interlacing(value);
    case 'C':
      return parse_layout(value, header);
    case 'X':
      parse_extension(value, header.info);
      return {};
    default:
      return {};  // A: the shape of a pixel does not change scores
  }
}

// A line up to '\n', which is left out; nullopt when none comes within kMaxLine bytes.
Result<std::optional<std::string>> read_line(ByteSource& source) {
  std::string line;
  for (char c = 0; line.size() < kMaxLine; line += c) {
    const auto count = source.read(&c, 1);
    if (!count) return fail(EIO, "it cannot be read");
    if (*count == 0 || c == '\n') {
      if (*count == 0 && line.empty()) return std::optional<std::string>();
      if (*count == 0) return fail(EIO, "it ends within a header");
      return std::optional<std::string>(std::move(line));
    }
  }
  return fail(EINVAL, fmt::format("a header has no end within {} bytes", kMaxLine));
}

// What the size of a file says, if no frame has parameters of its own.
std::optional<std::uint64_t> frames_of(const ByteSource& source, std::uint64_t header_bytes,
                                       const Y4mHeader& header) {
  constexpr std::uint64_t kFrameLine = 6;  // "FRAME\n"
  const std::uint64_t alpha =
      header.alpha ? std::uint64_t{header.info.width} * header.info.height : 0;
  const std::uint64_t each = kFrameLine + frame_bytes(header.info) + alpha;
  const auto bytes = source.size();
  if (!bytes || *bytes < header_bytes || (*bytes - header_bytes) % each != 0) return std::nullopt;
  return (*bytes - header_bytes) / each;
}

class Y4mReader final : public VideoReader {
 public:
  Y4mReader(std::string name, std::unique_ptr<ByteSource> source, const Y4mHeader& header)
      : name_(std::move(name)), source_(std::move(source)), header_(header) {}

  const StreamInfo& info() const override { return header_.info; }
  void read_luma_only() override { pictures_.luma_only(); }
  Status intact() const override { return source_->intact(); }

  Result<bool> read(VmafPicture* picture) override { return next(picture); }
  Result<bool> skip() override { return next(nullptr); }

 private:
  Result<bool> next(VmafPicture* picture) {
    auto line = read_line(*source_);
    if (!line)
      return fail(line.error(),
                  fmt::format("{}: frame {}: {}", name_, frame_, line.error().message));
    const auto& text = *line;
    if (!text) return false;
    if (text->substr(0, 5) != "FRAME" || (text->size() > 5 && (*text)[5] != ' '))
      return fail(EIO, fmt::format("{}: frame {} does not begin with FRAME", name_, frame_));
    VISQ_TRY(pictures_.read(*source_, header_.info, picture, name_, frame_));
    if (const Status status = header_.alpha ? skip_alpha() : Status(); !status) {
      vmaf_picture_unref(picture);
      return tl::unexpected<Error>(status.error());
    }
    ++frame_;
    return true;
  }

  Status skip_alpha() {
    const std::uint64_t size = std::uint64_t{header_.info.width} * header_.info.height;
    if (source_->skip(size) == size) return {};
    return fail(EIO, fmt::format("{}: frame {} is truncated in its alpha plane", name_, frame_));
  }

  std::string name_;
  std::unique_ptr<ByteSource> source_;
  Y4mHeader header_;
  std::uint64_t frame_ = 0;
  PictureSource pictures_;
};

}  // namespace

Result<Y4mHeader> parse_y4m_header(std::string_view line) {
  if (line.substr(0, kY4mMagic.size()) != kY4mMagic)
    return fail(EINVAL, "it does not begin with YUV4MPEG2");
  line.remove_prefix(kY4mMagic.size());
  Y4mHeader header;
  header.info.pixel_format = VMAF_PIX_FMT_YUV420P;  // what a stream without C has
  header.info.bits = 8;
  while (!line.empty()) {
    const std::size_t space = std::min(line.find(' '), line.size());
    if (space > 0) VISQ_TRY(parse_parameter(line.substr(0, space), header));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  if (header.info.width == 0 || header.info.height == 0)
    return fail(EINVAL, "its header has no width W or no height H");
  return header;
}

Result<std::unique_ptr<VideoReader>> open_y4m(const std::string& name,
                                              std::unique_ptr<ByteSource> source) {
  auto line = read_line(*source);
  if (!line) return fail(line.error(), fmt::format("{}: {}", name, line.error().message));
  const auto& text = *line;
  if (!text) return fail(EIO, fmt::format("{} is empty", name));
  auto header = parse_y4m_header(*text);
  if (!header) return fail(header.error(), fmt::format("{}: {}", name, header.error().message));
  header->info.frames = frames_of(*source, text->size() + 1, *header);
  return std::make_unique<Y4mReader>(name, std::move(source), *header);
}

}  // namespace visq::io
