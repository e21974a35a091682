// A failed call, on its way to Python, where visq/_errors.py makes the exception.
#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "base/result.h"
#include "visq/visq.hpp"

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

// An error of the room job, whose kind exceptions do not show.
[[noreturn]] inline void raise(const Error& error) { throw Failure(error.code, error.message); }

inline void check(const Status& status) {
  if (!status) raise(status.error());
}

using visq::check;  // of what the library returns

template <typename T>
T value_of(Result<T> result) {
  if (!result) raise(result.error());
  return *std::move(result);
}

}  // namespace visq::python
