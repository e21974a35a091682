// The sentences of the library, on their way to the user.
#pragma once

#include <string_view>
#include <utility>

#include "base/attempt.h"
#include "base/log.h"
#include "base/result.h"
#include "libvmaf/libvmaf.h"

namespace visq::capi {

// The level is that of the latest vmaf_init: the ABI has calls without a context.
void set_log_level(VmafLogLevel level);
Log make_log();

// Logs the sentence, keeps it for vmaf_last_error, and returns the negative errno.
int report(const Error& error, LogLevel level = LogLevel::error);
int report(int code, std::string_view sentence);  // of a call that cannot be

inline int finish(const Status& status) { return status ? 0 : report(status.error()); }

// Every entry point's body runs in here: no exception leaves the library.
template <typename F>
int guarded(F&& body) {
  int code = 0;
  const Status done = attempt([&]() -> Status {
    code = body();
    return {};
  });
  return done ? code : report(done.error());
}

inline constexpr const char* kFromParent =
    "this was opened before fork, by the parent process; open another one in the child";

// Likewise with an object that has threads and locks: after fork the child has no use for it.
template <typename T, typename F>
int guarded(const T& object, F&& body) {
  return object.birthplace.is_here() ? guarded(std::forward<F>(body)) : report(EINVAL, kFromParent);
}

}  // namespace visq::capi
