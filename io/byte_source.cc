#include "io/byte_source.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace visq::io {
namespace {

constexpr std::size_t kBuffer = 1 << 18;

class FileSource final : public ByteSource {
 public:
  FileSource(std::FILE* file, bool owned, std::optional<std::uint64_t> size) : file_(file), owned_(owned), size_(size) {}
  ~FileSource() override {
    if (owned_) std::fclose(file_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::optional<std::size_t> read(void* to, std::size_t size) override {
    const std::size_t count = std::fread(to, 1, size, file_);
    if (count < size && std::ferror(file_) != 0) return std::nullopt;
    return count;
  }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::FILE* file_;
  bool owned_;
  std::optional<std::uint64_t> size_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path) {
  namespace fs = std::filesystem;
  if (path == "-") return std::make_unique<FileSource>(stdin, false, std::nullopt);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return fail(ENOENT, fmt::format("there is no file {}", path));
  if (fs::is_directory(status)) return fail(EISDIR, fmt::format("{} is a folder, not a video", path));
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return fail(errno, fmt::format("{} cannot be opened: {}", path, std::strerror(errno)));
  std::setvbuf(file, nullptr, _IOFBF, kBuffer);
  std::optional<std::uint64_t> size;
  if (fs::is_regular_file(status)) size = fs::file_size(path, error);
  return std::make_unique<FileSource>(file, true, size);
}

}  // namespace visq::io
