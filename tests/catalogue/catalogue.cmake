# Each file of tests of `visq catalogue` by itself, over what a wheel holds, in the environment of
# ./setup --with catalogue. What takes minutes, or needs more than that installs: ctest --preset
# catalogue.
file(GLOB catalogue_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
set(catalogue_environment "PYTHONPATH=${PROJECT_BINARY_DIR}/python_package"
  "VISQ_VMAF=$<TARGET_FILE:vmaf>" "VISQ_CLIPS=$<TARGET_FILE:visq_clips>")
set(catalogue_run Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/run.py)
foreach(file IN LISTS catalogue_tests)
  string(REGEX REPLACE ".*/test_(.*)\\.py" "\\1" name ${file})
  add_test(NAME catalogue.${name} COMMAND ${catalogue_run} -m "not long" ${file})
  add_test(NAME long_catalogue.${name} CONFIGURATIONS catalogue
           COMMAND ${catalogue_run} -m long ${file})
  set_tests_properties(catalogue.${name} long_catalogue.${name} PROPERTIES
    FIXTURES_REQUIRED python_package TIMEOUT 1800 SKIP_RETURN_CODE 77
    ENVIRONMENT "${catalogue_environment}")
endforeach()
