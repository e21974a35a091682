# What fails in its turn, through the C API, the command and Python: a random sample of it, and with
# the preset `faults` all of it. Sanitizers bring an allocator of their own.
if(VISQ_SANITIZE)
  return()
endif()
add_library(visq_faults SHARED faults/shim.cc)
target_include_directories(visq_faults PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(visq_faults PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(visq_faults PROPERTIES CXX_VISIBILITY_PRESET default)
target_compile_options(visq_faults PRIVATE -fno-builtin)
visq_tests(faults faults/capi_faults_test.cc LIBRARIES visq_faults visq::libvmaf fmt::fmt)
add_test(NAME faults.all.capi CONFIGURATIONS faults COMMAND visq_faults_tests)
set_tests_properties(faults.all.capi PROPERTIES ENVIRONMENT VISQ_FAULTS_ALL=1 TIMEOUT 7200)

if(VISQ_CLI)
  set(command ${CMAKE_CURRENT_SOURCE_DIR}/faults/command_faults_test.py
    $<TARGET_FILE:vmaf> $<TARGET_FILE:visq_faults>)
  add_test(NAME faults.command COMMAND Python3::Interpreter ${command})
  add_test(NAME faults.all.command CONFIGURATIONS faults
    COMMAND Python3::Interpreter ${command} --all)
  set_tests_properties(faults.all.command PROPERTIES TIMEOUT 7200)
endif()

if(TARGET visq_python)
  set(python_faults
    ${Python_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/faults/python_faults_test.py)
  set(environment PYTHONPATH=${PROJECT_BINARY_DIR}/python_package
    LD_PRELOAD=$<TARGET_FILE:visq_faults>)
  add_test(NAME faults.python COMMAND ${python_faults})
  add_test(NAME faults.all.python CONFIGURATIONS faults COMMAND ${python_faults} --all)
  set_tests_properties(faults.python faults.all.python PROPERTIES FIXTURES_REQUIRED python_package
    TIMEOUT 7200 ENVIRONMENT "${environment}")
endif()
