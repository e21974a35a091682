# libvmaf.so.3, its headers, the vmaf command, pkg-config, a CMake package, models, the licences,
# and the private copy of ONNX Runtime where the distribution has none. `cmake --install` installs
# all components; each is a package of Packages.cmake.
include(CMakePackageConfigHelpers)

set(models_folder ${CMAKE_INSTALL_DATADIR}/visq)
set(private_folder ${CMAKE_INSTALL_LIBDIR}/visq)  # of libraries that only we load
install(TARGETS libvmaf EXPORT visq LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library NAMELINK_COMPONENT development)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS libvmaf_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/libvmaf include/visq DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(EXPORT visq NAMESPACE visq:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/visq)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/visqConfig.cmake
  CONTENT "include(\${CMAKE_CURRENT_LIST_DIR}/visq.cmake)\n" @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/visqConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/visqConfig.cmake ${PROJECT_BINARY_DIR}/visqConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/visq)

# Relative to itself: the folder that `cmake --install --prefix` names is known only then.
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(VISQ_PC_HIGHWAY "-lhwy ")
if(HWY_LINK_LIBRARIES MATCHES "/\\.deps/highway/")
  set(VISQ_PC_HIGHWAY "")  # it is in libvmaf.a
endif()
get_target_property(VISQ_PC_VERSION libvmaf VERSION)
configure_file(cmake/libvmaf.pc.in ${PROJECT_BINARY_DIR}/libvmaf.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/libvmaf.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME programs)
if(VISQ_CLI)
  install(TARGETS vmaf RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_BINARY_DIR}/cli/visq DESTINATION ${CMAKE_INSTALL_BINDIR})  # a link to it
  install(TARGETS visq_av LIBRARY DESTINATION ${private_folder})
  file(RELATIVE_PATH to_library ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  if(VISQ_PACKAGES)  # whose library lies where every program looks
    set_target_properties(vmaf PROPERTIES INSTALL_RPATH "$ORIGIN/${to_library}/visq")
  else()
    set_target_properties(vmaf PROPERTIES
      INSTALL_RPATH "$ORIGIN/${to_library};$ORIGIN/${to_library}/visq")
    # Beside the library in a wheel, and in a folder beside it elsewhere.
    set_target_properties(visq_av PROPERTIES INSTALL_RPATH "$ORIGIN/..;$ORIGIN")
  endif()
  if(NOT CMAKE_CROSSCOMPILING)
    set(texts ${PROJECT_BINARY_DIR}/cli)
    foreach(name vmaf visq)
      install(FILES ${texts}/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
      install(FILES ${texts}/${name}.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name})
      install(FILES ${texts}/_${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${VISQ_ZSH_FOLDER})
      install(FILES ${texts}/${name}.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
    endforeach()
  endif()
endif()
install(DIRECTORY ${VISQ_MODEL_STORE}/ DESTINATION ${models_folder}/models OPTIONAL)
# What the store is checked against.
install(FILES models/registry.json DESTINATION ${models_folder})

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
if(VISQ_ONNXRUNTIME AND onnxruntime_LIBRARY MATCHES "/\\.deps/onnxruntime/")
  get_filename_component(library ${onnxruntime_LIBRARY} REALPATH)
  install(FILES ${library} DESTINATION ${private_folder})
  set_target_properties(libvmaf PROPERTIES INSTALL_RPATH "$ORIGIN/visq")
elseif(VISQ_ONNXRUNTIME AND ONNXRUNTIME_ROOT)  # a copy of one's own stays where it is
  get_filename_component(folder ${onnxruntime_LIBRARY} DIRECTORY)
  set_target_properties(libvmaf PROPERTIES INSTALL_RPATH "${folder}")
endif()
include(Licenses)
if(VISQ_PACKAGES)
  include(Packages)
endif()

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D MANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
          -P ${PROJECT_SOURCE_DIR}/cmake/Uninstall.cmake VERBATIM)
