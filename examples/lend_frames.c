/* lend_frames METRIC THREADS PAIRS WIDTHxHEIGHT[:BITS] REFERENCE.yuv DISTORTED.yuv: scores frames
 * that lie in memory, raw 4:2:0, where they are: nothing is copied. Both clips are read first, then
 * scored over and over until PAIRS were scored. METRIC is vmaf or a metric's name. Prints the mean
 * of its first score and the CPU time of a pair in milliseconds. cc lend_frames.c $(pkg-config
 * --cflags --libs libvmaf) */
#include <libvmaf/visq.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct Clip {
  unsigned char* samples;
  size_t frames;
  unsigned width, height, bits;
} Clip;

static atomic_int lent; /* pictures that the library still reads */

static void take_back(void* user) {
  (void)user;
  atomic_fetch_sub(&lent, 1);
}

static size_t sample_size(const Clip* clip) { return clip->bits > 8 ? 2 : 1; }

static size_t frame_size(const Clip* clip) {
  return sample_size(clip) * ((size_t)clip->width * clip->height +
                              2 * (size_t)((clip->width + 1) / 2) * ((clip->height + 1) / 2));
}

static int load(Clip* clip, const char* path) {
  FILE* file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) return fprintf(stderr, "%s cannot be read\n", path), -1;
  clip->frames = (size_t)ftell(file) / frame_size(clip);
  clip->samples = malloc(clip->frames * frame_size(clip) + 1);
  rewind(file);
  const size_t got = clip->samples ? fread(clip->samples, frame_size(clip), clip->frames, file) : 0;
  fclose(file);
  if (clip->frames < 2 || got != clip->frames)
    return fprintf(stderr, "%s holds no two frames\n", path), -1;
  return 0;
}

/* A picture over the samples of one frame. */
static int lend(const Clip* clip, size_t frame, VmafPicture* picture) {
  unsigned char* next = clip->samples + frame % clip->frames * frame_size(clip);
  memset(picture, 0, sizeof *picture);
  picture->pix_fmt = VMAF_PIX_FMT_YUV420P;
  picture->bpc = clip->bits;
  picture->w[0] = clip->width;
  picture->h[0] = clip->height;
  for (int plane = 0; plane < 3; ++plane) {
    const size_t width = plane ? (clip->width + 1) / 2 : clip->width,
                 height = plane ? (clip->height + 1) / 2 : clip->height,
                 row = width * sample_size(clip);
    picture->data[plane] = next;
    picture->stride[plane] = (ptrdiff_t)row;
    next += row * height;
  }
  if (vmaf_picture_wrap(picture, take_back, NULL)) return -1;
  atomic_fetch_add(&lent, 1);
  return 0;
}

static int score_pairs(VmafContext* vmaf, const Clip* reference, const Clip* distorted,
                       unsigned pairs) {
  for (unsigned i = 0; i < pairs; ++i) {
    VmafPicture original, copy;
    if (lend(reference, i, &original)) return -1;
    if (lend(distorted, i, &copy)) return vmaf_picture_unref(&original), -1;
    if (vmaf_read_pictures(vmaf, &original, &copy, i)) return -1; /* takes both, always */
  }
  return vmaf_read_pictures(vmaf, NULL, NULL, 0);
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void keep_first(void* user, const VmafPooledScore* score) {
  VmafPooledScore* first = user;
  if (!first->name) *first = *score;
}

static int score(const char* metric, unsigned threads, unsigned pairs, const Clip* reference,
                 const Clip* distorted) {
  VmafConfiguration settings = {.log_level = VMAF_LOG_LEVEL_ERROR,
                                .n_threads = threads > 1 ? threads : 0};
  VmafModelConfig name = {.name = "vmaf"};
  VmafPooledScore first = {0};
  VmafContext* vmaf = NULL;
  VmafModel* model = NULL;
  const int by_model = !strcmp(metric, "vmaf");
  int error = vmaf_init(&vmaf, settings);
  if (!error && by_model) error = vmaf_model_load(&model, &name, "vmaf_v0.6.1");
  if (!error)
    error =
        by_model ? vmaf_use_features_from_model(vmaf, model) : vmaf_use_feature(vmaf, metric, NULL);
  const double start = cpu_seconds();
  if (!error) error = score_pairs(vmaf, reference, distorted, pairs);
  if (!error && by_model)
    error = vmaf_score_pooled(vmaf, model, VMAF_POOL_METHOD_MEAN, &first.mean, 0, pairs - 1);
  const double spent = cpu_seconds() - start;
  if (!error && !by_model) error = vmaf_for_each_pooled(vmaf, keep_first, &first);
  if (!error) printf("%.17g %.4f\n", first.mean, spent / pairs * 1000);
  vmaf_model_destroy(model);
  if (vmaf) vmaf_close(vmaf);
  if (atomic_load(&lent))
    return fprintf(stderr, "the library did not give %d pictures back\n", atomic_load(&lent)), -1;
  return error;
}

int main(int argc, char** argv) {
  Clip reference = {.bits = 8}, distorted;
  if (argc != 7 ||
      sscanf(argv[4], "%ux%u:%u", &reference.width, &reference.height, &reference.bits) < 2 ||
      atoi(argv[3]) < 1)
    return fprintf(stderr,
                   "usage: lend_frames METRIC THREADS PAIRS WIDTHxHEIGHT[:BITS] REFERENCE.yuv "
                   "DISTORTED.yuv\n"),
           2;
  distorted = reference;
  int error = load(&reference, argv[5]);
  if (!error) error = load(&distorted, argv[6]);
  if (!error)
    error =
        score(argv[1], (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), &reference, &distorted);
  free(reference.samples);
  free(distorted.samples);
  return error ? 1 : 0;
}
