#include "io/input_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace visq::io {
namespace {

constexpr int kBetweenLooks = 100;  // milliseconds after which a wait asks whether it is to end

}  // namespace

Result<InputFile> InputFile::open(const std::string& path, std::stop_token stop) {
  const bool standard = path == "-";
  const int file = uninterrupted([&] {
    return standard ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                    : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  });
  const int code = errno;
  if (file < 0 && !standard && (code == ENOENT || code == ENOTDIR))
    return fail(ENOENT, fmt::format("there is no file {}", path));
  if (file < 0)
    return fail(code, fmt::format("{} cannot be opened: {}", path, std::strerror(code)));
  InputFile opened(file, std::move(stop));
  struct stat status{};
  if (::fstat(file, &status) == 0 && S_ISDIR(status.st_mode))
    return fail(EISDIR, fmt::format("{} is a folder, not a video", path));
  return opened;
}

InputFile::InputFile(int file, std::stop_token stop) : file_(file), stop_(std::move(stop)) {
  struct stat status{};
  regular_ = ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
}

InputFile::InputFile(InputFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      regular_(other.regular_),
      stop_(std::move(other.stop_)) {}

InputFile::~InputFile() {
  if (file_ >= 0) ::close(file_);
}

std::optional<std::size_t> InputFile::read_some(void* to, std::size_t size) {
  for (;;) {
    if (!regular_ && !wait()) return std::nullopt;
    const ssize_t count = ::read(file_, to, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return std::nullopt;
  }
}

// Until there is something to read, or nobody is left who could write.
bool InputFile::wait() {
  pollfd readable{file_, POLLIN, 0};
  for (;;) {
    if (stop_.stop_requested()) {
      errno = ECANCELED;
      return false;
    }
    const int ready = ::poll(&readable, 1, stop_.stop_possible() ? kBetweenLooks : -1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

InputFile InputFile::again() const {
  InputFile same(::fcntl(file_, F_DUPFD_CLOEXEC, 0), stop_);
  same.seek(0);
  return same;
}

bool InputFile::seek(std::uint64_t to) {
  return ::lseek(file_, static_cast<off_t>(to), SEEK_SET) >= 0;
}

std::uint64_t InputFile::position() const {
  const off_t at = ::lseek(file_, 0, SEEK_CUR);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

std::optional<std::uint64_t> InputFile::size() const {
  struct stat status{};
  if (!regular_ || ::fstat(file_, &status) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

std::shared_ptr<MappedFile> InputFile::mapped(const std::string& name) const {
  return std::make_shared<MappedFile>(Descriptor(::fcntl(file_, F_DUPFD_CLOEXEC, 0)), name);
}

}  // namespace visq::io
