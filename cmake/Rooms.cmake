# A room is a folder of src/: its sources are found by name, its tests stand beside them
# (x_test.cc), and it links only the rooms that docs/architecture.md lets it see.

# visq_headers(TARGET [headers...]): what most files include is parsed once, for all targets that
# reuse it from TARGET, which has no other purpose. It must be compiled as they are, and with no
# definition that one of them has not.
function(visq_headers target)
  target_link_libraries(${target} PRIVATE fmt::fmt)
  target_precompile_headers(${target} PRIVATE ${ARGN} <fmt/format.h> <algorithm> <array>
    <filesystem> <fstream> <functional> <map> <memory> <optional> <random> <span> <string> <variant>
    <vector>)
endfunction()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/nothing.cc CONTENT "int main() {}\n")
add_library(visq_room_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/nothing.cc)
visq_headers(visq_room_headers)

# visq_room(NAME [USES rooms...] [LIBRARIES targets...])
function(visq_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  list(APPEND sources ${ROOM_UNPARSED_ARGUMENTS})
  if(sources)
    add_library(visq_${name} OBJECT ${sources})
    set(scope PUBLIC)
  else()
    add_library(visq_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(visq_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_USES PREPEND visq_)
  target_link_libraries(visq_${name} ${scope} ${ROOM_USES} ${ROOM_LIBRARIES})
  if(sources)
    target_precompile_headers(visq_${name} REUSE_FROM visq_room_headers)
    if(NOT name STREQUAL "kernels")  # where the loops over samples are, which gain from -O3
      target_compile_options(visq_${name} PRIVATE $<$<CONFIG:Release>:-O2>)
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY VISQ_ROOMS ${name})
endfunction()

# visq_loads(ROOM MACRO TARGET): the room loads a shared library when it first needs it, by the name
# that MACRO holds, where linking it would cost every start. Only its headers are used in building.
function(visq_loads room macro target)
  get_target_property(library ${target} IMPORTED_LOCATION)
  if(NOT library)
    get_target_property(library ${target} IMPORTED_LOCATION_RELEASE)
  endif()
  if(NOT library)
    get_target_property(library ${target} IMPORTED_LOCATION_NOCONFIG)
  endif()
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${library} OUTPUT_VARIABLE headers ERROR_QUIET)
  if(NOT headers MATCHES "SONAME +([^ \n]+)")
    message(FATAL_ERROR "${library} has no SONAME by which it could be loaded")
  endif()
  target_compile_definitions(visq_${room} PRIVATE ${macro}="${CMAKE_MATCH_1}")
  target_include_directories(visq_${room} SYSTEM PRIVATE
    $<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>)
endfunction()

# The file that lists every metric, made from the folder names in src/metrics: folder `x`
# defines `const Descriptor& x_metric()` in namespace visq.
function(visq_metric_registry output)
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true
    RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/metrics ${CMAKE_CURRENT_SOURCE_DIR}/metrics/*)
  set(declarations "")
  set(list "")
  foreach(folder IN LISTS folders)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/metrics/${folder}/${folder}.cc)
      string(APPEND declarations "const Descriptor& ${folder}_metric();\n")
      string(APPEND list "      &${folder}_metric(),\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT
"// Made by cmake/Rooms.cmake from the folders in src/metrics.
#include \"extract/metric.h\"

namespace visq {
@declarations@
std::span<const Descriptor* const> all_metrics() {
  static const Descriptor* const kAll[] = {
@list@  };
  return kAll;
}

}  // namespace visq
" @ONLY)
endfunction()

# A test runs once and is compiled on every machine: half of its compile time would be optimising.
set(test_options -O0)
if(VISQ_TESTS)
  add_executable(visq_test_headers ${CMAKE_CURRENT_BINARY_DIR}/nothing.cc)
  target_compile_options(visq_test_headers PRIVATE ${test_options})
  target_link_libraries(visq_test_headers PRIVATE GTest::gtest)
  visq_headers(visq_test_headers <gtest/gtest.h>)
endif()

# visq_tests(NAME FILES... [LIBRARIES targets...]): one GoogleTest program, one ctest test a case.
function(visq_tests name)
  cmake_parse_arguments(TESTS "" "" "LIBRARIES" ${ARGN})
  if(NOT TESTS_UNPARSED_ARGUMENTS)
    return()
  endif()
  add_executable(visq_${name}_tests ${TESTS_UNPARSED_ARGUMENTS})
  set_target_properties(visq_${name}_tests PROPERTIES CXX_CLANG_TIDY "")
  target_link_libraries(visq_${name}_tests PRIVATE
    ${TESTS_LIBRARIES} fmt::fmt GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(visq_${name}_tests PRIVATE ${test_options})
  target_precompile_headers(visq_${name}_tests REUSE_FROM visq_test_headers)
  target_include_directories(visq_${name}_tests PRIVATE
    ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(visq_${name}_tests PRIVATE
    VISQ_SOURCE_DIR="${PROJECT_SOURCE_DIR}" VISQ_BINARY_DIR="${PROJECT_BINARY_DIR}")
  include(GoogleTest)
  gtest_discover_tests(visq_${name}_tests TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]" TIMEOUT 1800)
endfunction()
