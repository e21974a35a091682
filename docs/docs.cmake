# `cmake --build --preset release --target docs` writes the reference of include/ into
# build/release/docs/html. It fails on a public name without a comment.
find_program(VISQ_DOXYGEN doxygen)
configure_file(${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
if(VISQ_DOXYGEN)
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/docs
                         COMMAND ${VISQ_DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile
                         COMMENT "Writing the reference into ${PROJECT_BINARY_DIR}/docs/html")
else()
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E echo
            "there is no doxygen; run ./setup --with developer and configure anew"
    COMMAND ${CMAKE_COMMAND} -E false)
endif()

# docs/metrics.md, from the descriptors of the metrics.
if(TARGET visq_python)
  set(python_folder ${PROJECT_BINARY_DIR}/python_package)
  add_custom_target(metrics_page
    COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
            --component python --prefix ${python_folder}
    COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${python_folder}
            ${Python_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/generate/metrics_page.py
    COMMENT "Writing docs/metrics.md")
  add_dependencies(metrics_page visq_python libvmaf visq_av)
endif()
