#include "io/byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "io/input_file.h"

namespace visq::io {
namespace {

// Small reads, of headers, come from here, and so does the start of what follows them; the bulk of
// a plane goes straight to its place.
constexpr std::size_t kBuffer = 1 << 14;

class FileSource final : public ByteSource {
 public:
  explicit FileSource(InputFile file) : file_(std::move(file)), size_(file_.size()) {}

  std::optional<std::size_t> read(void* to, std::size_t size) override {
    auto* const target = static_cast<unsigned char*>(to);
    std::size_t got = take(target, size);
    while (got < size) {
      const bool small = size - got < buffer_.size();
      const auto count = small ? fill() : file_.read_some(target + got, size - got);
      if (!count) return std::nullopt;
      if (*count == 0) break;
      got += small ? take(target + got, size - got) : *count;
    }
    return got;
  }

  std::optional<std::uint64_t> skip(std::uint64_t size) override {
    std::uint64_t passed = drop(size);
    if (file_.can_seek()) return passed + seek(size - passed);
    while (passed < size) {
      const auto count = fill();
      if (!count) return std::nullopt;
      if (*count == 0) break;
      passed += drop(size - passed);
    }
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return size_; }

  std::unique_ptr<MappedFrame> map(const FrameBytes& bytes) override {
    const std::uint64_t from = file_.position() - (end_ - next_);
    if (!file_.can_seek() || file_.size().value_or(0) < from + bytes.size) return nullptr;
    if (mapped_ == nullptr) mapped_ = file_.mapped(bytes.name);
    auto mapped = MappedFrame::of(mapped_, from, bytes);
    if (mapped != nullptr && skip(bytes.size) != bytes.size) return nullptr;
    return mapped;
  }

  Status intact() const override { return mapped_ == nullptr ? Status() : mapped_->intact(); }

  std::string_view peek(std::size_t size) override {
    std::memmove(buffer_.data(), buffer_.data() + next_, end_ - next_);
    end_ -= std::exchange(next_, 0);
    while (end_ < std::min(size, buffer_.size())) {
      const std::size_t count =
          file_.read_some(buffer_.data() + end_, buffer_.size() - end_).value_or(0);
      if (count == 0) break;
      end_ += count;
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

  // Into the buffer, which is empty.
  std::optional<std::size_t> fill() {
    const auto count = file_.read_some(buffer_.data(), buffer_.size());
    next_ = 0;
    end_ = count.value_or(0);
    return count;
  }

  // Over bytes that the file has now: it may still be written.
  std::uint64_t seek(std::uint64_t size) {
    const std::uint64_t at = file_.position(), end = file_.size().value_or(0);
    const std::uint64_t count = std::min(size, end - std::min(at, end));
    return file_.seek(at + count) ? count : 0;
  }

  InputFile file_;
  std::shared_ptr<MappedFile> mapped_;
  std::optional<std::uint64_t> size_;
  std::vector<unsigned char> buffer_ = std::vector<unsigned char>(kBuffer);
  std::size_t next_ = 0, end_ = 0;  // of the buffer, what was not read yet
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path, std::stop_token stop) {
  VISQ_ASSIGN(InputFile file, InputFile::open(path, std::move(stop)));
  return std::make_unique<FileSource>(std::move(file));
}

}  // namespace visq::io
