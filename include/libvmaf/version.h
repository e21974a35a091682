/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_VERSION_H
#define LIBVMAF_VERSION_H

/* The version of the libvmaf API that this library provides. */
#define VMAF_API_VERSION_MAJOR 3
#define VMAF_API_VERSION_MINOR 2
#define VMAF_API_VERSION_PATCH 0

#endif
