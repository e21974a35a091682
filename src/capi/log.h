// The sentences of the library, on their way to the user.
#pragma once

#include <string_view>

#include "base/attempt.h"
#include "base/log.h"
#include "base/result.h"
#include "libvmaf/libvmaf.h"

namespace visq::capi {

// The level is that of the latest vmaf_init: the ABI has calls without a context.
void set_log_level(VmafLogLevel level);
Log make_log();

// Logs the sentence, keeps it for vmaf_last_error, and returns the negative errno.
int report(const Error& error);
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

}  // namespace visq::capi
