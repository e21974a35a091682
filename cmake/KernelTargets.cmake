# Which Highway targets a kernel is compiled for. Each target costs compile time and room in the
# library, so a file is compiled for a generation of AVX-512 only where that was measured to be
# faster.
#
#   every file   plain C++, SSE4, AVX2, AVX3 (AVX-512 of Skylake)
#   DOT16        and AVX3_DL: sums of products of 16-bit integers in one instruction (VNNI;
#                Ice Lake, Zen 4)
#   BF16         and AVX3_ZEN4, AVX3_SPR: sums of products of bfloat16 (Zen 4, Sapphire Rapids)

# visq_kernel_targets(FOLDER [DOT16 files...] [BF16 files...]): for every source file below FOLDER.
function(visq_kernel_targets folder)
  cmake_parse_arguments(GAIN "" "" "DOT16;BF16" ${ARGN})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/${folder}
       ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc)
  foreach(file IN LISTS GAIN_DOT16 GAIN_BF16)
    if(NOT file IN_LIST files)
      message(FATAL_ERROR "There is no kernel ${folder}/${file}, for which CMake names targets")
    endif()
  endforeach()
  foreach(file IN LISTS files)
    set(disabled HWY_SSE2 HWY_SSSE3)
    if(NOT file IN_LIST GAIN_DOT16)
      list(APPEND disabled HWY_AVX3_DL)
    endif()
    if(NOT file IN_LIST GAIN_BF16)
      list(APPEND disabled HWY_AVX3_ZEN4 HWY_AVX3_SPR)
    endif()
    list(JOIN disabled "|" disabled)
    set_property(SOURCE ${folder}/${file} APPEND PROPERTY COMPILE_DEFINITIONS
                 "HWY_DISABLED_TARGETS=(${disabled})")
  endforeach()
endfunction()
