# Finds ONNX Runtime and defines the imported target onnxruntime::onnxruntime.
#
# Looked for, in this order:
#   1. ONNXRUNTIME_ROOT, a CMake variable or else an environment variable: a copy of one's own.
#      When it is set nothing else is tried, so a wrong path is an error and not another version.
#   2. .deps/onnxruntime in this project, where ./setup puts a copy.
#   3. the system (Debian 13: libonnxruntime-dev).
#
# The headers may lie in include/, include/onnxruntime/ or include/onnxruntime/core/session/,
# as the release archives, Debian and `make install` place them.
# onnxruntime_VERSION is the C API version of the headers, as 1.N.

# Kept in the cache, so that a reconfigure from a shell without the variable finds the same copy.
if(NOT ONNXRUNTIME_ROOT AND DEFINED ENV{ONNXRUNTIME_ROOT})
  set(ONNXRUNTIME_ROOT $ENV{ONNXRUNTIME_ROOT}
    CACHE PATH "A copy of ONNX Runtime: include/ and lib/")
endif()
set(_onnxruntime_headers include include/onnxruntime include/onnxruntime/core/session)

# Searches under the given roots only; what an earlier root gave stays.
function(_onnxruntime_search)
  find_path(onnxruntime_INCLUDE_DIR onnxruntime_c_api.h
    PATHS ${ARGN} PATH_SUFFIXES ${_onnxruntime_headers} NO_DEFAULT_PATH)
  find_library(onnxruntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1
    PATHS ${ARGN} PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
endfunction()

# Headers and library must come from one place: a cached pair that no longer lies under the chosen
# root is dropped.
if(ONNXRUNTIME_ROOT)
  set(_onnxruntime_roots ${ONNXRUNTIME_ROOT})
elseif(EXISTS ${CMAKE_CURRENT_LIST_DIR}/../.deps/onnxruntime/lib)
  get_filename_component(_onnxruntime_roots ${CMAKE_CURRENT_LIST_DIR}/../.deps/onnxruntime ABSOLUTE)
else()
  set(_onnxruntime_roots "")
endif()
if(NOT "${_onnxruntime_roots}" STREQUAL "${onnxruntime_FOUND_UNDER}")
  unset(onnxruntime_INCLUDE_DIR CACHE)
  unset(onnxruntime_LIBRARY CACHE)
  set(onnxruntime_FOUND_UNDER "${_onnxruntime_roots}"
    CACHE INTERNAL "Root that the ONNX Runtime paths belong to")
endif()

if(_onnxruntime_roots)
  _onnxruntime_search(${_onnxruntime_roots})
else()
  find_path(onnxruntime_INCLUDE_DIR onnxruntime_c_api.h
    PATH_SUFFIXES onnxruntime onnxruntime/core/session)
  find_library(onnxruntime_LIBRARY onnxruntime)
endif()
mark_as_advanced(onnxruntime_INCLUDE_DIR onnxruntime_LIBRARY)

if(onnxruntime_INCLUDE_DIR)
  file(STRINGS ${onnxruntime_INCLUDE_DIR}/onnxruntime_c_api.h _onnxruntime_api
    REGEX "#define ORT_API_VERSION [0-9]+")
  string(REGEX REPLACE "[^0-9]*([0-9]+).*" "1.\\1" onnxruntime_VERSION "${_onnxruntime_api}")
endif()

string(CONCAT _onnxruntime_advice "Run ./setup, name a copy with ONNXRUNTIME_ROOT, "
  "or build without learned metrics: -DVISQ_ONNXRUNTIME=OFF.")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(onnxruntime
  REQUIRED_VARS onnxruntime_LIBRARY onnxruntime_INCLUDE_DIR
  VERSION_VAR onnxruntime_VERSION
  REASON_FAILURE_MESSAGE "${_onnxruntime_advice}")

if(onnxruntime_FOUND AND NOT TARGET onnxruntime::onnxruntime)
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION ${onnxruntime_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${onnxruntime_INCLUDE_DIR})
endif()
