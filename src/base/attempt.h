// Where exceptions end: errors are values.
#pragma once

#include <exception>
#include <new>
#include <system_error>

#include "base/result.h"

namespace visq {

// A sentence that is short enough to need no memory itself.
inline tl::unexpected<Error> out_of_memory() { return fail(ENOMEM, "out of memory"); }

// `f` gives a Status; so does what it throws. Nothing is thrown here.
template <typename F>
Status attempt(F&& f) noexcept {
  const auto told = [](int code, const char* sentence) -> Status {
    try {
      return fail(code, sentence);
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  };
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::system_error& error) {
    const bool is_errno = error.code().category() == std::generic_category();
    return told(is_errno ? error.code().value() : EIO, error.what());
  } catch (const std::exception& exception) {
    return told(EIO, exception.what());
  }
}

}  // namespace visq
