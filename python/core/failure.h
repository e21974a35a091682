// A failed call of the library, on its way to Python, where visq/_errors.py makes the exception.
#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "libvmaf/visq.h"

namespace visq::python {

class Failure : public std::exception {
 public:
  Failure(int code, std::string sentence) : code_(code), sentence_(std::move(sentence)) {}
  int code() const { return code_; }  // positive errno
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  int code_;
  std::string sentence_;
};

inline void check(int result) {
  if (result != 0) throw Failure(-result, vmaf_last_error());
}

}  // namespace visq::python
