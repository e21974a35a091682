# Learned metrics on other devices, where ./setup --with openvino, or cuda, was run.
foreach(device openvino cuda)
  add_test(NAME devices.${device}
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/devices_test.py ${device}
            ${PROJECT_SOURCE_DIR}/.deps/onnxruntime-${device}/lib $<TARGET_FILE:vmaf> ${synthetic})
  set_tests_properties(devices.${device} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
