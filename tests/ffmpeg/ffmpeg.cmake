# visq under FFmpeg. Not in the default run, as it fetches and builds ffmpeg: ctest --preset ffmpeg.
foreach(mode filter swap static)
  add_test(NAME ffmpeg.${mode} CONFIGURATIONS ffmpeg
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/ffmpeg_test.py
            ${mode} ${PROJECT_BINARY_DIR}/ffmpeg
            ${PROJECT_BINARY_DIR}/installed $<TARGET_FILE:visq_clips> ${synthetic})
  set_tests_properties(ffmpeg.${mode} PROPERTIES FIXTURES_REQUIRED installed
    SKIP_RETURN_CODE 77 TIMEOUT 3600 RUN_SERIAL ON ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()
