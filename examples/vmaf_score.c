/* vmaf_score WIDTH HEIGHT REFERENCE.yuv DISTORTED.yuv: the mean VMAF of two raw 8-bit 4:2:0 clips.
 * cc vmaf_score.c $(pkg-config --cflags --libs libvmaf) */
#include <libvmaf/visq.h> /* libvmaf.h, and what visq adds to it */
#include <stdio.h>
#include <stdlib.h>

typedef struct Clip {
  const char* path;
  FILE* file;
  unsigned width, height;
} Clip;

static int fail(const char* path, const char* what) {
  fprintf(stderr, "%s %s\n", path, what);
  return -1;
}

/* 1: a picture to be given up; 0: the clip has ended; -1: an error, which was printed. */
static int read_picture(Clip* clip, VmafPicture* picture) {
  const int next = getc(clip->file);
  if (next == EOF) return ferror(clip->file) ? fail(clip->path, "cannot be read") : 0;
  ungetc(next, clip->file);
  if (vmaf_picture_alloc_full_chroma(picture, VMAF_PIX_FMT_YUV420P, 8, clip->width, clip->height))
    return -1;
  for (int plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture->h[plane]; ++y) {
      char* row = (char*)picture->data[plane] + (ptrdiff_t)y * picture->stride[plane];
      if (fread(row, 1, picture->w[plane], clip->file) != picture->w[plane])
        return fail(clip->path, "ends within a frame");
    }
  return 1;
}

static int read_clips(VmafContext* vmaf, Clip* reference, Clip* distorted, unsigned* frames) {
  for (;; ++*frames) {
    VmafPicture original = {0}, copy = {0};
    const int first = read_picture(reference, &original), second = read_picture(distorted, &copy);
    if (first == 1 && second == 1) {
      if (vmaf_read_pictures(vmaf, &original, &copy, *frames)) return -1; /* takes both, always */
      continue;
    }
    vmaf_picture_unref(&original); /* of an empty picture: does nothing */
    vmaf_picture_unref(&copy);
    if (first < 0 || second < 0) return -1;
    if (first != second)
      return fail(first ? distorted->path : reference->path, "ends before the other clip");
    return vmaf_read_pictures(vmaf, NULL, NULL, 0); /* no more frames: every score is final now */
  }
}

static int score(Clip* reference, Clip* distorted) {
  VmafConfiguration settings = {.log_level = VMAF_LOG_LEVEL_ERROR,
                                .n_threads = 2}; /* errors go to stderr */
  VmafModelConfig name = {.name = "vmaf"};
  VmafContext* vmaf = NULL;
  VmafModel* model = NULL;
  unsigned frames = 0;
  double mean = 0;
  int error = vmaf_init(&vmaf, settings); /* 0 or a negative errno, as every function */
  if (!error) error = vmaf_model_load(&model, &name, "vmaf_v0.6.1");
  if (!error) error = vmaf_use_features_from_model(vmaf, model);
  if (!error) error = read_clips(vmaf, reference, distorted, &frames);
  if (!error) error = vmaf_score_pooled(vmaf, model, VMAF_POOL_METHOD_MEAN, &mean, 0, frames - 1);
  if (!error) printf("%.6f\n", mean);
  vmaf_model_destroy(model);
  if (vmaf) vmaf_close(vmaf);
  return error;
}

int main(int argc, char** argv) {
  if (argc != 5) return fail(argv[0], "needs WIDTH HEIGHT REFERENCE.yuv DISTORTED.yuv"), 2;
  const unsigned width = (unsigned)atoi(argv[1]), height = (unsigned)atoi(argv[2]);
  Clip reference = {argv[3], fopen(argv[3], "rb"), width, height};
  Clip distorted = {argv[4], fopen(argv[4], "rb"), width, height};
  const int error = !reference.file   ? fail(reference.path, "cannot be opened")
                    : !distorted.file ? fail(distorted.path, "cannot be opened")
                                      : score(&reference, &distorted);
  if (reference.file) fclose(reference.file);
  if (distorted.file) fclose(distorted.file);
  return error ? 1 : 0;
}
