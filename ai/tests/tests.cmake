if(VISQ_SANITIZE OR VISQ_FUZZ)  # it is Python
  return()
endif()

# The exporters, each file of tests by itself, in the Python environment of ./setup --with ai. With
# the package visq of this build where there is one, so that models are run in our library, too.
set(ai_fixtures "")
if(TARGET visq_python)
  set(ai_fixtures python_package)
endif()
file(GLOB ai_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
foreach(file IN LISTS ai_tests)
  string(REGEX REPLACE ".*/test_(.*)\\.py" "ai.\\1" name ${file})
  add_test(NAME ${name} COMMAND Python3::Interpreter
    ${PROJECT_SOURCE_DIR}/tests/support/run_pytest.py ai ${file})
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED "${ai_fixtures}"
    TIMEOUT 1800 SKIP_RETURN_CODE 77
    ENVIRONMENT "PYTHONPATH=${PROJECT_BINARY_DIR}/python_package;VISQ_BUILD=${PROJECT_BINARY_DIR}")
endforeach()
add_test(NAME long.ai CONFIGURATIONS long
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tests/support/run_pytest.py ai
          ${CMAKE_CURRENT_LIST_DIR}/test_graphs.py
          ${CMAKE_CURRENT_LIST_DIR}/test_quantize.py -k "1080p or as_its_card_says")
set_tests_properties(long.ai PROPERTIES FIXTURES_REQUIRED "${ai_fixtures}"
  TIMEOUT 3600 SKIP_RETURN_CODE 77
  ENVIRONMENT "PYTHONPATH=${PROJECT_BINARY_DIR}/python_package;VISQ_LONG_TESTS=1")
