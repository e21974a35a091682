# The HTML report, read back by another parser.
add_test(NAME report.read_back COMMAND Python3::Interpreter
  ${CMAKE_CURRENT_LIST_DIR}/read_back_test.py $<TARGET_FILE:vmaf>)

# In Chromium. Not in the default run, for Chromium is heavy: ctest --preset report.
find_program(VISQ_CHROMIUM NAMES chromium chromium-browser google-chrome
  DOC "The browser that the report is tested in")
if(VISQ_CHROMIUM AND EXISTS ${VISQ_UPLOT}/uPlot.iife.min.js)
  add_test(NAME report.browser CONFIGURATIONS report
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/report_test.py
            $<TARGET_FILE:vmaf> ${VISQ_CHROMIUM} ${PROJECT_BINARY_DIR}/report)
  set_tests_properties(report.browser PROPERTIES TIMEOUT 600 ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
else()
  message(STATUS "No test of the HTML report: it needs chromium (a distribution package) "
    "and uPlot (./setup)")
endif()
