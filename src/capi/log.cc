#include "capi/log.h"

#include <cstdio>
#include <mutex>
#include <string>

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

Target& target() {
  static Target instance;
  return instance;
}

Error& last_error() {
  static thread_local Error error{0, ""};
  return error;
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

int report(const Error& error) {
  last_error() = error;
  emit(LogLevel::error, error.message);
  return -error.code;
}

int report(int code, std::string_view sentence) {
  return report(Error{code, std::string(sentence), ErrorKind::usage});
}

}  // namespace visq::capi

extern "C" {

void vmaf_set_log_callback(VmafLogCallback callback, void* user) {
  auto& target = visq::capi::target();
  std::lock_guard lock(target.mutex);
  target.callback = callback;
  target.user = user;
}

const char* vmaf_last_error(void) { return visq::capi::last_error().message.c_str(); }

VmafErrorKind vmaf_last_error_kind(void) {
  return static_cast<VmafErrorKind>(visq::capi::last_error().kind);
}

}  // extern "C"
