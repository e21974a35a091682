# Our licence, and those of the parts that are compiled into what is installed or lie beside it, in
# share/doc/visq, in a wheel beside the package. The texts come from where the parts come from:
# .deps, which ./setup fills, or the distribution's packages. Libraries that the distribution keeps
# are named for what their headers put into ours.
string(CONCAT notice "visq is under the licence in the file LICENSE. "
  "It contains code of these parts, under their own:\n")
set(licenses "")
set(missing "")

# visq_part(NAME LICENSE WHAT PLACES...): the text is the file LICENSE or copyright in one of the
# places.
macro(visq_part name license what)
  find_file(VISQ_LICENSE_${name} NAMES LICENSE copyright PATHS ${ARGN} NO_DEFAULT_PATH
            DOC "The text of the licence of ${name}")
  string(APPEND notice "\n${name}: ${what}.\n  ${license}: licenses/${name}\n")
  if(VISQ_LICENSE_${name})
    configure_file(${VISQ_LICENSE_${name}} ${PROJECT_BINARY_DIR}/licenses/${name} COPYONLY)
    list(APPEND licenses ${PROJECT_BINARY_DIR}/licenses/${name})
  else()
    list(APPEND missing ${name})
  endif()
endmacro()

set(deps ${PROJECT_SOURCE_DIR}/.deps)
set(packages /usr/share/doc)
get_filename_component(onnx_folder ${VISQ_ONNX_PROTO} DIRECTORY)
visq_part(onnx Apache-2.0 "the reader of ONNX files is generated from ONNX's schema"
  ${onnx_folder} ${packages}/libonnx-dev)
visq_part(highway Apache-2.0
  "Highway, vector instructions; the text of its licence is that of onnx" ${packages}/libhwy-dev)
visq_part(nlohmann_json MIT "JSON for Modern C++" ${packages}/nlohmann-json3-dev)
visq_part(fmt MIT "{fmt}, formatting" ${packages}/libfmt-dev)
visq_part(expected CC0-1.0 "tl::expected, values or errors" ${packages}/libexpected-dev)
visq_part(protobuf BSD-3-Clause "Protocol Buffers, under the reader of ONNX files"
  ${packages}/libprotobuf-dev)
if(VISQ_CLI)
  visq_part(libpng libpng-2.0 "libpng, PNG files" ${packages}/libpng-dev)
  visq_part(zimg WTFPL "zimg, under the module of libav" ${packages}/libzimg-dev)
  visq_part(cli11 BSD-3-Clause "CLI11, the command line of vmaf" ${packages}/libcli11-dev)
  visq_part(yaml_cpp MIT "yaml-cpp, the job files of vmaf" ${packages}/libyaml-cpp-dev)
  if(EXISTS ${deps}/uplot/version)
    visq_part(uplot MIT "uPlot, the curves in the report page of vmaf" ${deps}/uplot)
  endif()
endif()
if(TARGET visq_python)
  visq_part(pybind11 BSD-3-Clause "pybind11, under the Python package visq"
    ${packages}/pybind11-dev)
endif()
if(VISQ_ONNXRUNTIME AND onnxruntime_LIBRARY MATCHES "/\\.deps/onnxruntime/")
  visq_part(onnxruntime MIT "ONNX Runtime, a library in the folder visq beside libvmaf"
    ${deps}/onnxruntime)
endif()

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/third_party.txt CONTENT "@notice@" @ONLY)

set(own_license ${PROJECT_SOURCE_DIR}/LICENSE)
if(VISQ_PACKAGES)  # Debian wants one file that says all, of this name
  file(READ ${own_license} text)
  set(own_license ${PROJECT_BINARY_DIR}/copyright)
  string(APPEND text "\n${notice}\nThe texts are beside this file. On Debian systems that of "
    "Apache-2.0 is also in\n/usr/share/common-licenses/Apache-2.0.\n")
  file(WRITE ${own_license} "visq is under this licence:\n\n${text}")
endif()

# visq_install_licenses(FOLDER ARGUMENTS...): as of install(). A build may do without a text; who
# hands it on may not.
function(visq_install_licenses folder)
  if(missing)
    list(JOIN missing ", " names)
    string(CONCAT sentence "The texts of these licences are not there: ${names}. "
      "Run ./setup, or name each with -DVISQ_LICENSE_PART=FILE")
    install(CODE "message(FATAL_ERROR \"${sentence}\")" ${ARGN})
  endif()
  install(FILES ${own_license} ${PROJECT_BINARY_DIR}/third_party.txt
    DESTINATION ${folder} ${ARGN})
  install(FILES ${licenses} DESTINATION ${folder}/licenses ${ARGN})
endfunction()
visq_install_licenses(${CMAKE_INSTALL_DOCDIR})
if(TARGET visq_python AND NOT VISQ_PACKAGES)
  visq_install_licenses(visq COMPONENT python EXCLUDE_FROM_ALL)
endif()
