// Where exceptions end: errors are values.
#pragma once

#include <exception>
#include <new>

#include "base/result.h"

namespace visq {

// `f` gives a Status; so does what it throws.
template <typename F>
Status attempt(F&& f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return fail(ENOMEM, "out of memory");
  } catch (const std::exception& exception) {
    return fail(EIO, exception.what());
  }
}

}  // namespace visq
