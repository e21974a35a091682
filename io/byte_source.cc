#include "io/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace visq::io {
namespace {

// Small reads, of headers, come from here, and so does the start of what follows them; the bulk of
// a plane goes straight to its place.
constexpr std::size_t kBuffer = 1 << 14;

class FileSource final : public ByteSource {
 public:
  FileSource(int file, bool owned, std::optional<std::uint64_t> size)
      : file_(file), owned_(owned), size_(size) {
    struct stat status{};
    seekable_ = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  }
  ~FileSource() override {
    if (owned_) ::close(file_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::optional<std::size_t> read(void* to, std::size_t size) override {
    auto* const target = static_cast<unsigned char*>(to);
    std::size_t got = take(target, size);
    while (got < size) {
      const bool small = size - got < buffer_.size();
      const auto count = small ? fill() : read_some(target + got, size - got);
      if (!count) return std::nullopt;
      if (*count == 0) break;
      got += small ? take(target + got, size - got) : *count;
    }
    return got;
  }

  std::optional<std::uint64_t> skip(std::uint64_t size) override {
    std::uint64_t passed = drop(size);
    if (seekable_) return passed + seek(size - passed);
    while (passed < size) {
      const auto count = fill();
      if (!count) return std::nullopt;
      if (*count == 0) break;
      passed += drop(size - passed);
    }
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return size_; }

  std::string_view peek(std::size_t size) override {
    std::memmove(buffer_.data(), buffer_.data() + next_, end_ - next_);
    end_ -= std::exchange(next_, 0);
    while (end_ < std::min(size, buffer_.size())) {
      const auto count = read_some(buffer_.data() + end_, buffer_.size() - end_);
      if (count.value_or(0) == 0) break;
      end_ += *count;
    }
    return {reinterpret_cast<const char*>(buffer_.data()), std::min(size, end_)};
  }

 private:
  // What is left in the buffer, up to `size` bytes.
  std::size_t drop(std::uint64_t size) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - next_));
    next_ += count;
    return count;
  }

  std::size_t take(unsigned char* to, std::size_t size) {
    const std::size_t from = next_, count = drop(size);
    if (count > 0) std::memcpy(to, buffer_.data() + from, count);
    return count;
  }

  // 0 at the end. A signal that is caught ends the wait for a silent pipe, so it is an error, too.
  std::optional<std::size_t> read_some(void* to, std::size_t size) {
    const ssize_t count = ::read(file_, to, size);
    if (count < 0) return std::nullopt;
    return static_cast<std::size_t>(count);
  }

  // Into the buffer, which is empty.
  std::optional<std::size_t> fill() {
    const auto count = read_some(buffer_.data(), buffer_.size());
    next_ = 0;
    end_ = count.value_or(0);
    return count;
  }

  // Over bytes that the file has now: it may still be written.
  std::uint64_t seek(std::uint64_t size) {
    struct stat status{};
    const off_t at = ::lseek(file_, 0, SEEK_CUR);
    if (size == 0 || at < 0 || ::fstat(file_, &status) != 0 || status.st_size <= at) return 0;
    const std::uint64_t count = std::min(size, static_cast<std::uint64_t>(status.st_size - at));
    return ::lseek(file_, static_cast<off_t>(count), SEEK_CUR) < 0 ? 0 : count;
  }

  int file_;
  bool owned_, seekable_;
  std::optional<std::uint64_t> size_;
  std::vector<unsigned char> buffer_ = std::vector<unsigned char>(kBuffer);
  std::size_t next_ = 0, end_ = 0;  // of the buffer, what was not read yet
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path) {
  namespace fs = std::filesystem;
  if (path == "-") return std::make_unique<FileSource>(STDIN_FILENO, false, std::nullopt);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return fail(ENOENT, fmt::format("there is no file {}", path));
  if (fs::is_directory(status))
    return fail(EISDIR, fmt::format("{} is a folder, not a video", path));
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return fail(errno, fmt::format("{} cannot be opened: {}", path, std::strerror(errno)));
  std::optional<std::uint64_t> size;
  if (fs::is_regular_file(status)) size = fs::file_size(path, error);
  return std::make_unique<FileSource>(file, true, size);
}

}  // namespace visq::io
