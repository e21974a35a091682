# The classes of an ONNX file, made from its published schema.
set(visq_onnx_folder ${CMAKE_CURRENT_BINARY_DIR}/onnx_schema)
set(visq_onnx_source ${visq_onnx_folder}/onnx/onnx.pb.cc)
file(MAKE_DIRECTORY ${visq_onnx_folder}/onnx)
add_custom_command(
  OUTPUT ${visq_onnx_source} ${visq_onnx_folder}/onnx/onnx.pb.h
  COMMAND ${CMAKE_COMMAND} -E copy ${VISQ_ONNX_PROTO} ${visq_onnx_folder}/onnx/onnx.proto
  COMMAND protobuf::protoc --cpp_out=lite:${visq_onnx_folder} -I ${visq_onnx_folder} onnx/onnx.proto
  DEPENDS ${VISQ_ONNX_PROTO} VERBATIM)
set_source_files_properties(${visq_onnx_source} PROPERTIES COMPILE_OPTIONS -w)

visq_room(dnn ${visq_onnx_source} USES base picture color kernels LIBRARIES nlohmann_json::nlohmann_json protobuf::libprotobuf-lite)
target_include_directories(visq_dnn SYSTEM PUBLIC ${visq_onnx_folder})
if(VISQ_ONNXRUNTIME)
  visq_loads(dnn VISQ_ONNXRUNTIME_LIBRARY onnxruntime::onnxruntime)
  target_compile_definitions(visq_dnn PUBLIC VISQ_HAVE_ONNXRUNTIME)
endif()
