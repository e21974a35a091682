/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_LIBVMAF_H
#define LIBVMAF_LIBVMAF_H

/** @file
 * The calls of libvmaf: make a context, add metrics and models, read pictures, ask for scores.
 *
 * Every function that returns int returns 0 or a negative errno, unless it says otherwise. */

#include <stdint.h>

#include "feature.h"
#include "model.h"
#include "picture.h"
#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is logged: the level and all above it. */
enum VmafLogLevel {
  VMAF_LOG_LEVEL_NONE = 0, /**< Nothing. */
  VMAF_LOG_LEVEL_ERROR,    /**< Why a call failed. */
  VMAF_LOG_LEVEL_WARNING,  /**< What may make scores useless. */
  VMAF_LOG_LEVEL_INFO,     /**< What is done. */
  VMAF_LOG_LEVEL_DEBUG     /**< For those who look for a fault. */
};

/** The formats of a report. */
enum VmafOutputFormat {
  VMAF_OUTPUT_FORMAT_NONE = 0, /**< No format: refused. */
  VMAF_OUTPUT_FORMAT_XML,      /**< Frames and pooled scores. */
  VMAF_OUTPUT_FORMAT_JSON,     /**< Frames, pooled scores, and what they were made with. */
  VMAF_OUTPUT_FORMAT_CSV,      /**< A line a frame. */
  VMAF_OUTPUT_FORMAT_SUB       /**< Subtitles that show the scores of each frame. */
};

/** How the scores of frames become one. */
enum VmafPoolingMethod {
  VMAF_POOL_METHOD_UNKNOWN = 0,   /**< No method: refused. */
  VMAF_POOL_METHOD_MIN,           /**< The smallest. */
  VMAF_POOL_METHOD_MAX,           /**< The largest. */
  VMAF_POOL_METHOD_MEAN,          /**< The arithmetic mean. */
  VMAF_POOL_METHOD_HARMONIC_MEAN, /**< The harmonic mean of score + 1, less 1. */
  VMAF_POOL_METHOD_NB             /**< How many there are. */
};

/** The settings of a context. */
typedef struct VmafConfiguration {
  enum VmafLogLevel log_level; /**< What is logged. */
  unsigned n_threads;          /**< 0 computes in the calling thread. */
  unsigned n_subsample;        /**< N > 1 scores every N-th frame. */
  uint64_t cpumask;            /**< Instruction sets that the whole process leaves out: 1 SSE2,
                                    2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512. */
  uint64_t gpumask;            /**< Kept for libvmaf's callers; it has no effect. */
} VmafConfiguration;

/** One comparison: metrics, models, and the scores of the frames. */
typedef struct VmafContext VmafContext;

/** Makes a context, to be given back with vmaf_close. */
int vmaf_init(VmafContext** vmaf, VmafConfiguration cfg);

/** Registers what a model needs.
 *
 * The model may be destroyed before the context is closed, but not before its last score was asked
 * for. */
int vmaf_use_features_from_model(VmafContext* vmaf, VmafModel* model);

/** vmaf_use_features_from_model for a collection. */
int vmaf_use_features_from_model_collection(VmafContext* vmaf,
                                            VmafModelCollection* model_collection);

/** Registers a metric.
 *
 * @param vmaf the context
 * @param feature_name the metric, such as "psnr"
 * @param opts_dict its options, or NULL; the call takes it, unless the name is unknown
 * @return 0 or a negative errno */
int vmaf_use_feature(VmafContext* vmaf, const char* feature_name, VmafFeatureDictionary* opts_dict);

/** Stores a score that somebody else computed; of a feature also under the name in reports. */
int vmaf_import_feature_score(VmafContext* vmaf, const char* feature_name, double value,
                              unsigned index);

/** Scores a pair of pictures.
 *
 * Both pictures are taken, whatever is returned. NULL, NULL ends the clip: the call waits for all
 * frames and makes every score final.
 *
 * @param vmaf the context
 * @param ref the original
 * @param dist what is compared with it, of the same size, format and depth
 * @param index the number of the frame, from 0; each comes once, and metrics that compare frames
 *   need those before it
 * @return 0 or a negative errno */
int vmaf_read_pictures(VmafContext* vmaf, VmafPicture* ref, VmafPicture* dist, unsigned index);

/** @name Scores
 * Of a frame, or of the frames index_low to index_high. The calls wait for frames in flight. A
 * score that is not final, as it needs a later frame, is -EINVAL. */
/**@{*/

/** The score of a model. */
int vmaf_score_at_index(VmafContext* vmaf, VmafModel* model, double* score, unsigned index);

/** The score of a collection. */
int vmaf_score_at_index_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                         VmafModelCollectionScore* score, unsigned index);

/** The score of a feature, by its stored name (VmafFeatureInfo::name). */
int vmaf_feature_score_at_index(VmafContext* vmaf, const char* feature_name, double* score,
                                unsigned index);

/** The pooled score of a model. */
int vmaf_score_pooled(VmafContext* vmaf, VmafModel* model, enum VmafPoolingMethod pool_method,
                      double* score, unsigned index_low, unsigned index_high);

/** The pooled score of a collection. */
int vmaf_score_pooled_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                       enum VmafPoolingMethod pool_method,
                                       VmafModelCollectionScore* score, unsigned index_low,
                                       unsigned index_high);

/** The pooled score of a feature. */
int vmaf_feature_score_pooled(VmafContext* vmaf, const char* feature_name,
                              enum VmafPoolingMethod pool_method, double* score, unsigned index_low,
                              unsigned index_high);
/**@}*/

/** What vmaf_preallocate_pictures makes. */
typedef struct VmafPictureConfiguration {
  struct {
    unsigned w;                   /**< Samples in a row of luma. */
    unsigned h;                   /**< Rows of luma. */
    unsigned bpc;                 /**< Bits of a sample. */
    enum VmafPixelFormat pix_fmt; /**< How chroma is sampled. */
  } pic_params;                   /**< Of every picture. */
  unsigned pic_cnt;               /**< How many pictures. */
} VmafPictureConfiguration;

/** Makes a fixed set of pictures that are used again. */
int vmaf_preallocate_pictures(VmafContext* vmaf, VmafPictureConfiguration cfg);

/** Takes a picture of that set; waits until one is free. */
int vmaf_fetch_preallocated_picture(VmafContext* vmaf, VmafPicture* pic);

/** Waits for frames in flight and frees the context. */
int vmaf_close(VmafContext* vmaf);

/** Writes a report of all scores to a file. */
int vmaf_write_output(VmafContext* vmaf, const char* output_path, enum VmafOutputFormat fmt);

/** The version of the library, such as "visq-1.0.0". */
const char* vmaf_version(void);

#ifdef __cplusplus
}
#endif

#endif
