# The classes of an ONNX file, made from its published schema.
set(visq_onnx_folder ${CMAKE_CURRENT_BINARY_DIR}/onnx_schema)
set(visq_onnx_source ${visq_onnx_folder}/onnx/onnx.pb.cc)
file(MAKE_DIRECTORY ${visq_onnx_folder}/onnx)
add_custom_command(
  OUTPUT ${visq_onnx_source} ${visq_onnx_folder}/onnx/onnx.pb.h
  COMMAND ${CMAKE_COMMAND} -E copy ${VISQ_ONNX_PROTO} ${visq_onnx_folder}/onnx/onnx.proto
  COMMAND protobuf::protoc --cpp_out=lite:${visq_onnx_folder} -I ${visq_onnx_folder} onnx/onnx.proto
  DEPENDS ${VISQ_ONNX_PROTO} VERBATIM)
# A room of its own, as nobody tidies what is generated.
add_library(visq_onnx OBJECT ${visq_onnx_source})
set_property(GLOBAL APPEND PROPERTY VISQ_ROOMS onnx)
target_link_libraries(visq_onnx PRIVATE protobuf::libprotobuf-lite)
target_include_directories(visq_onnx PRIVATE ${visq_onnx_folder})
target_compile_options(visq_onnx PRIVATE -w)
set_target_properties(visq_onnx PROPERTIES CXX_CLANG_TIDY "")

visq_room(dnn USES base picture color kernels LIBRARIES protobuf::libprotobuf-lite)
add_dependencies(visq_dnn visq_onnx)
target_include_directories(visq_dnn SYSTEM PUBLIC ${visq_onnx_folder})
if(VISQ_ONNXRUNTIME)
  visq_loads(dnn VISQ_ONNXRUNTIME_LIBRARY onnxruntime::onnxruntime)
  target_compile_definitions(visq_dnn PUBLIC VISQ_HAVE_ONNXRUNTIME)
endif()
