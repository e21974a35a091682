// The sentences of the library, on their way to the user.
#pragma once

#include <new>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "libvmaf/libvmaf.h"

namespace visq::capi {

// The level is that of the latest vmaf_init: the ABI has calls without a context.
void set_log_level(VmafLogLevel level);
Log make_log();

// Logs the sentence, keeps it for vmaf_last_error, and returns the negative errno.
int report(const Error& error);
int report(int code, std::string_view sentence);

inline int finish(const Status& status) { return status ? 0 : report(status.error()); }

// Every entry point's body runs in here: no exception leaves the library.
template <typename F>
int guarded(F&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return report(ENOMEM, "out of memory");
  } catch (const std::exception& exception) {
    return report(EIO, exception.what());
  }
}

}  // namespace visq::capi
