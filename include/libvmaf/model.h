/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_MODEL_H
#define LIBVMAF_MODEL_H

/** @file
 * VMAF's models: one score made of the features of several metrics. */

#include <stdint.h>

#include "feature.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A support vector machine that scores VMAF. */
typedef struct VmafModel VmafModel;

/** Models that were trained on samples of one data set, for a confidence interval. */
typedef struct VmafModelCollection VmafModelCollection;

/** How a model turns its prediction into a score; to be combined with |. */
enum VmafModelFlags {
  VMAF_MODEL_FLAGS_DEFAULT = 0,                /**< What the model's file says. */
  VMAF_MODEL_FLAG_DISABLE_CLIP = (1 << 0),     /**< Scores may leave the model's range. */
  VMAF_MODEL_FLAG_ENABLE_TRANSFORM = (1 << 1), /**< As on a phone: the model's score transform. */
  VMAF_MODEL_FLAG_DISABLE_TRANSFORM = (1 << 2) /**< Never transform. */
};

/** How a model is loaded. */
typedef struct VmafModelConfig {
  const char* name; /**< Under which scores are stored and reported; NULL is "vmaf". */
  uint64_t flags;   /**< Of VmafModelFlags. */
} VmafModelConfig;

/** What a VmafModelCollectionScore holds. */
enum VmafModelCollectionScoreType {
  VMAF_MODEL_COLLECTION_SCORE_UNKNOWN = 0, /**< Nothing. */
  VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP    /**< VmafModelCollectionScore::bootstrap. */
};

/** The score of a collection. */
typedef struct VmafModelCollectionScore {
  enum VmafModelCollectionScoreType type; /**< What it holds. */
  struct {
    double bagging_score; /**< The mean over the models of the collection. */
    double stddev;        /**< Their standard deviation. */
    struct {
      struct {
        double lo; /**< The lower bound. */
        double hi; /**< The upper bound. */
      } p95;       /**< The interval that holds 95 %. */
    } ci;          /**< The confidence interval. */
  } bootstrap;     /**< Of a bootstrap collection. */
} VmafModelCollectionScore;

/** Loads a built-in model.
 *
 * @param model set; to be given back with vmaf_model_destroy
 * @param cfg name and flags
 * @param version such as "vmaf_v0.6.1"; vmaf_model_version_next lists them
 * @return 0, -EINVAL or -ENOMEM */
int vmaf_model_load(VmafModel** model, VmafModelConfig* cfg, const char* version);

/** vmaf_model_load for a model's JSON file. */
int vmaf_model_load_from_path(VmafModel** model, VmafModelConfig* cfg, const char* path);

/** Merges options into every feature of the model that one metric computes.
 *
 * To be called before vmaf_use_features_from_model.
 *
 * @param model whose features
 * @param feature_name the metric, such as "vif"
 * @param opts_dict the options; the call takes it
 * @return 0 or a negative errno */
int vmaf_model_feature_overload(VmafModel* model, const char* feature_name,
                                VmafFeatureDictionary* opts_dict);

/** Gives a model back. */
void vmaf_model_destroy(VmafModel* model);

/** Loads a built-in bootstrap collection: *model is its main model, *model_collection the others.
 */
int vmaf_model_collection_load(VmafModel** model, VmafModelCollection** model_collection,
                               VmafModelConfig* cfg, const char* version);

/** vmaf_model_collection_load for a collection's JSON file. */
int vmaf_model_collection_load_from_path(VmafModel** model, VmafModelCollection** model_collection,
                                         VmafModelConfig* cfg, const char* path);

/** vmaf_model_feature_overload for the main model and all others. */
int vmaf_model_collection_feature_overload(VmafModel* model, VmafModelCollection** model_collection,
                                           const char* feature_name,
                                           VmafFeatureDictionary* opts_dict);

/** Gives a collection back; its main model is given back by itself. */
void vmaf_model_collection_destroy(VmafModelCollection* model_collection);

/** Iterates the built-in models.
 *
 * @param prev NULL for the first, then what the call before returned
 * @param version set to the name for vmaf_model_load, unless it is NULL
 * @return NULL after the last */
const void* vmaf_model_version_next(const void* prev, const char** version);

#ifdef __cplusplus
}
#endif

#endif
