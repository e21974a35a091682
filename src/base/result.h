// Errors are values: an errno, a kind, and one sentence that says what, where and what was
// expected.
#pragma once

#include <cerrno>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace visq {

// What an error is about. Whoever has to decide what to do next asks for this; the sentence is for
// people. VmafErrorKind in visq.h has the same values.
enum class ErrorKind {
  processing,  // scoring itself, memory and threads included
  usage,       // what was asked for cannot be: a name, an option, a call out of order
  input,       // a clip or a picture
  model,       // a model's file, or what it needs
  output       // a file or a folder that cannot be written
};

struct Error {
  int code;             // a positive errno value, as <cerrno> names them
  std::string message;  // one sentence for the person who reads the log
  ErrorKind kind = ErrorKind::processing;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(int code, std::string message,
                                  ErrorKind kind = ErrorKind::processing) {
  return tl::unexpected<Error>(Error{code, std::move(message), kind});
}

// The same error with a sentence that says more of where it happened.
inline tl::unexpected<Error> fail(const Error& error, std::string message) {
  return fail(error.code, std::move(message), error.kind);
}

// Where errors are about one thing: the result, its error of that kind unless it has one already.
template <typename T>
Result<T> about(ErrorKind kind, Result<T> result) {
  if (!result && result.error().kind == ErrorKind::processing) result.error().kind = kind;
  return result;
}

}  // namespace visq

#define VISQ_CONCAT_(a, b) a##b
#define VISQ_CONCAT(a, b) VISQ_CONCAT_(a, b)

// VISQ_TRY(expression): returns the error of a Status or Result to the caller.
#define VISQ_TRY(expression)                                                \
  do {                                                                      \
    if (auto visq_status = (expression); !visq_status)                      \
      return tl::unexpected<::visq::Error>(std::move(visq_status).error()); \
  } while (false)

// VISQ_ASSIGN(auto x, expression): x is the value of a Result, or its error is returned.
#define VISQ_ASSIGN(target, expression)                                                           \
  auto VISQ_CONCAT(visq_result_, __LINE__) = (expression);                                        \
  if (!VISQ_CONCAT(visq_result_, __LINE__))                                                       \
    return tl::unexpected<::visq::Error>(std::move(VISQ_CONCAT(visq_result_, __LINE__)).error()); \
  target = std::move(*VISQ_CONCAT(visq_result_, __LINE__))
