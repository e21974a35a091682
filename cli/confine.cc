#include "cli/confine.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/library.h"

#ifdef VISQ_SECCOMP
#include <seccomp.h>
#endif

namespace visq::cli {
namespace {

tl::unexpected<Error> cannot(std::string why, int code = ENOTSUP) {
  return fail(code, "--confine: " + std::move(why));
}

// ---- Landlock, as linux/landlock.h has it, which many systems' headers lack in part ----

constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;  // on every machine
constexpr std::uint32_t kVersion = 1, kPathBeneath = 1;

enum Right : std::uint64_t {
  kWriteFile = 1 << 1,
  kReadFile = 1 << 2,
  kReadFolder = 1 << 3,
  kRemoveFile = 1 << 5,
  kMakeFolder = 1 << 7,
  kMakeFile = 1 << 8,
  kTruncate = 1 << 14
};

struct Ruleset {
  std::uint64_t files, network, scopes;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t rights;
  std::int32_t file;
};

// All that the kernel's version can withhold.
Ruleset everything(long version) {
  const int rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  return {(1u << rights) - 1, version >= 4 ? 3u : 0u, version >= 6 ? 3u : 0u};
}

std::size_t size_known_to(long version) {
  return sizeof(std::uint64_t) * (version >= 6 ? 3 : version >= 4 ? 2 : 1);
}

// What is not there cannot be opened either, and whoever needs it says so.
Status allow(const Descriptor& ruleset, const std::string& path, std::uint64_t rights) {
  constexpr std::uint64_t kOfFiles = kWriteFile | kReadFile | kTruncate;
  const Descriptor file(uninterrupted([&] { return ::open(path.c_str(), O_PATH | O_CLOEXEC); }));
  struct stat status{};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return {};
  const PathBeneath rule{S_ISDIR(status.st_mode) ? rights : rights & kOfFiles, file.get()};
  if (::syscall(kAddRule, ruleset.get(), kPathBeneath, &rule, 0) == 0) return {};
  return cannot(fmt::format("{} cannot be allowed: {}", path, std::strerror(errno)), errno);
}

Status restrict_files(const Confinement& confinement) {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kVersion);
  if (version < 1)
    return cannot("this kernel has no Landlock (Linux 5.13 or newer, with landlock in lsm=)");
  const Ruleset all = everything(version);
  const Descriptor ruleset(
      static_cast<int>(::syscall(kCreateRuleset, &all, size_known_to(version), 0)));
  if (!ruleset.is_open())
    return cannot(fmt::format("Landlock refuses: {}", std::strerror(errno)), errno);
  constexpr std::uint64_t kRead = kReadFile | kReadFolder;
  constexpr std::uint64_t kWrite =
      kRead | kWriteFile | kTruncate | kMakeFile | kMakeFolder | kRemoveFile;
  for (const std::string& path : confinement.read) VISQ_TRY(allow(ruleset, path, kRead));
  for (const std::string& path : confinement.write)
    VISQ_TRY(allow(ruleset, path, kWrite & all.files));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      ::syscall(kRestrictSelf, ruleset.get(), 0) == 0)
    return {};
  return cannot(fmt::format("Landlock refuses: {}", std::strerror(errno)), errno);
}

// ---- seccomp ----

#ifdef VISQ_SECCOMP

// What connects, starts programs or looks into others, and ways around that.
constexpr auto kRefused = std::to_array<const char*>({"socket",
                                                      "socketpair",
                                                      "connect",
                                                      "bind",
                                                      "listen",
                                                      "accept",
                                                      "accept4",
                                                      "sendto",
                                                      "sendmsg",
                                                      "sendmmsg",
                                                      "execve",
                                                      "execveat",
                                                      "fork",
                                                      "vfork",
                                                      "ptrace",
                                                      "process_vm_readv",
                                                      "process_vm_writev",
                                                      "pidfd_open",
                                                      "pidfd_getfd",
                                                      "io_uring_setup",
                                                      "io_uring_enter",
                                                      "io_uring_register",
                                                      "open_by_handle_at",
                                                      "bpf",
                                                      "userfaultfd",
                                                      "perf_event_open",
                                                      "keyctl",
                                                      "add_key",
                                                      "request_key",
                                                      "mount",
                                                      "umount2",
                                                      "pivot_root",
                                                      "chroot",
                                                      "unshare",
                                                      "setns",
                                                      "kexec_load",
                                                      "init_module",
                                                      "finit_module",
                                                      "delete_module"});

struct Seccomp {
  decltype(&seccomp_init) init = nullptr;
  decltype(&seccomp_release) release = nullptr;
  decltype(&seccomp_rule_add_array) add = nullptr;
  decltype(&seccomp_syscall_resolve_name) number = nullptr;
  decltype(&seccomp_load) load = nullptr;
};

Result<Seccomp> load_seccomp() {
  const Library library(VISQ_SECCOMP);
  Seccomp s;
  if (library.find("seccomp_init", s.init) && library.find("seccomp_release", s.release) &&
      library.find("seccomp_rule_add_array", s.add) &&
      library.find("seccomp_syscall_resolve_name", s.number) &&
      library.find("seccomp_load", s.load))
    return s;
  return cannot(VISQ_SECCOMP " cannot be loaded");
}

Status restrict_calls(const Seccomp& s) {
  const scmp_filter_ctx filter = s.init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return cannot("seccomp refuses", ENOMEM);
  int code = 0;
  for (const char* name : kRefused) {
    const int number = s.number(name);  // negative where this machine has no such call
    if (code == 0 && number >= 0) code = s.add(filter, SCMP_ACT_ERRNO(EPERM), number, 0, nullptr);
  }
  if (code == 0) code = s.load(filter);
  s.release(filter);
  return code == 0 ? Status() : cannot(fmt::format("seccomp refuses: {}", std::strerror(-code)));
}

#else

struct Seccomp {};

Result<Seccomp> load_seccomp() {
  return cannot("this build was made without libseccomp: run ./setup, and build again");
}

Status restrict_calls(const Seccomp&) { return {}; }

#endif

}  // namespace

Status confine(const Confinement& confinement) {
  VISQ_ASSIGN(const Seccomp seccomp, load_seccomp());  // while files can be opened
  VISQ_TRY(restrict_files(confinement));
  return restrict_calls(seccomp);
}

}  // namespace visq::cli
