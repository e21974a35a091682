/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_PICTURE_H
#define LIBVMAF_PICTURE_H

/** @file
 * Pictures: what is compared. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How chroma is sampled. */
enum VmafPixelFormat {
  VMAF_PIX_FMT_UNKNOWN, /**< No format: refused. */
  VMAF_PIX_FMT_YUV420P, /**< Chroma has half the width and half the height. */
  VMAF_PIX_FMT_YUV422P, /**< Chroma has half the width. */
  VMAF_PIX_FMT_YUV444P, /**< Chroma has the size of luma. */
  VMAF_PIX_FMT_YUV400P  /**< Luma only. */
};

/** Counts the holds on a picture. */
typedef struct VmafRef VmafRef;

/** Planes Y, U and V.
 *
 * Samples are uint8_t where bpc is 8, and native uint16_t above, in the least significant bits.
 * Write w[i] samples into each of the h[i] rows of plane i. */
typedef struct VmafPicture {
  enum VmafPixelFormat pix_fmt; /**< How chroma is sampled. */
  unsigned bpc;                 /**< Bits of a sample, 8 to 16. */
  unsigned w[3];                /**< Samples in a row of each plane. */
  unsigned h[3];                /**< Rows of each plane. */
  ptrdiff_t stride[3];          /**< Bytes from one row to the next. */
  void* data[3];                /**< The first sample of each plane. */
  VmafRef* ref;                 /**< The library's. */
  void* priv;                   /**< The library's. */
} VmafPicture;

/** Makes a picture whose samples are 0.
 *
 * Chroma sizes of odd pictures are rounded down, as the libvmaf ABI has it.
 * vmaf_picture_alloc_full_chroma (visq.h) rounds up, as files do.
 *
 * @param pic set; the caller holds it until it is scored or given up with vmaf_picture_unref
 * @param pix_fmt how chroma is sampled
 * @param bpc bits of a sample, 8 to 16
 * @param w samples in a row of luma
 * @param h rows of luma
 * @return 0, -EINVAL or -ENOMEM */
int vmaf_picture_alloc(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                       unsigned h);

/** Gives up the caller's hold on a picture and zeroes the struct. -EINVAL when it holds none. */
int vmaf_picture_unref(VmafPicture* pic);

#ifdef __cplusplus
}
#endif

#endif
