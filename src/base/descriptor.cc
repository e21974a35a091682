#include "base/descriptor.h"

#include <cstdint>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

namespace visq {
namespace {

constexpr int kRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

// Of linux/openat2.h, which old systems lack; the number is the same on all machines.
constexpr long kOpenat2 = 437;
struct OpenHow {
  std::uint64_t flags, mode, resolve;
};
constexpr std::uint64_t kNoMagicLinks = 0x02, kBeneath = 0x08;

// Step by step, over no link: what is open cannot be exchanged.
Descriptor walk(const Descriptor& folder, std::string_view path) {
  Descriptor at(
      uninterrupted([&] { return ::openat(folder.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (path.substr(0, 1) == "/") errno = EXDEV;
  if (!at.is_open() || path.substr(0, 1) == "/") return {};
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string part(path.substr(0, slash));
    if (part == "..") {
      errno = EXDEV;
      return {};
    }
    const bool last = slash == path.npos;
    const int flags = (last ? kRead : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW;
    Descriptor next(uninterrupted(
        [&] { return ::openat(at.get(), part.empty() ? "." : part.c_str(), flags); }));
    if (last || !next.is_open()) return next;
    at = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<Descriptor> open_beneath(const Descriptor& folder, const std::string& path) {
  const OpenHow how{kRead, 0, kBeneath | kNoMagicLinks};
  Descriptor file(static_cast<int>(uninterrupted(
      [&] { return ::syscall(kOpenat2, folder.get(), path.c_str(), &how, sizeof how); })));
  const bool refused = !file.is_open() && (errno == ENOSYS || errno == EPERM);  // by a sandbox, too
  if (refused) file = walk(folder, path);
  if (file.is_open()) return file;
  return fail(errno,
              fmt::format("{} cannot be opened: {}", path,
                          errno == EXDEV ? "it leads out of its folder" : std::strerror(errno)));
}

}  // namespace visq
