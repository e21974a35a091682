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
add_test(NAME faults.capi CONFIGURATIONS faults COMMAND visq_faults_tests)
set_tests_properties(faults.capi PROPERTIES ENVIRONMENT VISQ_FAULTS_ALL=1 TIMEOUT 7200 FIXTURES_REQUIRED small_models)
