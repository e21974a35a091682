# Finds ONNX Runtime: a copy named by ONNXRUNTIME_ROOT (variable or environment), the private one
# that ./setup made, or the distribution's package. Defines onnxruntime::onnxruntime.
set(_onnxruntime_hints ${ONNXRUNTIME_ROOT} $ENV{ONNXRUNTIME_ROOT} ${PROJECT_SOURCE_DIR}/.deps/onnxruntime)
find_path(onnxruntime_INCLUDE_DIR onnxruntime_c_api.h HINTS ${_onnxruntime_hints}
  PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session onnxruntime onnxruntime/core/session)
find_library(onnxruntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1 HINTS ${_onnxruntime_hints} PATH_SUFFIXES lib lib64)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(onnxruntime REQUIRED_VARS onnxruntime_LIBRARY onnxruntime_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run ./setup, name a copy with ONNXRUNTIME_ROOT, or build without it: -DVISQ_ONNXRUNTIME=OFF")
if(onnxruntime_FOUND AND NOT TARGET onnxruntime::onnxruntime)
  add_library(onnxruntime::onnxruntime UNKNOWN IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES IMPORTED_LOCATION ${onnxruntime_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${onnxruntime_INCLUDE_DIR})
endif()
mark_as_advanced(onnxruntime_INCLUDE_DIR onnxruntime_LIBRARY)
