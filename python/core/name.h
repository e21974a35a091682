// Names of files, metrics and options on their way to and from Python: str there, whose bytes that
// are no UTF-8 are escaped as Python's os.fsdecode() does it.
#pragma once

#include <compare>
#include <string>

#include <pybind11/pybind11.h>

#include "python/core/failure.h"

namespace visq::python {

struct Name {
  std::string text;
  auto operator<=>(const Name&) const = default;
};

}  // namespace visq::python

namespace pybind11::detail {

template <>
struct type_caster<visq::python::Name> {
  PYBIND11_TYPE_CASTER(visq::python::Name, const_name("str"));

  // A NUL would end the name where C reads it: another file than the one that was named.
  bool load(handle source, bool) {
    if (PyUnicode_Check(source.ptr()) == 0) return false;
    const auto bytes = reinterpret_steal<pybind11::bytes>(
        PyUnicode_AsEncodedString(source.ptr(), "utf-8", "surrogateescape"));
    if (!bytes) throw error_already_set();
    value.text = static_cast<std::string>(bytes);
    if (value.text.find('\0') == value.text.npos) return true;
    throw visq::python::Failure(EINVAL, "\"" + value.text.substr(0, value.text.find('\0')) +
                                            "\" is followed by a NUL, which no name holds");
  }

  static handle cast(const visq::python::Name& given, return_value_policy, handle) {
    return PyUnicode_DecodeUTF8(given.text.data(), static_cast<Py_ssize_t>(given.text.size()),
                                "surrogateescape");
  }
};

}  // namespace pybind11::detail
