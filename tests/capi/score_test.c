/* A client in plain C: scores two frames and reads everything back. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libvmaf.h>
#include <visq.h>

static int failures = 0;
static void check(int ok, const char* what) {
  if (ok) return;
  printf("failed: %s (%s)\n", what, vmaf_last_error());
  ++failures;
}

static void fill(VmafPicture* picture, unsigned char value) {
  for (int plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture->h[plane]; ++y)
      memset((char*)picture->data[plane] + (ptrdiff_t)y * picture->stride[plane], value,
             picture->w[plane]);
}

static void read_frame(VmafContext* context, unsigned index) {
  VmafPicture reference, distorted;
  check(vmaf_picture_alloc(&reference, VMAF_PIX_FMT_YUV420P, 8, 33, 17) == 0,
        "allocate the reference");
  check(vmaf_picture_alloc(&distorted, VMAF_PIX_FMT_YUV420P, 8, 33, 17) == 0,
        "allocate the distorted picture");
  check(reference.w[1] == 16 && reference.h[1] == 8, "chroma rounds down");
  fill(&reference, 100);
  fill(&distorted, (unsigned char)(101 + index));
  check(vmaf_read_pictures(context, &reference, &distorted, index) == 0, "read a pair");
  check(reference.ref == NULL && distorted.data[0] == NULL, "both pictures are taken");
}

static void refuse(VmafContext* context) {
  VmafPicture a, b, empty;
  double score;
  memset(&empty, 0, sizeof empty);
  check(vmaf_read_pictures(context, &empty, &empty, 9) == -EINVAL,
        "a picture of the caller's own is refused");
  check(vmaf_picture_alloc(&a, VMAF_PIX_FMT_YUV420P, 8, 64, 64) == 0, "allocate");
  check(vmaf_picture_alloc(&b, VMAF_PIX_FMT_YUV420P, 8, 33, 17) == 0, "allocate");
  check(vmaf_read_pictures(context, &a, &b, 9) == -EINVAL && a.ref == NULL && b.ref == NULL,
        "sizes that differ are refused, and taken");
  check(vmaf_picture_alloc(&a, VMAF_PIX_FMT_YUV420P, 8, 33, 17) == 0, "allocate");
  check(vmaf_read_pictures(context, &a, NULL, 9) == -EINVAL && a.ref == NULL,
        "half a pair is refused, and taken");
  check(vmaf_feature_score_at_index(context, "psnr_x", &score, 0) == -EINVAL &&
            strstr(vmaf_last_error(), "psnr_") != NULL,
        "an unknown feature gets a suggestion");
  check(vmaf_feature_score_at_index(context, "psnr_y", &score, 7) == -EINVAL,
        "a frame that is not there");
  check(vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_UNKNOWN, &score, 0, 1) ==
            -EINVAL,
        "an unknown pooling method");
  check(
      vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_MEAN, &score, 1, 0) == -EINVAL,
      "an empty range");
  check(vmaf_use_feature(context, "psnr", NULL) == -EINVAL, "no metric after the first frame");
}

int main(void) {
  VmafConfiguration configuration = {VMAF_LOG_LEVEL_NONE, 2, 0, 0, 0};
  VmafContext* context = NULL;
  VmafFeatureDictionary* options = NULL;
  double first = 0, second = 0, mean = 0, harmonic = 0, low = 0, high = 0;
  check(vmaf_init(&context, configuration) == 0, "init");
  check(vmaf_feature_dictionary_set(&options, "enable_mse", "true") == 0, "dictionary");
  check(vmaf_use_feature(context, "psrn", options) == -EINVAL &&
            strstr(vmaf_last_error(), "psnr") != NULL,
        "a misspelt metric gets a suggestion");
  check(vmaf_use_feature(context, "psnr", options) == 0, "use psnr");
  read_frame(context, 0);
  read_frame(context, 1);
  check(vmaf_feature_score_at_index(context, "mse_y", &second, 1) == 0 && second == 4,
        "a score before the end");
  refuse(context);
  check(vmaf_import_feature_score(context, "mine", 5, 0) == 0 &&
            vmaf_import_feature_score(context, "mine", 5, 0) == -EINVAL,
        "an imported score stays");
  check(vmaf_read_pictures(context, NULL, NULL, 0) == 0, "flush");
  check(vmaf_read_pictures(context, NULL, NULL, 0) == -EINVAL, "no second flush");
  check(vmaf_feature_score_at_index(context, "mse_y", &first, 0) == 0 && first == 1,
        "mse of frame 0");
  check(vmaf_feature_score_pooled(context, "mse_y", VMAF_POOL_METHOD_MEAN, &mean, 0, 1) == 0 &&
            mean == 2.5,
        "mean");
  check(vmaf_feature_score_pooled(context, "mse_y", VMAF_POOL_METHOD_HARMONIC_MEAN, &harmonic, 0,
                                  1) == 0,
        "harmonic mean");
  check(fabs(harmonic - (2 / (1 / 2.0 + 1 / 5.0) - 1)) < 1e-12, "harmonic mean is of x + 1");
  check(vmaf_feature_score_pooled(context, "mse_y", VMAF_POOL_METHOD_MIN, &low, 0, 1) == 0 &&
            low == 1,
        "min");
  check(vmaf_feature_score_pooled(context, "mse_y", VMAF_POOL_METHOD_MAX, &high, 0, 1) == 0 &&
            high == 4,
        "max");
  check(vmaf_write_output(context, "/nowhere/at/all.json", VMAF_OUTPUT_FORMAT_JSON) < 0,
        "a report that cannot be written");
  check(vmaf_close(context) == 0, "close");
  printf("%d failures\n", failures);
  return failures != 0;
}
