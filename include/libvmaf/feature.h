/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_FEATURE_H
#define LIBVMAF_FEATURE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VmafFeatureDictionary VmafFeatureDictionary;

/* Sets an option, making the dictionary when *dict is NULL. The last value of a key wins;
 * values that are numbers are normalised ("1.0" is "1"). Returns 0, -EINVAL or -ENOMEM. */
int vmaf_feature_dictionary_set(VmafFeatureDictionary** dict, const char* key, const char* val);

/* Frees a dictionary that no other call has taken, and sets *dict to NULL. */
int vmaf_feature_dictionary_free(VmafFeatureDictionary** dict);

#ifdef __cplusplus
}
#endif

#endif
