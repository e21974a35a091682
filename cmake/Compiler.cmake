# Language, warnings and sanitizers, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

# No fused multiply-add behind our back: float scores have equal bits on every machine.
add_compile_options(-ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: false alarms in std::string.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  # In precompiled headers GCC forgets that the standard library's are not ours, and warns of them.
  set(false_alarms -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:${false_alarms}>")
endif()
if(VISQ_WERROR)
  add_compile_options(-Werror)
endif()
# Of the house's one version, like the style. Not on kernels, where a file is compiled once for each
# CPU target and is one whose macros are Highway's, nor on tests.
if(VISQ_TIDY)
  set(tidy ${PROJECT_SOURCE_DIR}/.deps/developer/bin/clang-tidy)
  if(NOT EXISTS ${tidy})
    message(FATAL_ERROR "The preset dev checks with clang-tidy, which is not there: "
      "run ./setup --with developer")
  endif()
  # GCC knows warnings that clang does not, and says itself what is deprecated; clang says it of the
  # standard library's own code.
  set(CMAKE_CXX_CLANG_TIDY ${tidy} --quiet --warnings-as-errors=*
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-deprecated-declarations)
endif()
if(VISQ_SANITIZE)
  add_compile_options(-fsanitize=${VISQ_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g1)
  # A sanitizer's dlopen() forgets which library asks, and with it where that one would look: let it
  # look where the program does.
  add_link_options(-fsanitize=${VISQ_SANITIZE} -Wl,--disable-new-dtags)
  # C programs need the part of the sanitizer that C++ libraries ask for.
  string(REPLACE "<CMAKE_C_COMPILER>" "<CMAKE_CXX_COMPILER>"
    CMAKE_C_LINK_EXECUTABLE "${CMAKE_C_LINK_EXECUTABLE}")
endif()
if(VISQ_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping -O1 -g0)
  add_compile_definitions(VISQ_COVERAGE)
  add_link_options(-fprofile-instr-generate)
endif()
if(VISQ_FUZZ AND NOT VISQ_FUZZ STREQUAL "REPLAY")
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Highway targets that may run: plain C++, SSE4, AVX2 and the generations of AVX-512 on x86. Kernels
# are compiled for those that they gain from (cmake/KernelTargets.cmake).
if(VISQ_SCALAR)
  add_compile_definitions(HWY_COMPILE_ONLY_SCALAR)
else()
  # Without the emulation of vectors, which newer compilers would get in the place of plain C++.
  add_compile_definitions(HWY_BROKEN_EMU128=1 HWY_WANT_AVX3_DL)
endif()

find_program(VISQ_CCACHE ccache)
if(VISQ_CCACHE)
  # Without these, ccache does not keep what is compiled with precompiled headers.
  set(CMAKE_C_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${VISQ_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>"
    "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
