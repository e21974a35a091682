// Arrays whose memory the library reads. It gives them back from its own threads, which must not
// wait for the interpreter's lock: they queue here, and the next call from Python drops them.
#pragma once

#include <vector>

#include <pybind11/pybind11.h>

namespace visq::python {

// Holds on to the arrays until release() is called with it.
class Borrowed {
 public:
  explicit Borrowed(const std::vector<pybind11::handle>& arrays);  // with the interpreter's lock
  static void release(void* borrowed);                             // from any thread, without it

 private:
  friend void drop_returned_arrays();

  std::vector<PyObject*> arrays_;
  Borrowed* next_ = nullptr;  // in the queue: to wait there needs no memory
};

// Drops what was given back since the last call. With the interpreter's lock.
void drop_returned_arrays();

}  // namespace visq::python
