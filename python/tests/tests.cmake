# What a wheel holds, put into a folder, and each file of tests over it.
set(python_folder ${PROJECT_BINARY_DIR}/python_package)
add_test(NAME python.copy
  COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
          --component python --prefix ${python_folder})
set_tests_properties(python.copy PROPERTIES FIXTURES_SETUP python_package)
add_test(NAME house.metrics_page
  COMMAND ${Python_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/docs/generate/metrics_page.py --check)
set_tests_properties(house.metrics_page PROPERTIES FIXTURES_REQUIRED python_package
  ENVIRONMENT PYTHONPATH=${python_folder})
set(environment PYTHONPATH=${python_folder} VISQ_VMAF=$<TARGET_FILE:vmaf>
  VISQ_BUILD=${PROJECT_BINARY_DIR} MPLBACKEND=Agg PYTHONWARNINGS=error::RuntimeWarning)
file(GLOB python_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
foreach(file IN LISTS python_tests)
  string(REGEX REPLACE ".*/test_(.*)\\.py" "python.\\1" name ${file})
  add_test(NAME ${name} COMMAND ${Python_EXECUTABLE} -B -m pytest -q -p no:cacheprovider ${file})
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED "python_package;small_models"
    TIMEOUT 1800 ENVIRONMENT "${environment}")
endforeach()
