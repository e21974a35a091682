# Every x_fuzz.cc of the house is a program x_fuzz; ctest runs each for a moment, from the seeds in
# tests/fuzz/seeds/x and those that are made; with VISQ_FUZZ=REPLAY on these alone. For longer:
# build/fuzz/tests/x_fuzz -max_total_time=600 CORPUS build/fuzz/tests/corpora/x.
if(VISQ_FUZZ STREQUAL "REPLAY")
  set(runs 0)
else()
  set(runs 20000)
endif()
set(rooms src io job cli/args)
list(TRANSFORM rooms REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/\\1/*_fuzz.cc")
file(GLOB_RECURSE targets CONFIGURE_DEPENDS ${rooms})

# What is no text is made, not kept.
add_executable(visq_onnx_seeds ${CMAKE_CURRENT_SOURCE_DIR}/tools/onnx_seeds.cc)
target_link_libraries(visq_onnx_seeds PRIVATE fmt::fmt)
target_include_directories(visq_onnx_seeds PRIVATE ${PROJECT_SOURCE_DIR}/src)
set(made ${CMAKE_CURRENT_BINARY_DIR}/corpora)
set(onnx ${made}/onnx_scan_fuzz)
set(script ${CMAKE_CURRENT_LIST_DIR}/corpora.py)
add_custom_command(OUTPUT ${made}/made COMMAND visq_onnx_seeds ${onnx}
  COMMAND Python3::Interpreter ${script} ${made} ${onnx}
  COMMAND ${CMAKE_COMMAND} -E touch ${made}/made
  DEPENDS ${script} VERBATIM)
add_custom_target(visq_fuzz_corpora ALL DEPENDS ${made}/made)

foreach(source IN LISTS targets)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE -fsanitize=fuzzer)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  # Those outside the library use it as the command does. With both libraries in a program, a
  # module would call one of them for a picture and the other for the error.
  if(source MATCHES "/src/")
    target_link_libraries(${name} PRIVATE libvmaf_static)
  elseif(source MATCHES "/io/")
    target_link_libraries(${name} PRIVATE visq_io)
  elseif(source MATCHES "/cli/args/")
    target_link_libraries(${name} PRIVATE visq_cli)
  else()
    target_link_libraries(${name} PRIVATE visq_job)
  endif()
  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  set(beginnings ${made}/${name})
  file(MAKE_DIRECTORY ${found} ${beginnings})
  if(name STREQUAL "lpips_graph_fuzz")
    list(APPEND beginnings ${onnx})
  endif()
  if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/seeds/${name})
    list(APPEND beginnings ${CMAKE_CURRENT_LIST_DIR}/seeds/${name})
  endif()
  set(words ${CMAKE_CURRENT_LIST_DIR}/dictionaries/${name}.txt)
  if(EXISTS ${words})
    set(words -dict=${words})
  else()
    set(words "")
  endif()
  add_test(NAME fuzz.${name} COMMAND ${name} -runs=${runs} -max_len=16384 -timeout=10
    -rss_limit_mb=4096 ${words} ${found} ${beginnings})
endforeach()
add_dependencies(av_fuzz visq_av)
