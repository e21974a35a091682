# The shared library: libvmaf.so.3, with the exported symbols of include/libvmaf only; and
# libvmaf.a, of the same objects.
include(EmbedModels)
visq_embed_models(${CMAKE_CURRENT_BINARY_DIR}/builtin_models.cc)
target_sources(visq_models PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/builtin_models.cc)

set(VISQ_API_VERSION 3.2.0)
visq_room(capi USES base picture color kernels extract metrics collect models dnn engine report)
target_include_directories(visq_capi PUBLIC ${PROJECT_SOURCE_DIR}/include)
set_target_properties(visq_capi PROPERTIES
  CXX_VISIBILITY_PRESET default VISIBILITY_INLINES_HIDDEN ON
  DISABLE_PRECOMPILE_HEADERS ON)  # which are compiled with other visibility
target_compile_definitions(visq_capi PRIVATE VISQ_VERSION="${PROJECT_VERSION}")
# A C program may give any number as an enumerator; compilers read it as one, and calls refuse what
# they do not know.
if(VISQ_SANITIZE MATCHES undefined)
  target_compile_options(visq_capi PRIVATE -fno-sanitize=enum)
endif()

get_property(rooms GLOBAL PROPERTY VISQ_ROOMS)
list(TRANSFORM rooms PREPEND visq_)
add_library(libvmaf SHARED)
add_library(visq::libvmaf ALIAS libvmaf)
target_link_libraries(libvmaf PRIVATE ${rooms})
target_include_directories(libvmaf INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(libvmaf PROPERTIES
  OUTPUT_NAME vmaf VERSION ${VISQ_API_VERSION} SOVERSION 3 LINKER_LANGUAGE CXX
  LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/libvmaf.map)
target_link_options(libvmaf PRIVATE -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/libvmaf.map)
if(NOT VISQ_SANITIZE AND NOT VISQ_FUZZ)
  target_link_options(libvmaf PRIVATE -Wl,--no-undefined)
endif()

add_library(libvmaf_static STATIC)
target_link_libraries(libvmaf_static PUBLIC ${rooms})
set_target_properties(libvmaf_static PROPERTIES OUTPUT_NAME vmaf)
# Where Highway is ./setup's own, nobody else has it: then its objects are in the archive, too.
if(HWY_LINK_LIBRARIES MATCHES "/\\.deps/highway/")
  set(script ${CMAKE_CURRENT_BINARY_DIR}/add_highway.mri)
  file(CONFIGURE OUTPUT ${script} CONTENT
    "CREATE libvmaf.a\nADDLIB visq.a\nADDLIB ${HWY_LINK_LIBRARIES}\nSAVE\nEND\n")
  add_custom_command(TARGET libvmaf_static POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E rename libvmaf.a visq.a
    COMMAND ${CMAKE_AR} -M < ${script}
    COMMAND ${CMAKE_COMMAND} -E rm visq.a
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
endif()
