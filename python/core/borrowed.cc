#include "python/core/borrowed.h"

#include <memory>
#include <mutex>

namespace visq::python {
namespace {

struct Returned {
  std::mutex mutex;
  std::vector<PyObject*> arrays;
};

// Never destroyed: the library's threads may give back arrays while the process ends.
Returned& returned() {
  static auto* const instance = new Returned;
  return *instance;
}

}  // namespace

Borrowed::Borrowed(const std::vector<pybind11::handle>& arrays) {
  for (const pybind11::handle array : arrays) arrays_.push_back(array.inc_ref().ptr());
}

void Borrowed::release(void* borrowed) {
  const std::unique_ptr<Borrowed> owner(static_cast<Borrowed*>(borrowed));
  std::lock_guard lock(returned().mutex);
  returned().arrays.insert(returned().arrays.end(), owner->arrays_.begin(), owner->arrays_.end());
}

void drop_returned_arrays() {
  std::vector<PyObject*> arrays;
  {
    std::lock_guard lock(returned().mutex);
    arrays.swap(returned().arrays);
  }
  for (PyObject* array : arrays) Py_DECREF(array);
}

}  // namespace visq::python
