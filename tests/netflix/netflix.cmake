# The tests of libvmaf's own Python package, over ours. Not in the default run, as they need its
# clone, and other packages of Python: ctest --preset netflix. See suite.py.
add_test(NAME netflix.suite CONFIGURATIONS netflix
  COMMAND ${Python_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/suite.py
          compare ${PROJECT_BINARY_DIR}/netflix)
set_tests_properties(netflix.suite PROPERTIES FIXTURES_REQUIRED python_package
  SKIP_RETURN_CODE 77 TIMEOUT 3600 RUN_SERIAL ON
  ENVIRONMENT "PYTHONPATH=${python_folder};VISQ_VMAF=$<TARGET_FILE:vmaf>;PYTHONDONTWRITEBYTECODE=1")
