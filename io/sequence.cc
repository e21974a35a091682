#include "io/sequence.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/numbers.h"
#include "io/convert.h"

namespace visq::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDigits = "0123456789";

// A name around its last number: "shot2_0041.png" is "shot2_", "0041" and ".png".
struct Numbered {
  std::string before, digits, after;
  std::optional<std::uint64_t> number() const { return parse_number<std::uint64_t>(digits); }
};

Numbered numbered(const std::string& name) {
  const std::size_t end = name.find_last_of(kDigits) + 1;  // 0: there is none
  if (end == 0) return {name, "", ""};
  const std::size_t last_other = name.find_last_not_of(kDigits, end - 1);
  const std::size_t begin = last_other == name.npos ? 0 : last_other + 1;
  return {name.substr(0, begin), name.substr(begin, end - begin), name.substr(end)};
}

// Before the conversion, the fewest digits that it writes, and behind it.
struct Pattern {
  std::string before;
  std::size_t digits = 0;
  std::string after;
};

std::optional<Pattern> pattern_of(const std::string& name) {
  const std::size_t percent = name.find('%');
  if (percent == name.npos || name.find('%', percent + 1) != name.npos) return std::nullopt;
  const std::size_t end = name.find_first_not_of(kDigits, percent + 1);
  if (end == name.npos || name[end] != 'd') return std::nullopt;
  const std::string width = name.substr(percent + 1, end - percent - 1);
  if (width.size() > 3 || (!width.empty() && width.front() != '0')) return std::nullopt;
  return Pattern{name.substr(0, percent), parse_number<std::size_t>(width).value_or(1),
                 name.substr(end + 1)};
}

bool fits(const Pattern& pattern, const std::string& name) {
  const std::size_t around = pattern.before.size() + pattern.after.size();
  return name.size() > around && name.size() - around >= pattern.digits &&
         name.starts_with(pattern.before) && name.ends_with(pattern.after) &&
         name.substr(pattern.before.size(), name.size() - around).find_first_not_of(kDigits) ==
             name.npos;
}

// Numbers count as numbers: a2 comes before a10.
bool is_before(const std::string& a, const std::string& b) {
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (std::isdigit(static_cast<unsigned char>(a[i])) == 0 ||
        std::isdigit(static_cast<unsigned char>(b[k])) == 0) {
      if (a[i] != b[k]) return a[i] < b[k];
      ++i, ++k;
      continue;
    }
    const auto number_at = [](const std::string& text, std::size_t& at) {
      const std::size_t from = std::min(text.find_first_not_of('0', at), text.size());
      at = std::max(from, std::min(text.find_first_not_of(kDigits, at), text.size()));
      return text.substr(from, at - from);
    };
    const std::string x = number_at(a, i), y = number_at(b, k);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  return a.size() < b.size();
}

Status check_gap(const fs::path& folder, const std::string& name, const std::string& next) {
  const Numbered a = numbered(name), b = numbered(next);
  const auto first = a.number(), second = b.number();
  if (a.before != b.before || a.after != b.after || !first || !second || *second <= *first + 1)
    return {};
  const std::string missing = fmt::format(
      "{}{:0{}}{}", a.before, *first + 1,
      a.digits.front() == '0' || a.digits.size() == b.digits.size() ? a.digits.size() : 1, a.after);
  return fail(ENOENT, fmt::format("there is no file {}, and {} is there",
                                  (folder / missing).string(), (folder / next).string()));
}

bool same_format(const StreamInfo& a, const StreamInfo& b) {
  return a.width == b.width && a.height == b.height && format_of(a) == format_of(b) &&
         a.color.transfer == b.color.transfer;
}

class SequenceReader final : public VideoReader {
 public:
  SequenceReader(std::vector<std::string> files, int threads, Access access)
      : files_(std::move(files)), threads_(threads), access_(std::move(access)) {}

  Status open() {
    VISQ_ASSIGN(reader_, open_image(files_.front()));
    info_ = reader_->info();
    info_.rate = {};
    info_.bit_rate.reset();
    info_.frames = files_.size();
    return {};
  }

  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { luma_only_ = true; }
  bool damaged() const override { return damaged_; }
  Result<bool> read(VmafPicture* picture) override {
    if (index_ == files_.size()) return false;
    const std::string& file = files_[index_++];
    if (reader_ == nullptr) {
      VISQ_ASSIGN(reader_, open_image(file));
    }
    const auto reader = std::move(reader_);
    if (!same_format(reader->info(), info_))
      return fail(EINVAL,
                  fmt::format("{} is {}, {}, and {} is {}, {}: images of a sequence have "
                              "one format",
                              file, describe(reader->info()), describe(reader->info().color),
                              files_.front(), describe(info_), describe(info_.color)));
    if (luma_only_) reader->read_luma_only();
    VISQ_ASSIGN(const bool more, reader->read(picture));
    damaged_ = reader->damaged();
    if (!more) return fail(EIO, fmt::format("{} has no picture", file));
    return true;
  }

 private:
  Result<std::unique_ptr<VideoReader>> open_image(const std::string& file) const {
    VISQ_ASSIGN(auto reader, open_video(file, std::nullopt, threads_, access_));
    if (reader->info().image) return reader;
    return fail(EINVAL, fmt::format("{} is no image, of which a sequence is made", file));
  }

  std::vector<std::string> files_;
  int threads_;
  Access access_;
  std::unique_ptr<VideoReader> reader_;  // of the next file, where it is open
  StreamInfo info_;
  bool luma_only_ = false, damaged_ = false;
  std::size_t index_ = 0;
};

}  // namespace

bool names_sequence(const std::string& path) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return true;
  return !fs::exists(path, unknown) && pattern_of(fs::path(path).filename().string());
}

Result<std::vector<std::string>> sequence_files(const std::string& path) {
  std::error_code error;
  const bool whole = fs::is_directory(path, error);
  const fs::path parent = fs::path(path).parent_path();
  const fs::path folder = whole ? fs::path(path) : parent.empty() ? "." : parent;
  const auto pattern = pattern_of(fs::path(path).filename().string());
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (whole ? !name.starts_with('.') && at->is_regular_file(error)
              : pattern && fits(*pattern, name))
      names.push_back(name);
  }
  if (names.empty())
    return fail(ENOENT,
                whole ? fmt::format("{} is a folder, and no image is in it", path)
                      : fmt::format("there is no file {}, and none that it stands for", path));
  std::sort(names.begin(), names.end(), is_before);
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    VISQ_TRY(check_gap(whole || !parent.empty() ? folder : fs::path(), names[i], names[i + 1]));
  std::vector<std::string> files;
  files.reserve(names.size());
  for (const std::string& name : names)
    files.push_back(whole || !parent.empty() ? (folder / name).string() : name);
  return files;
}

Result<std::unique_ptr<VideoReader>> open_sequence(const std::string& path, int threads,
                                                   const Access& access) {
  VISQ_ASSIGN(auto files, sequence_files(path));
  auto reader = std::make_unique<SequenceReader>(std::move(files), threads, access);
  if (Status status = reader->open(); !status)
    return fail(status.error(), fmt::format("{} is {}read as a sequence of images: {}", path,
                                            fs::is_directory(path) ? "a folder, and is " : "",
                                            status.error().message));
  return reader;
}

}  // namespace visq::io
