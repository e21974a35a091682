#include "capi/log.h"

#include <pthread.h>
#include <cstdio>
#include <mutex>
#include <string>

#include "base/process.h"
#include "base/shown.h"
#include "libvmaf/visq.h"

// The one mutable global of the house: libvmaf's ABI has functions without a context that log, and
// a log level for the whole process.
namespace visq::capi {
namespace {

struct Target {
  std::mutex mutex;
  VmafLogLevel level = VMAF_LOG_LEVEL_ERROR;
  VmafLogCallback callback = nullptr;
  void* user = nullptr;
};

// A child of fork logs as its parent did, whoever held the lock.
Target& target() {
  static OncePerProcess<Target> of_process;
  return of_process.get([](const Target& parent, Target& child) {
    child.level = parent.level;
    child.callback = parent.callback;
    child.user = parent.user;
  });
}

// What a thread that has no memory for an error of its own has in its place.
const Error kOutOfMemory = out_of_memory().value();

// Of each thread its last error. Not thread_local: to note that such an object is to be destroyed
// the C library needs memory, and ends the process where there is none.
class LastErrors {
 public:
  LastErrors() : made_(pthread_key_create(&key_, destroy) == 0) {}

  const Error* get() const {
    return made_ ? static_cast<const Error*>(pthread_getspecific(key_)) : nullptr;
  }
  void set(const Error& error) {
    if (!made_) return;
    const Status kept = attempt([&]() -> Status {
      put(new Error(error));
      return {};
    });
    if (!kept) put(&kOutOfMemory);
  }

 private:
  void put(const Error* error) {
    const void* const before = get();
    if (pthread_setspecific(key_, error) == 0)
      destroy(const_cast<void*>(before));
    else
      destroy(const_cast<Error*>(error));
  }
  static void destroy(void* error) {
    if (error != &kOutOfMemory) delete static_cast<Error*>(error);
  }

  pthread_key_t key_{};
  const bool made_;
};

LastErrors& last_errors() {
  static LastErrors instance;
  return instance;
}

void emit(LogLevel level, std::string_view sentence) {
  static constexpr const char* kNames[] = {"", "ERROR", "WARNING", "INFO", "DEBUG"};
  Target& t = target();
  std::lock_guard lock(t.mutex);
  if (static_cast<int>(level) > static_cast<int>(t.level)) return;
  const std::string text(sentence);
  if (t.callback != nullptr)
    return t.callback(t.user, static_cast<VmafLogLevel>(level), text.c_str());
  std::fprintf(stderr, "libvmaf %s %s\n", kNames[static_cast<int>(level)], shown(text).c_str());
}

}  // namespace

void set_log_level(VmafLogLevel level) {
  std::lock_guard lock(target().mutex);
  target().level = level;
}

Log make_log() { return Log(LogLevel::debug, emit); }

int report(const Error& error, LogLevel level) {
  last_errors().set(error);
  (void)attempt([&]() -> Status {
    emit(level, error.message);
    return {};
  });
  return -error.code;
}

int report(int code, std::string_view sentence) {
  const Status told =
      attempt([&]() -> Status { return fail(code, std::string(sentence), ErrorKind::usage); });
  return report(told.error());
}

}  // namespace visq::capi

extern "C" {

void vmaf_set_log_callback(VmafLogCallback callback, void* user) {
  auto& target = visq::capi::target();
  std::lock_guard lock(target.mutex);
  target.callback = callback;
  target.user = user;
}

const char* vmaf_last_error(void) {
  const visq::Error* const error = visq::capi::last_errors().get();
  return error == nullptr ? "" : error->message.c_str();
}

VmafErrorKind vmaf_last_error_kind(void) {
  const visq::Error* const error = visq::capi::last_errors().get();
  return static_cast<VmafErrorKind>(error == nullptr ? visq::ErrorKind::processing : error->kind);
}

}  // extern "C"
