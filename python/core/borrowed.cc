#include "python/core/borrowed.h"

#include <memory>
#include <mutex>

#include "base/process.h"

namespace visq::python {
namespace {

struct Returned {
  std::mutex mutex;
  Borrowed* first = nullptr;
};

// Never destroyed: the library's threads may give back arrays while the process ends.
Returned& returned() {
  static auto* const instance = new OncePerProcess<Returned>;
  return instance->get();
}

}  // namespace

Borrowed::Borrowed(const std::vector<pybind11::handle>& arrays) {
  for (const pybind11::handle array : arrays) arrays_.push_back(array.ptr());
  for (PyObject* array : arrays_) Py_INCREF(array);
}

void Borrowed::release(void* borrowed) {
  auto* const last = static_cast<Borrowed*>(borrowed);
  std::lock_guard lock(returned().mutex);
  last->next_ = std::exchange(returned().first, last);
}

void drop_returned_arrays() {
  Borrowed* first = nullptr;
  {
    std::lock_guard lock(returned().mutex);
    first = std::exchange(returned().first, nullptr);
  }
  while (first != nullptr) {
    const std::unique_ptr<Borrowed> borrowed(std::exchange(first, first->next_));
    for (PyObject* array : borrowed->arrays_) Py_DECREF(array);
  }
}

}  // namespace visq::python
