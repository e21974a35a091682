// A shared library that is loaded when something first needs it, because linking it would cost
// every start (visq_loads in cmake/Rooms.cmake). It stays.
#pragma once

#include <dlfcn.h>

namespace visq {

class Library {
 public:
  explicit Library(const char* name) : handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}

  // False where there is no such library, or no such function in it.
  template <typename F>
  bool find(const char* name, F& function) const {
    if (handle_ != nullptr) function = reinterpret_cast<F>(dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  void* handle_;
};

}  // namespace visq
