// What the catalogue asks of clips and jobs beside scoring them.
#pragma once

#include <pybind11/pybind11.h>

namespace visq::python {

void bind_units(pybind11::module_& m);

}  // namespace visq::python
