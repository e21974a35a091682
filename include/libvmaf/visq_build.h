/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_VISQ_BUILD_H
#define LIBVMAF_VISQ_BUILD_H

/** @file
 * What this build can do: its metrics, the machine that it runs on, and the models of a store. A
 * part of visq.h. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a network is that nobody names. */
typedef struct VmafModelPlace {
  const char* choice;      /**< The value of the option `chosen_by` for which it holds; or NULL. */
  const char* store_file;  /**< In a model store: "tiny/lpips_sq.onnx". */
  const char* environment; /**< The variable that names it. */
  const char* setup;       /**< What visq's ./setup --with calls it; "": ./setup always gets it. */
} VmafModelPlace;

/** An option of a metric. */
typedef struct VmafOptionInfo {
  const char* name;           /**< As --feature takes it. */
  const char* alias;          /**< A short form inside feature names; "" is the name. */
  const char* help;           /**< One line. */
  const char* type;           /**< "bool", "int", "float" or "string". */
  const char* default_value;  /**< As text. */
  double min;                 /**< Of "int" and "float". */
  double max;                 /**< Of "int" and "float". The default may lie outside. */
  const char* const* choices; /**< Of "string": ends with NULL; NULL allows anything. */
  int in_name; /**< Not 0: another value than the default changes the feature's name. 2: it does
                    so by the value alone, and the metric goes by that name too: "lpips_vgg". */
  /** What whoever runs the metric can do without knowing the metric: nothing with a "value"; look
   * up the network in a model store for a "model_file", where neither the option nor the
   * environment names one; say for a "map_folder" where maps are written; fill in the clip's
   * frames a second for a "frame_rate" that is not given; and set a "debug" for the scores that
   * the metric gives only then, where no model that reads them does. */
  const char* role;
  const VmafModelPlace* places; /**< Of a model_file: where it is. */
  size_t n_places;              /**< How many places. */
  const char* chosen_by; /**< Of several places: the option whose value chooses one; else NULL. */
} VmafOptionInfo;

/** A feature: one number that a metric gives each frame. */
typedef struct VmafFeatureInfo {
  const char* name;    /**< As stored: the name for vmaf_feature_score_at_index. */
  const char* printed; /**< As reports print it. */
  const char* unit;    /**< "dB", "1", ... */
  double min;          /**< The least possible value. */
  double max;          /**< The largest possible value. */
  double identity;     /**< The value of identical pictures; NaN where it is not one number. */
  int direction;       /**< 1 higher is better, -1 lower is better, 0 neither. */
} VmafFeatureInfo;

/** A metric. */
typedef struct VmafMetricInfo {
  const char* name;                /**< As --feature and vmaf_use_feature take it. */
  const char* summary;             /**< One line. */
  const char* source;              /**< The paper or standard that defines it. */
  const VmafFeatureInfo* features; /**< What it reports. */
  size_t n_features;               /**< How many features. */
  const VmafOptionInfo* options;   /**< What can be set. */
  size_t n_options;                /**< How many options. */
  int needs_reference;             /**< 0: with the default options it scores a clip by itself
                                        (vmaf_read_picture). */
  const char* exactness; /**< "exact": integers. "deterministic": floats, with equal bits on every
                              CPU and for any number of threads. "tolerant": a learned model, equal
                              within a bound. */
} VmafMetricInfo;

/** The metrics of this build, by position; NULL past the last. */
const VmafMetricInfo* vmaf_metric_info(unsigned position);

/** The metric that goes by a name; NULL where none does. "lpips_vgg" is lpips with net=vgg.
 *
 * @param name the name
 * @param option set to the option that the name sets, or to NULL
 * @param value set to its value, or to NULL */
const VmafMetricInfo* vmaf_find_metric(const char* name, const VmafOptionInfo** option,
                                       const char** value);

/** Describes the machine, as a JSON object: later versions can say more.
 *
 * - "library", and "runtime" (of learned metrics; null in a build without one)
 * - "cpu", "cpu_target" (the instruction set that kernels run on now), and "cpu_targets" (all of
 *   them, best first)
 * - "devices": each with "name", "usable", and either "provider" or "problem", which says why a
 *   model cannot run there. Every device is tried with a model of one node, so this takes a moment.
 *
 * @param json set; to be given back with vmaf_text_free
 * @return 0 or a negative errno */
int vmaf_describe_machine(char** json);

/** Gives a description back. */
void vmaf_text_free(char* text);

/** Describes the models of a store, as a JSON object. What is unknown is null.
 *
 * - "models": each with "id", "kind", "form" ("svm", "onnx", "ensemble"), "license", "smoke" (its
 *   scores mean nothing), "built_in", "state", "files", "inputs" and "outputs" (name and shape, -1
 *   where it is open), "features", "encoders" (that its codec input knows), "members", "bundle" (of
 *   its signature) and "problem"
 * - "files": all of the store, each with "file", "sha256", "expected" and "state": "match",
 *   "mismatch", "unpinned" (no registry lists it) or "missing"
 *
 * @param store a folder with VMAF models in vmaf/, ONNX models and their registry in tiny/, and a
 *   registry.json in or beside it that lists all files; NULL: only what is built in
 * @param json set; to be given back with vmaf_text_free
 * @retval 0 it is described
 * @retval -ENOENT there is no such store
 * @retval -EBADMSG a registry is broken */
int vmaf_describe_models(const char* store, char** json);

#ifdef __cplusplus
}
#endif

#endif
