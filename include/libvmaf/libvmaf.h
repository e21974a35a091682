/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_LIBVMAF_H
#define LIBVMAF_LIBVMAF_H

#include <stdint.h>

#include "feature.h"
#include "model.h"
#include "picture.h"
#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every function that returns int returns 0 or a negative errno. */

enum VmafLogLevel {
  VMAF_LOG_LEVEL_NONE = 0,
  VMAF_LOG_LEVEL_ERROR,
  VMAF_LOG_LEVEL_WARNING,
  VMAF_LOG_LEVEL_INFO,
  VMAF_LOG_LEVEL_DEBUG
};

enum VmafOutputFormat {
  VMAF_OUTPUT_FORMAT_NONE = 0,
  VMAF_OUTPUT_FORMAT_XML,
  VMAF_OUTPUT_FORMAT_JSON,
  VMAF_OUTPUT_FORMAT_CSV,
  VMAF_OUTPUT_FORMAT_SUB
};

enum VmafPoolingMethod {
  VMAF_POOL_METHOD_UNKNOWN = 0,
  VMAF_POOL_METHOD_MIN,
  VMAF_POOL_METHOD_MAX,
  VMAF_POOL_METHOD_MEAN,
  VMAF_POOL_METHOD_HARMONIC_MEAN,
  VMAF_POOL_METHOD_NB
};

/* n_threads: 0 computes in the calling thread. n_subsample: N > 1 scores every N-th frame.
 * cpumask: bits disable instruction sets (1 SSE2, 2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512),
 * for the whole process. gpumask: non-zero disables GPUs. */
typedef struct VmafConfiguration {
  enum VmafLogLevel log_level;
  unsigned n_threads;
  unsigned n_subsample;
  uint64_t cpumask;
  uint64_t gpumask;
} VmafConfiguration;

typedef struct VmafContext VmafContext;

int vmaf_init(VmafContext** vmaf, VmafConfiguration cfg);

/* Registers what the model needs. The model may be destroyed before the context is closed, but
 * not before its last score was asked for. */
int vmaf_use_features_from_model(VmafContext* vmaf, VmafModel* model);
int vmaf_use_features_from_model_collection(VmafContext* vmaf,
                                            VmafModelCollection* model_collection);

/* Registers a metric by name ("psnr"). The dictionary is consumed, unless the name is unknown. */
int vmaf_use_feature(VmafContext* vmaf, const char* feature_name, VmafFeatureDictionary* opts_dict);

/* Stores a score that somebody else computed. */
int vmaf_import_feature_score(VmafContext* vmaf, const char* feature_name, double value,
                              unsigned index);

/* Scores a pair. Both pictures are taken, whatever is returned. NULL, NULL ends the clip: it
 * waits for all frames and makes every score final. */
int vmaf_read_pictures(VmafContext* vmaf, VmafPicture* ref, VmafPicture* dist, unsigned index);

/* Scores of a frame or of the frames index_low..index_high. They wait for frames in flight; a
 * score that is not final (it needs a later frame) is -EINVAL. */
int vmaf_score_at_index(VmafContext* vmaf, VmafModel* model, double* score, unsigned index);
int vmaf_score_at_index_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                         VmafModelCollectionScore* score, unsigned index);
int vmaf_feature_score_at_index(VmafContext* vmaf, const char* feature_name, double* score,
                                unsigned index);
int vmaf_score_pooled(VmafContext* vmaf, VmafModel* model, enum VmafPoolingMethod pool_method,
                      double* score, unsigned index_low, unsigned index_high);
int vmaf_score_pooled_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                       enum VmafPoolingMethod pool_method,
                                       VmafModelCollectionScore* score, unsigned index_low,
                                       unsigned index_high);
int vmaf_feature_score_pooled(VmafContext* vmaf, const char* feature_name,
                              enum VmafPoolingMethod pool_method, double* score, unsigned index_low,
                              unsigned index_high);

typedef struct VmafPictureConfiguration {
  struct {
    unsigned w, h;
    unsigned bpc;
    enum VmafPixelFormat pix_fmt;
  } pic_params;
  unsigned pic_cnt;
} VmafPictureConfiguration;

/* A fixed set of pictures that are used again; fetching waits until one is free. */
int vmaf_preallocate_pictures(VmafContext* vmaf, VmafPictureConfiguration cfg);
int vmaf_fetch_preallocated_picture(VmafContext* vmaf, VmafPicture* pic);

/* Waits for frames in flight and frees the context. */
int vmaf_close(VmafContext* vmaf);

int vmaf_write_output(VmafContext* vmaf, const char* output_path, enum VmafOutputFormat fmt);

const char* vmaf_version(void);

#ifdef __cplusplus
}
#endif

#endif
