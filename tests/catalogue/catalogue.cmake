# Each file of tests of `visq catalogue` by itself, over what a wheel holds, in the environment of
# ./setup --with catalogue: test_*.py in the suite; long_*.py, which take minutes or need more than
# that installs, in ctest --preset catalogue.
file(GLOB catalogue_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py
  ${CMAKE_CURRENT_LIST_DIR}/long_*.py)
foreach(file IN LISTS catalogue_tests)
  if(file MATCHES ".*/test_(.*)\\.py")
    set(test catalogue.${CMAKE_MATCH_1})
    set(when "")
  elseif(file MATCHES ".*/long_(.*)\\.py")
    set(test long_catalogue.${CMAKE_MATCH_1})
    set(when CONFIGURATIONS catalogue)
  endif()
  add_test(NAME ${test} ${when}
           COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tests/support/run_pytest.py
                   catalogue ${file})
  set_tests_properties(${test} PROPERTIES
    FIXTURES_REQUIRED python_package TIMEOUT 1800 SKIP_RETURN_CODE 77
    ENVIRONMENT "PYTHONPATH=${PROJECT_BINARY_DIR}/python_package;VISQ_VMAF=$<TARGET_FILE:vmaf>\
;VISQ_CLIPS=$<TARGET_FILE:visq_clips>")
endforeach()
