# Filled by the C API: libvmaf.so.3, headers, pkg-config, CMake package.
