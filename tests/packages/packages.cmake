# Debian's packages, made and used on new machines of Debian 13. Not in the default run, as it
# installs a distribution and builds from nothing: ctest --preset packages.
add_test(NAME packages.trixie CONFIGURATIONS packages
  COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/packages_test.py
          ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/packages_test)
set_tests_properties(packages.trixie PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 7200 RUN_SERIAL ON
  ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
add_test(NAME packages.dockerfile COMMAND Python3::Interpreter
  ${CMAKE_CURRENT_LIST_DIR}/dockerfile.py ${PROJECT_SOURCE_DIR})
