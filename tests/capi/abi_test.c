/* The layout of every public struct and the value of every enum, as compiled clients have them. */
#include <stddef.h>
#include <stdio.h>

#include <libvmaf/dnn.h>
#include <libvmaf/libvmaf.h>
#include <libvmaf/visq.h>

static int failures = 0;
#define CHECK(expression, expected)                                          \
  do {                                                                       \
    const long actual = (long)(expression);                                  \
    if (actual != (long)(expected)) {                                        \
      printf("%s is %ld, not %ld\n", #expression, actual, (long)(expected)); \
      ++failures;                                                            \
    }                                                                        \
  } while (0)
#define FIELD(type, field, offset) CHECK(offsetof(type, field), offset)

static void check_enums(void) {
  CHECK(VMAF_LOG_LEVEL_NONE, 0);
  CHECK(VMAF_LOG_LEVEL_ERROR, 1);
  CHECK(VMAF_LOG_LEVEL_WARNING, 2);
  CHECK(VMAF_LOG_LEVEL_INFO, 3);
  CHECK(VMAF_LOG_LEVEL_DEBUG, 4);
  CHECK(VMAF_OUTPUT_FORMAT_NONE, 0);
  CHECK(VMAF_OUTPUT_FORMAT_XML, 1);
  CHECK(VMAF_OUTPUT_FORMAT_JSON, 2);
  CHECK(VMAF_OUTPUT_FORMAT_CSV, 3);
  CHECK(VMAF_OUTPUT_FORMAT_SUB, 4);
  CHECK(VMAF_POOL_METHOD_UNKNOWN, 0);
  CHECK(VMAF_POOL_METHOD_MIN, 1);
  CHECK(VMAF_POOL_METHOD_MAX, 2);
  CHECK(VMAF_POOL_METHOD_MEAN, 3);
  CHECK(VMAF_POOL_METHOD_HARMONIC_MEAN, 4);
  CHECK(VMAF_POOL_METHOD_NB, 5);
  CHECK(VMAF_PIX_FMT_UNKNOWN, 0);
  CHECK(VMAF_PIX_FMT_YUV420P, 1);
  CHECK(VMAF_PIX_FMT_YUV422P, 2);
  CHECK(VMAF_PIX_FMT_YUV444P, 3);
  CHECK(VMAF_PIX_FMT_YUV400P, 4);
  CHECK(VMAF_MODEL_FLAGS_DEFAULT, 0);
  CHECK(VMAF_MODEL_FLAG_DISABLE_CLIP, 1);
  CHECK(VMAF_MODEL_FLAG_ENABLE_TRANSFORM, 2);
  CHECK(VMAF_MODEL_FLAG_DISABLE_TRANSFORM, 4);
  CHECK(VMAF_COLOR_RANGE_UNSPECIFIED, 0);
  CHECK(VMAF_COLOR_RANGE_LIMITED, 1);
  CHECK(VMAF_COLOR_RANGE_FULL, 2);
  CHECK(VMAF_ERROR_PROCESSING, 0);
  CHECK(VMAF_ERROR_USAGE, 1);
  CHECK(VMAF_ERROR_INPUT, 2);
  CHECK(VMAF_ERROR_MODEL, 3);
  CHECK(VMAF_ERROR_OUTPUT, 4);
  CHECK(VMAF_MODEL_COLLECTION_SCORE_UNKNOWN, 0);
  CHECK(VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP, 1);
  CHECK(VMAF_DNN_DEVICE_AUTO, 0);
  CHECK(VMAF_DNN_DEVICE_CPU, 1);
  CHECK(VMAF_DNN_DEVICE_CUDA, 2);
  CHECK(VMAF_DNN_DEVICE_OPENVINO, 3);
  CHECK(VMAF_DNN_DEVICE_ROCM, 4);
  CHECK(VMAF_DNN_DEVICE_COREML, 5);
  CHECK(VMAF_DNN_DEVICE_COREML_ANE, 6);
  CHECK(VMAF_DNN_DEVICE_COREML_GPU, 7);
  CHECK(VMAF_DNN_DEVICE_COREML_CPU, 8);
  CHECK(VMAF_DNN_DEVICE_OPENVINO_NPU, 9);
  CHECK(VMAF_DNN_DEVICE_OPENVINO_CPU, 10);
  CHECK(VMAF_DNN_DEVICE_OPENVINO_GPU, 11);
}

/* Offsets of a 64-bit machine. */
static void check_structs(void) {
  CHECK(sizeof(VmafConfiguration), 32);
  FIELD(VmafConfiguration, log_level, 0);
  FIELD(VmafConfiguration, n_threads, 4);
  FIELD(VmafConfiguration, n_subsample, 8);
  FIELD(VmafConfiguration, cpumask, 16);
  FIELD(VmafConfiguration, gpumask, 24);
  CHECK(sizeof(VmafPicture), 96);
  FIELD(VmafPicture, pix_fmt, 0);
  FIELD(VmafPicture, bpc, 4);
  FIELD(VmafPicture, w, 8);
  FIELD(VmafPicture, h, 20);
  FIELD(VmafPicture, stride, 32);
  FIELD(VmafPicture, data, 56);
  FIELD(VmafPicture, ref, 80);
  FIELD(VmafPicture, priv, 88);
  CHECK(sizeof(VmafModelConfig), 16);
  FIELD(VmafModelConfig, name, 0);
  FIELD(VmafModelConfig, flags, 8);
  CHECK(sizeof(VmafModelCollectionScore), 40);
  FIELD(VmafModelCollectionScore, type, 0);
  FIELD(VmafModelCollectionScore, bootstrap.bagging_score, 8);
  FIELD(VmafModelCollectionScore, bootstrap.stddev, 16);
  FIELD(VmafModelCollectionScore, bootstrap.ci.p95.lo, 24);
  FIELD(VmafModelCollectionScore, bootstrap.ci.p95.hi, 32);
  CHECK(sizeof(VmafPictureConfiguration), 20);
  FIELD(VmafPictureConfiguration, pic_params.w, 0);
  FIELD(VmafPictureConfiguration, pic_params.h, 4);
  FIELD(VmafPictureConfiguration, pic_params.bpc, 8);
  FIELD(VmafPictureConfiguration, pic_params.pix_fmt, 12);
  FIELD(VmafPictureConfiguration, pic_cnt, 16);
  CHECK(sizeof(VmafDnnConfig), 16);
  FIELD(VmafDnnConfig, device, 0);
  FIELD(VmafDnnConfig, device_index, 4);
  FIELD(VmafDnnConfig, threads, 8);
  FIELD(VmafDnnConfig, fp16_io, 12);
  CHECK(sizeof(VmafDnnInput), 32);
  FIELD(VmafDnnInput, name, 0);
  FIELD(VmafDnnInput, data, 8);
  FIELD(VmafDnnInput, shape, 16);
  FIELD(VmafDnnInput, rank, 24);
  CHECK(sizeof(VmafDnnOutput), 32);
  FIELD(VmafDnnOutput, name, 0);
  FIELD(VmafDnnOutput, data, 8);
  FIELD(VmafDnnOutput, capacity, 16);
  FIELD(VmafDnnOutput, written, 24);
}

static void check_additions(void) {
  CHECK(sizeof(VmafPictureColor), 12);
  FIELD(VmafPictureColor, matrix, 0);
  FIELD(VmafPictureColor, transfer, 4);
  FIELD(VmafPictureColor, range, 8);
  CHECK(sizeof(VmafModelPlace), 32);
  FIELD(VmafModelPlace, choice, 0);
  FIELD(VmafModelPlace, store_file, 8);
  FIELD(VmafModelPlace, environment, 16);
  FIELD(VmafModelPlace, setup, 24);
  CHECK(sizeof(VmafOptionInfo), 104);
  FIELD(VmafOptionInfo, name, 0);
  FIELD(VmafOptionInfo, alias, 8);
  FIELD(VmafOptionInfo, help, 16);
  FIELD(VmafOptionInfo, type, 24);
  FIELD(VmafOptionInfo, default_value, 32);
  FIELD(VmafOptionInfo, min, 40);
  FIELD(VmafOptionInfo, max, 48);
  FIELD(VmafOptionInfo, choices, 56);
  FIELD(VmafOptionInfo, in_name, 64);
  FIELD(VmafOptionInfo, role, 72);
  FIELD(VmafOptionInfo, places, 80);
  FIELD(VmafOptionInfo, n_places, 88);
  FIELD(VmafOptionInfo, chosen_by, 96);
  CHECK(sizeof(VmafFeatureInfo), 56);
  FIELD(VmafFeatureInfo, name, 0);
  FIELD(VmafFeatureInfo, printed, 8);
  FIELD(VmafFeatureInfo, unit, 16);
  FIELD(VmafFeatureInfo, min, 24);
  FIELD(VmafFeatureInfo, max, 32);
  FIELD(VmafFeatureInfo, identity, 40);
  FIELD(VmafFeatureInfo, direction, 48);
  CHECK(sizeof(VmafMetricInfo), 72);
  FIELD(VmafMetricInfo, name, 0);
  FIELD(VmafMetricInfo, summary, 8);
  FIELD(VmafMetricInfo, source, 16);
  FIELD(VmafMetricInfo, features, 24);
  FIELD(VmafMetricInfo, n_features, 32);
  FIELD(VmafMetricInfo, options, 40);
  FIELD(VmafMetricInfo, n_options, 48);
  FIELD(VmafMetricInfo, needs_reference, 56);
  FIELD(VmafMetricInfo, exactness, 64);
}

static void check_pooled_scores(void) {
  CHECK(sizeof(VmafFrameRange), 8);
  FIELD(VmafFrameRange, first, 0);
  FIELD(VmafFrameRange, last, 4);
  CHECK(sizeof(VmafShot), 24);
  FIELD(VmafShot, frames, 0);
  FIELD(VmafShot, scores, 8);
  FIELD(VmafShot, n_scores, 16);
  CHECK(sizeof(VmafShareBelow), 16);
  FIELD(VmafShareBelow, threshold, 0);
  FIELD(VmafShareBelow, share, 8);
  CHECK(sizeof(VmafPooledScore), 208);
  FIELD(VmafPooledScore, name, 0);
  FIELD(VmafPooledScore, min, 8);
  FIELD(VmafPooledScore, max, 16);
  FIELD(VmafPooledScore, mean, 24);
  FIELD(VmafPooledScore, harmonic_mean, 32);
  FIELD(VmafPooledScore, geometric_mean, 40);
  FIELD(VmafPooledScore, percentile_1, 48);
  FIELD(VmafPooledScore, percentile_5, 56);
  FIELD(VmafPooledScore, percentile_10, 64);
  FIELD(VmafPooledScore, percentile_50, 72);
  FIELD(VmafPooledScore, min_frame, 80);
  FIELD(VmafPooledScore, max_frame, 84);
  FIELD(VmafPooledScore, direction, 88);
  FIELD(VmafPooledScore, window_frames, 92);
  FIELD(VmafPooledScore, window_first_frame, 96);
  FIELD(VmafPooledScore, window_mean, 104);
  FIELD(VmafPooledScore, unit, 112);
  FIELD(VmafPooledScore, asked, 120);
  FIELD(VmafPooledScore, clip, 128);
  FIELD(VmafPooledScore, clip_name, 136);
  FIELD(VmafPooledScore, worst_percentile_1, 144);
  FIELD(VmafPooledScore, worst_percentile_5, 152);
  FIELD(VmafPooledScore, worst_percentile_10, 160);
  FIELD(VmafPooledScore, worst_1_percent_mean, 168);
  FIELD(VmafPooledScore, worst_frame_value, 176);
  FIELD(VmafPooledScore, worst_frame, 184);
  FIELD(VmafPooledScore, shares, 192);
  FIELD(VmafPooledScore, n_shares, 200);
}

static void check_results(void) {
  CHECK(sizeof(VmafTensorInfo), 24);
  FIELD(VmafTensorInfo, name, 0);
  FIELD(VmafTensorInfo, shape, 8);
  FIELD(VmafTensorInfo, rank, 16);
  CHECK(sizeof(VmafComparison), 32);
  FIELD(VmafComparison, vmaf, 0);
  FIELD(VmafComparison, distorted, 8);
  FIELD(VmafComparison, code, 16);
  FIELD(VmafComparison, error, 24);
  CHECK(VMAF_ERROR_PROCESSING, 0);
  CHECK(VMAF_ERROR_USAGE, 1);
  CHECK(VMAF_ERROR_INPUT, 2);
  CHECK(VMAF_ERROR_MODEL, 3);
  CHECK(VMAF_ERROR_OUTPUT, 4);
  CHECK(sizeof(VmafMap), 40);
  FIELD(VmafMap, metric, 0);
  FIELD(VmafMap, name, 8);
  FIELD(VmafMap, frame, 16);
  FIELD(VmafMap, width, 20);
  FIELD(VmafMap, height, 24);
  FIELD(VmafMap, values, 32);
  CHECK(sizeof(VmafTinyModelInfo), 72);
  FIELD(VmafTinyModelInfo, name, 0);
  FIELD(VmafTinyModelInfo, feature, 8);
  FIELD(VmafTinyModelInfo, file, 16);
  FIELD(VmafTinyModelInfo, sha256, 24);
  FIELD(VmafTinyModelInfo, device, 32);
  FIELD(VmafTinyModelInfo, scaler, 40);
  FIELD(VmafTinyModelInfo, encoder, 48);
  FIELD(VmafTinyModelInfo, preset_norm, 56);
  FIELD(VmafTinyModelInfo, crf_norm, 64);
}

/* Enums are passed and stored as 32 bits. */
static void check_enum_sizes(void) {
  CHECK(sizeof(enum VmafLogLevel), 4);
  CHECK(sizeof(enum VmafOutputFormat), 4);
  CHECK(sizeof(enum VmafPoolingMethod), 4);
  CHECK(sizeof(enum VmafPixelFormat), 4);
  CHECK(sizeof(enum VmafModelFlags), 4);
  CHECK(sizeof(enum VmafModelCollectionScoreType), 4);
  CHECK(sizeof(enum VmafColorRange), 4);
  CHECK(sizeof(enum VmafErrorKind), 4);
  CHECK(sizeof(VmafDnnDevice), 4);
}

/* The types of libvmaf's functions: another one would not compile. */
struct Functions {
  int (*init)(VmafContext**, VmafConfiguration);
  int (*use_model)(VmafContext*, VmafModel*);
  int (*use_collection)(VmafContext*, VmafModelCollection*);
  int (*use_feature)(VmafContext*, const char*, VmafFeatureDictionary*);
  int (*import)(VmafContext*, const char*, double, unsigned);
  int (*read)(VmafContext*, VmafPicture*, VmafPicture*, unsigned);
  int (*score)(VmafContext*, VmafModel*, double*, unsigned);
  int (*collection_score)(VmafContext*, VmafModelCollection*, VmafModelCollectionScore*, unsigned);
  int (*feature_score)(VmafContext*, const char*, double*, unsigned);
  int (*pooled)(VmafContext*, VmafModel*, enum VmafPoolingMethod, double*, unsigned, unsigned);
  int (*collection_pooled)(VmafContext*, VmafModelCollection*, enum VmafPoolingMethod,
                           VmafModelCollectionScore*, unsigned, unsigned);
  int (*feature_pooled)(VmafContext*, const char*, enum VmafPoolingMethod, double*, unsigned,
                        unsigned);
  int (*preallocate)(VmafContext*, VmafPictureConfiguration);
  int (*fetch)(VmafContext*, VmafPicture*);
  int (*close)(VmafContext*);
  int (*write)(VmafContext*, const char*, enum VmafOutputFormat);
  const char* (*version)(void);
  int (*load)(VmafModel**, VmafModelConfig*, const char*);
  int (*load_path)(VmafModel**, VmafModelConfig*, const char*);
  int (*overload)(VmafModel*, const char*, VmafFeatureDictionary*);
  void (*destroy)(VmafModel*);
  int (*load_collection)(VmafModel**, VmafModelCollection**, VmafModelConfig*, const char*);
  int (*load_collection_path)(VmafModel**, VmafModelCollection**, VmafModelConfig*, const char*);
  int (*overload_collection)(VmafModel*, VmafModelCollection**, const char*,
                             VmafFeatureDictionary*);
  void (*destroy_collection)(VmafModelCollection*);
  const void* (*next_version)(const void*, const char**);
  int (*alloc)(VmafPicture*, enum VmafPixelFormat, unsigned, unsigned, unsigned);
  int (*unref)(VmafPicture*);
  int (*set)(VmafFeatureDictionary**, const char*, const char*);
  int (*release)(VmafFeatureDictionary**);
};
static const struct Functions functions = {vmaf_init,
                                           vmaf_use_features_from_model,
                                           vmaf_use_features_from_model_collection,
                                           vmaf_use_feature,
                                           vmaf_import_feature_score,
                                           vmaf_read_pictures,
                                           vmaf_score_at_index,
                                           vmaf_score_at_index_model_collection,
                                           vmaf_feature_score_at_index,
                                           vmaf_score_pooled,
                                           vmaf_score_pooled_model_collection,
                                           vmaf_feature_score_pooled,
                                           vmaf_preallocate_pictures,
                                           vmaf_fetch_preallocated_picture,
                                           vmaf_close,
                                           vmaf_write_output,
                                           vmaf_version,
                                           vmaf_model_load,
                                           vmaf_model_load_from_path,
                                           vmaf_model_feature_overload,
                                           vmaf_model_destroy,
                                           vmaf_model_collection_load,
                                           vmaf_model_collection_load_from_path,
                                           vmaf_model_collection_feature_overload,
                                           vmaf_model_collection_destroy,
                                           vmaf_model_version_next,
                                           vmaf_picture_alloc,
                                           vmaf_picture_unref,
                                           vmaf_feature_dictionary_set,
                                           vmaf_feature_dictionary_free};

int main(void) {
  check_enums();
  check_enum_sizes();
  check_structs();
  check_additions();
  check_results();
  check_pooled_scores();
  CHECK(VMAF_API_VERSION_MAJOR, 3);
  CHECK(VMAF_API_VERSION_MINOR, 2);
  CHECK(VMAF_API_VERSION_PATCH, 0);
  if (functions.version() == NULL || *functions.version() == '\0') ++failures;
  printf("%d failures\n", failures);
  return failures != 0;
}
