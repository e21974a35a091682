// An open file, which is closed with its owner.
#pragma once

#include <cerrno>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/result.h"

namespace visq {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int file) : file_(file) {}
  Descriptor(Descriptor&& other) noexcept : file_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~Descriptor() {
    if (is_open()) ::close(file_);
  }

  bool is_open() const { return file_ >= 0; }
  int get() const { return file_; }
  int release() { return std::exchange(file_, -1); }

 private:
  int file_ = -1;
};

// What the call into the system returns once no signal interrupts it.
template <typename Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Opens the file `path`, which lies in the open folder or below it, for reading. Neither "..", nor
// an absolute path, nor a link that leads out of the folder is followed, whatever is renamed
// meanwhile: the error is EXDEV then. A kernel without openat2 follows no link at all: ELOOP. Does
// not wait for the other end of a pipe.
Result<Descriptor> open_beneath(const Descriptor& folder, const std::string& path);

}  // namespace visq
