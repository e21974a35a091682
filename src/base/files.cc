#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/sha256.h"

namespace visq {
namespace {

constexpr std::size_t kBlock = 1 << 16;

class File {
 public:
  // Opening a pipe would wait for its other end.
  File(const std::string& path, bool may_wait)
      : file_(uninterrupted([&] {
          return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (may_wait ? 0 : O_NONBLOCK));
        })) {}
  explicit File(Descriptor file) : file_(std::move(file)) {}

  bool is_open() const { return file_.is_open(); }
  struct stat status() const {
    struct stat status{};
    ::fstat(file_.get(), &status);
    return status;
  }

  // Calls take(block) -> Status with all that there is, whatever size the file system tells: the
  // file may grow meanwhile.
  template <typename Take>
  Status read(std::string_view name, Take&& take) const {
    std::vector<char> block(kBlock);
    for (;;) {
      const auto count =
          uninterrupted([&] { return ::read(file_.get(), block.data(), block.size()); });
      if (count == 0) return {};
      if (count > 0) {
        VISQ_TRY(take(std::string_view(block.data(), static_cast<std::size_t>(count))));
      } else {
        return fail(errno, fmt::format("{} cannot be read: {}", name, std::strerror(errno)));
      }
    }
  }

 private:
  Descriptor file_;
};

tl::unexpected<Error> cannot_open(std::string_view name) {
  return fail(errno, fmt::format("{} cannot be opened: {}", name, std::strerror(errno)));
}

Result<std::string> content_of(const File& file, std::string_view name, std::uint64_t limit) {
  std::string content;
  content.reserve(std::min(limit, static_cast<std::uint64_t>(file.status().st_size)));
  VISQ_TRY(file.read(name, [&](std::string_view block) -> Status {
    if (block.size() > limit - content.size())
      return fail(E2BIG, fmt::format("{} is larger than {} bytes", name, limit));
    content.append(block);
    return {};
  }));
  return content;
}

Result<std::string> content_of_regular(const File& file, std::string_view name,
                                       std::uint64_t limit) {
  if (S_ISREG(file.status().st_mode)) return content_of(file, name, limit);
  return fail(EINVAL, fmt::format("{} is not a regular file", name));
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit, std::string_view what) {
  const File file(path, false);
  const std::string name = fmt::format("the {} {}", what, path);
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR))
    return fail(ENOENT, fmt::format("there is no {} {}", what, path));
  if (!file.is_open()) return cannot_open(name);
  return content_of_regular(file, name, limit);
}

Result<std::string> read_file(Descriptor file, std::uint64_t limit, std::string_view name) {
  return content_of_regular(File(std::move(file)), name, limit);
}

Result<std::string> read_file_or_pipe(const std::string& path, std::uint64_t limit) {
  const File file(path, true);
  if (!file.is_open()) return cannot_open(path);
  return content_of(file, path, limit);
}

Result<std::string> sha256_of_file(const std::string& path, const std::function<bool()>& stop) {
  Sha256 hash;
  if (!hash.available()) return fail(EIO, "there is no SHA-256: libcrypto cannot be loaded");
  const File file(path, true);
  if (!file.is_open()) return cannot_open(path);
  VISQ_TRY(file.read(path, [&](std::string_view block) -> Status {
    if (stop()) return fail(ECANCELED, fmt::format("{} was not read to its end", path));
    hash.add(block.data(), block.size());
    return {};
  }));
  return hash.hex();
}

}  // namespace visq
