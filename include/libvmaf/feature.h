/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_FEATURE_H
#define LIBVMAF_FEATURE_H

/** @file
 * Options of a metric, as keys and values. */

#ifdef __cplusplus
extern "C" {
#endif

/** Options of a metric. NULL is an empty dictionary. */
typedef struct VmafFeatureDictionary VmafFeatureDictionary;

/** Sets an option.
 *
 * The last value of a key wins. Values that are numbers are normalised: "1.0" is "1".
 *
 * @param dict where the dictionary is; the call makes one when *dict is NULL
 * @param key the name of the option, such as "enable_chroma"
 * @param val its value as text, such as "false"
 * @return 0, -EINVAL or -ENOMEM */
int vmaf_feature_dictionary_set(VmafFeatureDictionary** dict, const char* key, const char* val);

/** Frees a dictionary that no other call has taken, and sets *dict to NULL. */
int vmaf_feature_dictionary_free(VmafFeatureDictionary** dict);

#ifdef __cplusplus
}
#endif

#endif
