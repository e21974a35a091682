/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_MODEL_H
#define LIBVMAF_MODEL_H

#include <stdint.h>

#include "feature.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VmafModel VmafModel;
typedef struct VmafModelCollection VmafModelCollection;

enum VmafModelFlags {
  VMAF_MODEL_FLAGS_DEFAULT = 0,
  VMAF_MODEL_FLAG_DISABLE_CLIP = (1 << 0),
  VMAF_MODEL_FLAG_ENABLE_TRANSFORM = (1 << 1),
  VMAF_MODEL_FLAG_DISABLE_TRANSFORM = (1 << 2)
};

/* name: the feature under which scores are stored and reported; NULL is "vmaf". */
typedef struct VmafModelConfig {
  const char* name;
  uint64_t flags;
} VmafModelConfig;

enum VmafModelCollectionScoreType {
  VMAF_MODEL_COLLECTION_SCORE_UNKNOWN = 0,
  VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP
};

typedef struct VmafModelCollectionScore {
  enum VmafModelCollectionScoreType type;
  struct {
    double bagging_score;
    double stddev;
    struct {
      struct {
        double lo, hi;
      } p95;
    } ci;
  } bootstrap;
} VmafModelCollectionScore;

/* version: a built-in model such as "vmaf_v0.6.1". */
int vmaf_model_load(VmafModel** model, VmafModelConfig* cfg, const char* version);
int vmaf_model_load_from_path(VmafModel** model, VmafModelConfig* cfg, const char* path);

/* Merges options into every feature of the model that the metric `feature_name` computes; the
 * dictionary is consumed. To be called before vmaf_use_features_from_model. */
int vmaf_model_feature_overload(VmafModel* model, const char* feature_name,
                                VmafFeatureDictionary* opts_dict);
void vmaf_model_destroy(VmafModel* model);

/* A bootstrap collection: *model is its main model, *model_collection the others. */
int vmaf_model_collection_load(VmafModel** model, VmafModelCollection** model_collection,
                               VmafModelConfig* cfg, const char* version);
int vmaf_model_collection_load_from_path(VmafModel** model, VmafModelCollection** model_collection,
                                         VmafModelConfig* cfg, const char* path);
int vmaf_model_collection_feature_overload(VmafModel* model, VmafModelCollection** model_collection,
                                           const char* feature_name,
                                           VmafFeatureDictionary* opts_dict);
void vmaf_model_collection_destroy(VmafModelCollection* model_collection);

/* Iterates the built-in models: pass NULL for the first, then what the call returned; NULL
 * after the last. *version, when version is not NULL, is the name for vmaf_model_load. */
const void* vmaf_model_version_next(const void* prev, const char** version);

#ifdef __cplusplus
}
#endif

#endif
