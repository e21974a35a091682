#include "base/output_file.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace visq {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot_write(std::string_view name) {
  const int code = errno != 0 ? errno : EIO;
  return fail(code, fmt::format("cannot write {}: {}", name, std::strerror(code)),
              ErrorKind::output);
}

// Names there stand for files that are open already, whatever those are.
bool stands_for_open_file(const std::string& path) {
  return path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0;
}

// Neither another process nor another thread makes the same one.
std::string new_name_in(const fs::path& folder) {
  static std::atomic<unsigned> count = 0;
  return (folder / fmt::format(".visq-{}-{}", ::getpid(), count++)).string();
}

template <typename Write>
bool write_all(std::string_view bytes, Write&& write) {
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] { return write(bytes); });
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Some file systems cannot, which is no fault of the file.
bool sync(int file) {
  return uninterrupted([&] { return ::fsync(file); }) == 0 || errno == EINVAL || errno == ENOTSUP;
}

void sync_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  const Descriptor opened(uninterrupted([&] {
    return ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  if (opened.is_open()) sync(opened.get());
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path, std::string what) {
  OutputFile file(path, std::move(what));
  VISQ_TRY(file.open());
  return file;
}

OutputFile::~OutputFile() {
  if (!meanwhile_.empty()) ::unlink(meanwhile_.c_str());
}

tl::unexpected<Error> OutputFile::error() const {
  return cannot_write(fmt::format("{} {}", what_, path_));
}

Status OutputFile::open() {
  struct stat old{};
  const bool there = ::stat(path_.c_str(), &old) == 0;
  const auto open_itself = [&]() -> Status {  // a signal ends the wait for a pipe's reader
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    return file_.is_open() ? Status() : error();
  };
  if (stands_for_open_file(path_) || (there && !S_ISREG(old.st_mode))) return open_itself();
  if (there && ::access(path_.c_str(), W_OK) != 0) return error();
  std::error_code unknown;
  place_ = there ? fs::canonical(path_, unknown).string() : path_;  // a link stays one
  if (place_.empty()) place_ = path_;
  do {
    meanwhile_ = new_name_in(fs::path(place_).parent_path());
    file_ = Descriptor(uninterrupted([&] {
      return ::open(meanwhile_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    }));
  } while (!file_.is_open() && errno == EEXIST);
  if (file_.is_open()) {
    if (there && ::fchmod(file_.get(), old.st_mode & 07777) != 0) return error();
    if (there && ::fchown(file_.get(), old.st_uid, old.st_gid) != 0) errno = 0;  // if we may
    return {};
  }
  meanwhile_.clear();
  return there && (errno == EACCES || errno == EPERM || errno == EROFS) ? open_itself() : error();
}

Status OutputFile::write(std::string_view bytes) {
  return write_all(
             bytes,
             [&](std::string_view rest) { return ::write(file_.get(), rest.data(), rest.size()); })
             ? Status()
             : error();
}

Status OutputFile::write_at(std::string_view bytes, off_t offset) const {
  const char* const begin = bytes.data();
  return write_all(bytes,
                   [&](std::string_view rest) {
                     return ::pwrite(file_.get(), rest.data(), rest.size(),
                                     offset + (rest.data() - begin));
                   })
             ? Status()
             : error();
}

Status OutputFile::finish(bool durable) {
  if (durable && !meanwhile_.empty() && !sync(file_.get())) return error();
  if (::close(file_.release()) != 0) return error();
  if (meanwhile_.empty()) return {};
  if (::rename(meanwhile_.c_str(), place_.c_str()) != 0) return error();
  meanwhile_.clear();
  if (durable) sync_folder_of(place_);
  return {};
}

namespace {

Status write_to_standard_output(const TextSource& content) {
  bool written = true;
  VISQ_TRY(content([&](std::string_view part) {
    if (written) errno = 0;
    written = written && std::fwrite(part.data(), 1, part.size(), stdout) == part.size();
  }));
  return written && std::fflush(stdout) == 0 ? Status() : cannot_write("to standard output");
}

}  // namespace

Status write_output(const std::string& path, const TextSource& content, const std::string& what) {
  if (path == "-") return write_to_standard_output(content);
  VISQ_ASSIGN(OutputFile file, OutputFile::create(path, what));
  Status written;
  VISQ_TRY(content([&](std::string_view part) {
    if (written) written = file.write(part);
  }));
  VISQ_TRY(written);
  return file.finish(true);
}

Status write_output(const std::string& path, std::string_view content, const std::string& what) {
  return write_output(
      path,
      [&](const TextSink& sink) -> Status {
        sink(content);
        return {};
      },
      what);
}

}  // namespace visq
