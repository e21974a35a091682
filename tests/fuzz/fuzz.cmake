# Every x_fuzz.cc of the house is a program x_fuzz; ctest runs each for a moment, from the seeds in
# tests/fuzz/seeds/x. For longer: build/fuzz/tests/x_fuzz -max_total_time=600 CORPUS.
file(GLOB_RECURSE targets CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/src/*_fuzz.cc ${PROJECT_SOURCE_DIR}/io/*_fuzz.cc
  ${PROJECT_SOURCE_DIR}/cli/args/*_fuzz.cc ${PROJECT_SOURCE_DIR}/job/*_fuzz.cc)
# Seeds that are no text are written by a program.
add_executable(visq_onnx_seeds ${CMAKE_CURRENT_SOURCE_DIR}/tools/onnx_seeds.cc)
target_link_libraries(visq_onnx_seeds PRIVATE fmt::fmt)
target_include_directories(visq_onnx_seeds PRIVATE ${PROJECT_SOURCE_DIR}/src)
set(made ${CMAKE_CURRENT_BINARY_DIR}/seeds/onnx_scan_fuzz)
add_test(NAME fuzz.onnx_seeds COMMAND visq_onnx_seeds ${made})
set_tests_properties(fuzz.onnx_seeds PROPERTIES FIXTURES_SETUP onnx_seeds)

foreach(source IN LISTS targets)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE libvmaf_static -fsanitize=fuzzer)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(source MATCHES "/io/")
    target_link_libraries(${name} PRIVATE visq_io)
  elseif(source MATCHES "/cli/args/")
    target_link_libraries(${name} PRIVATE visq_cli)
  elseif(NOT source MATCHES "/src/")
    target_link_libraries(${name} PRIVATE visq_job)
  endif()
  set(corpus ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${corpus})
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/seeds/${name})
  if(NOT EXISTS ${seeds})
    set(seeds "")
  endif()
  if(name STREQUAL "onnx_scan_fuzz" OR name STREQUAL "lpips_graph_fuzz")
    file(MAKE_DIRECTORY ${made})
    set(seeds ${made})
  endif()
  add_test(NAME fuzz.${name}
    COMMAND ${name} -runs=20000 -max_len=4096 -timeout=10 -rss_limit_mb=4096 ${corpus} ${seeds})
endforeach()
set_tests_properties(fuzz.onnx_scan_fuzz fuzz.lpips_graph_fuzz PROPERTIES
  FIXTURES_REQUIRED onnx_seeds)
