// fork: the child has its parent's memory, and none of the threads that work in it. A lock that one
// of them held is never released there, and what it was changing stays half changed.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

namespace visq {

// The process that made an object with threads or locks: in any other it must not be touched.
class Birthplace {
 public:
  bool is_here() const { return process_ == getpid(); }

 private:
  pid_t process_ = getpid();
};

// What a process has once. A child gets one of its own, made by `renew(parent's)`; the parent's is
// neither changed nor destroyed there.
template <typename T>
class OncePerProcess {
 public:
  OncePerProcess() : current_(new Entry) {}

  template <typename Renew>
  T& get(const Renew& renew) {
    Entry* seen = current_.load();
    if (seen->birthplace.is_here()) return seen->value;
    auto made = std::make_unique<Entry>();
    renew(std::as_const(seen->value), made->value);
    if (current_.compare_exchange_strong(seen, made.get())) return made.release()->value;
    return seen->value;  // another thread of the child was faster
  }
  T& get() {
    return get([](const T&, T&) {});
  }

 private:
  struct Entry {
    Birthplace birthplace;
    T value{};
  };
  std::atomic<Entry*> current_;  // for the rest of the process
};

}  // namespace visq
