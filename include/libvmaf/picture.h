/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_PICTURE_H
#define LIBVMAF_PICTURE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum VmafPixelFormat {
  VMAF_PIX_FMT_UNKNOWN,
  VMAF_PIX_FMT_YUV420P,
  VMAF_PIX_FMT_YUV422P,
  VMAF_PIX_FMT_YUV444P,
  VMAF_PIX_FMT_YUV400P
};

typedef struct VmafRef VmafRef;

/* Planes Y, U, V. stride is in bytes; samples are uint8_t for bpc 8 and native uint16_t, least
 * significant bits used, above. Write w[i] samples in each of the h[i] rows of plane i. */
typedef struct VmafPicture {
  enum VmafPixelFormat pix_fmt;
  unsigned bpc;
  unsigned w[3], h[3];
  ptrdiff_t stride[3];
  void* data[3];
  VmafRef* ref;
  void* priv;
} VmafPicture;

/* A zeroed picture of 8 to 16 bits a sample. Chroma sizes of odd pictures are rounded down, as
 * the libvmaf ABI has it; vmaf_picture_alloc_full_chroma (visq.h) rounds up, as files do.
 * Returns 0, -EINVAL or -ENOMEM. */
int vmaf_picture_alloc(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                       unsigned h);

/* Gives up the caller's hold on a picture and zeroes the struct. -EINVAL when it holds none. */
int vmaf_picture_unref(VmafPicture* pic);

#ifdef __cplusplus
}
#endif

#endif
