# ./setup, ./demo and the tests on a new machine. Not in the default run, as it installs a whole
# distribution and builds from nothing: ctest --preset fresh.
foreach(suite bookworm trixie jammy noble)
  add_test(NAME fresh.${suite} CONFIGURATIONS fresh
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/fresh_test.py
            ${PROJECT_SOURCE_DIR} ${suite} ${PROJECT_BINARY_DIR}/fresh)
  set_tests_properties(fresh.${suite} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 14400 RUN_SERIAL ON)
endforeach()
