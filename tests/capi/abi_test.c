/* The layout of every public struct and the value of every enum, as compiled clients have them. */
#include <stddef.h>
#include <stdio.h>

#include <libvmaf/dnn.h>
#include <libvmaf/libvmaf.h>
#include <libvmaf/visq.h>

static int failures = 0;
#define CHECK(expression, expected)                                                        \
  do {                                                                                     \
    const long actual = (long)(expression);                                                \
    if (actual != (long)(expected)) {                                                      \
      printf("%s is %ld, not %ld\n", #expression, actual, (long)(expected));               \
      ++failures;                                                                          \
    }                                                                                      \
  } while (0)
#define FIELD(type, field, offset) CHECK(offsetof(type, field), offset)

static void check_enums(void) {
  CHECK(VMAF_LOG_LEVEL_NONE, 0); CHECK(VMAF_LOG_LEVEL_ERROR, 1); CHECK(VMAF_LOG_LEVEL_WARNING, 2);
  CHECK(VMAF_LOG_LEVEL_INFO, 3); CHECK(VMAF_LOG_LEVEL_DEBUG, 4);
  CHECK(VMAF_OUTPUT_FORMAT_NONE, 0); CHECK(VMAF_OUTPUT_FORMAT_XML, 1); CHECK(VMAF_OUTPUT_FORMAT_JSON, 2);
  CHECK(VMAF_OUTPUT_FORMAT_CSV, 3); CHECK(VMAF_OUTPUT_FORMAT_SUB, 4);
  CHECK(VMAF_POOL_METHOD_UNKNOWN, 0); CHECK(VMAF_POOL_METHOD_MIN, 1); CHECK(VMAF_POOL_METHOD_MAX, 2);
  CHECK(VMAF_POOL_METHOD_MEAN, 3); CHECK(VMAF_POOL_METHOD_HARMONIC_MEAN, 4); CHECK(VMAF_POOL_METHOD_NB, 5);
  CHECK(VMAF_PIX_FMT_UNKNOWN, 0); CHECK(VMAF_PIX_FMT_YUV420P, 1); CHECK(VMAF_PIX_FMT_YUV422P, 2);
  CHECK(VMAF_PIX_FMT_YUV444P, 3); CHECK(VMAF_PIX_FMT_YUV400P, 4);
  CHECK(VMAF_MODEL_FLAGS_DEFAULT, 0); CHECK(VMAF_MODEL_FLAG_DISABLE_CLIP, 1);
  CHECK(VMAF_MODEL_FLAG_ENABLE_TRANSFORM, 2); CHECK(VMAF_MODEL_FLAG_DISABLE_TRANSFORM, 4);
  CHECK(VMAF_MODEL_COLLECTION_SCORE_UNKNOWN, 0); CHECK(VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP, 1);
  CHECK(VMAF_DNN_DEVICE_AUTO, 0); CHECK(VMAF_DNN_DEVICE_CPU, 1); CHECK(VMAF_DNN_DEVICE_CUDA, 2);
  CHECK(VMAF_DNN_DEVICE_OPENVINO, 3); CHECK(VMAF_DNN_DEVICE_ROCM, 4); CHECK(VMAF_DNN_DEVICE_COREML, 5);
  CHECK(VMAF_DNN_DEVICE_COREML_ANE, 6); CHECK(VMAF_DNN_DEVICE_COREML_GPU, 7); CHECK(VMAF_DNN_DEVICE_COREML_CPU, 8);
  CHECK(VMAF_DNN_DEVICE_OPENVINO_NPU, 9); CHECK(VMAF_DNN_DEVICE_OPENVINO_CPU, 10); CHECK(VMAF_DNN_DEVICE_OPENVINO_GPU, 11);
}

/* Offsets of a 64-bit machine. */
static void check_structs(void) {
  CHECK(sizeof(VmafConfiguration), 32);
  FIELD(VmafConfiguration, log_level, 0); FIELD(VmafConfiguration, n_threads, 4);
  FIELD(VmafConfiguration, n_subsample, 8); FIELD(VmafConfiguration, cpumask, 16); FIELD(VmafConfiguration, gpumask, 24);
  CHECK(sizeof(VmafPicture), 96);
  FIELD(VmafPicture, pix_fmt, 0); FIELD(VmafPicture, bpc, 4); FIELD(VmafPicture, w, 8); FIELD(VmafPicture, h, 20);
  FIELD(VmafPicture, stride, 32); FIELD(VmafPicture, data, 56); FIELD(VmafPicture, ref, 80); FIELD(VmafPicture, priv, 88);
  CHECK(sizeof(VmafModelConfig), 16);
  FIELD(VmafModelConfig, name, 0); FIELD(VmafModelConfig, flags, 8);
  CHECK(sizeof(VmafModelCollectionScore), 40);
  FIELD(VmafModelCollectionScore, bootstrap.bagging_score, 8); FIELD(VmafModelCollectionScore, bootstrap.stddev, 16);
  FIELD(VmafModelCollectionScore, bootstrap.ci.p95.lo, 24); FIELD(VmafModelCollectionScore, bootstrap.ci.p95.hi, 32);
  CHECK(sizeof(VmafPictureConfiguration), 20);
  FIELD(VmafPictureConfiguration, pic_params.w, 0); FIELD(VmafPictureConfiguration, pic_params.h, 4);
  FIELD(VmafPictureConfiguration, pic_params.bpc, 8); FIELD(VmafPictureConfiguration, pic_params.pix_fmt, 12);
  FIELD(VmafPictureConfiguration, pic_cnt, 16);
  CHECK(sizeof(VmafDnnConfig), 16);
  FIELD(VmafDnnConfig, device, 0); FIELD(VmafDnnConfig, device_index, 4); FIELD(VmafDnnConfig, threads, 8); FIELD(VmafDnnConfig, fp16_io, 12);
  CHECK(sizeof(VmafDnnInput), 32);
  FIELD(VmafDnnInput, name, 0); FIELD(VmafDnnInput, data, 8); FIELD(VmafDnnInput, shape, 16); FIELD(VmafDnnInput, rank, 24);
  CHECK(sizeof(VmafDnnOutput), 32);
  FIELD(VmafDnnOutput, name, 0); FIELD(VmafDnnOutput, data, 8); FIELD(VmafDnnOutput, capacity, 16); FIELD(VmafDnnOutput, written, 24);
}

int main(void) {
  check_enums();
  check_structs();
  CHECK(VMAF_API_VERSION_MAJOR, 3); CHECK(VMAF_API_VERSION_MINOR, 2);
  if (vmaf_version() == NULL || *vmaf_version() == '\0') ++failures;
  printf("%d failures\n", failures);
  return failures != 0;
}
