/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_VERSION_H
#define LIBVMAF_VERSION_H

/** @file
 * The version of the libvmaf API that this library provides. */

#define VMAF_API_VERSION_MAJOR 3 /**< Changes when programs must be compiled again. */
#define VMAF_API_VERSION_MINOR 2 /**< Grows when calls are added. */
#define VMAF_API_VERSION_PATCH 0 /**< Grows when behaviour is mended. */

#endif
