# Packages of Debian, one a component of Install.cmake:
# cmake --preset packages && cmake --build --preset packages
# They are for the release that they were made on, and say so in their version: sonames differ.
# docs/decisions/0016-packages.md says what is in which.
# Who hands packages on names himself, as to Debian's own tools.
set(maintainer "The visq authors <visq@example.com>")
if(DEFINED ENV{DEBEMAIL})
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

# visq_package_of(VARIABLE LIBRARY): the package that holds a library which is loaded when it is
# needed: dpkg-shlibdeps sees only what is linked.
function(visq_package_of variable library)
  file(REAL_PATH ${library} file)
  execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE found ERROR_QUIET)
  if(NOT found MATCHES "^([^:]+):")
    message(FATAL_ERROR "No package holds ${file}, which visq loads")
  endif()
  set(${variable} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT ${maintainer})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library development programs python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
file(STRINGS /etc/os-release release REGEX "^(ID|VERSION_ID)=")
list(TRANSFORM release REPLACE "^[A-Z_]+=\"?([^\"]*)\"?$" "\\1")
list(SORT release COMPARE NATURAL ORDER DESCENDING)  # the name before the number
list(JOIN release "" release)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1~${release})
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE visq)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src)

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libvmaf3-visq)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
string(CONCAT CPACK_DEBIAN_LIBRARY_DESCRIPTION
  "The C interface of libvmaf.so.3, written anew: VMAF, PSNR, SSIM, LPIPS and\n"
  "more. Programs that are linked to libvmaf3, as FFmpeg with its filter\n"
  "libvmaf, run over it unchanged.")
get_target_property(api_version libvmaf VERSION)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_PROVIDES "libvmaf3 (= ${api_version})")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONFLICTS libvmaf3)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_REPLACES libvmaf3)
visq_package_of(crypto ${OPENSSL_CRYPTO_LIBRARY})
visq_package_of(png ${PNG_LIBRARY_RELEASE})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "${crypto}, ${png}")
if(VISQ_ONNXRUNTIME AND NOT onnxruntime_LIBRARY MATCHES "/\\.deps/onnxruntime/")
  visq_package_of(onnxruntime ${onnxruntime_LIBRARY})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS ${onnxruntime})
endif()
set(control ${PROJECT_BINARY_DIR}/debian/control)
file(WRITE ${control}/library/triggers "activate-noawait ldconfig\n")
file(WRITE ${control}/library/shlibs "libvmaf 3 libvmaf3-visq (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
  ${control}/library/triggers ${control}/library/shlibs)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME visq-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
  "Headers, pkg-config and CMake files and the static library of libvmaf3-visq.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_PROVIDES "libvmaf-dev (= ${api_version})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_CONFLICTS libvmaf-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_REPLACES libvmaf-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libvmaf3-visq (= ${version})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libfmt-dev, libprotobuf-dev, libhwy-dev")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME visq)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION video)
string(CONCAT CPACK_DEBIAN_PROGRAMS_DESCRIPTION
  "How good a video looks beside its original: vmaf, with the options of\n"
  "libvmaf's command, and visq, the same under its own name; and the models\n"
  "that they know by name.")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS "libvmaf3-visq (= ${version})")
if(SECCOMP_INCLUDE_DIR)
  string(APPEND CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS ", libseccomp2")
endif()
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS ffmpeg)

get_directory_property(python_major DIRECTORY python DEFINITION Python_VERSION_MAJOR)
get_directory_property(python_minor DIRECTORY python DEFINITION Python_VERSION_MINOR)
math(EXPR python_next "${python_minor} + 1")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-visq)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
string(CONCAT CPACK_DEBIAN_PYTHON_DESCRIPTION
  "The package visq scores files and numpy arrays; the package vmaf serves\n"
  "scripts that were written for libvmaf's.")
string(CONCAT CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
  "libvmaf3-visq (= ${version}), visq (= ${version}), python3-numpy, "
  "python3 (>= ${python_major}.${python_minor}~), "
  "python3 (<< ${python_major}.${python_next})")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-pandas, python3-matplotlib")
file(WRITE ${control}/python/postinst "#!/bin/sh\nset -e\npy3compile -p python3-visq\n")
file(WRITE ${control}/python/prerm "#!/bin/sh\nset -e\npy3clean -p python3-visq\n")
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA
  ${control}/python/postinst ${control}/python/prerm)

# What Debian's policy asks of each package's folder of documents: the licence is in the file
# `copyright` of the library's, where the others' folders point.
set(documents ${PROJECT_BINARY_DIR}/debian)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog.Debian "visq (${version}) unstable; urgency=medium\n\n"
  "  * Version ${PROJECT_VERSION}; changelog.gz says what is new.\n\n"
  " -- ${maintainer}  ${date}\n")
configure_file(CHANGELOG.md ${documents}/changelog COPYONLY)
execute_process(COMMAND gzip -9nkf ${documents}/changelog.Debian ${documents}/changelog
  COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${documents}/changelog.Debian.gz ${documents}/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT library)
foreach(component programs development python)
  string(TOUPPER ${component} upper)
  set(name ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  file(CREATE_LINK libvmaf3-visq ${documents}/${name} SYMBOLIC)
  install(FILES ${documents}/${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc
    COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cmake/lintian/ COMPONENT library
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides)
install(CODE "
  file(GLOB pages \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man1/*.1)
  execute_process(COMMAND gzip -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)" COMPONENT programs)
include(CPack)
