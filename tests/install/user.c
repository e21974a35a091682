/* Scores two pictures that differ by 1 in every luma sample, with the README's function. */
#include "example.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int gray(VmafPicture* picture, int level) {
  if (vmaf_picture_alloc(picture, VMAF_PIX_FMT_YUV420P, 8, 64, 48)) return -1;
  for (int plane = 0; plane < 3; ++plane)
    memset(picture->data[plane], level, (size_t)picture->stride[plane] * picture->h[plane]);
  return 0;
}

int main(void) {
  VmafPicture reference, distorted;
  double psnr = 0;
  if (gray(&reference, 100) || gray(&distorted, 101)) return 1;
  const int error = psnr_of(&reference, &distorted, &psnr);
  const double expected = 20 * log10(255);
  if (!error && fabs(psnr - expected) < 1e-9) return 0;
  fprintf(stderr, "error %d, psnr_y %.17g, expected %.17g\n", error, psnr, expected);
  return 1;
}
