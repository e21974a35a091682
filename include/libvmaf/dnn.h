/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_DNN_H
#define LIBVMAF_DNN_H

/** @file
 * Learned models: ONNX files, in a context or by themselves.
 *
 * In a build without a runtime vmaf_dnn_available() is 0 and every other call is -ENOSYS. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libvmaf.h"

#ifdef __cplusplus
extern "C" {
#endif

/** 1 where learned models run, else 0. */
int vmaf_dnn_available(void);

/** Where a model runs. */
typedef enum VmafDnnDevice {
  VMAF_DNN_DEVICE_AUTO = 0,          /**< The best that works here. */
  VMAF_DNN_DEVICE_CPU = 1,           /**< The processor. */
  VMAF_DNN_DEVICE_CUDA = 2,          /**< NVIDIA's graphics processors. */
  VMAF_DNN_DEVICE_OPENVINO = 3,      /**< OpenVINO, on what it finds best. */
  VMAF_DNN_DEVICE_ROCM = 4,          /**< AMD's graphics processors. */
  VMAF_DNN_DEVICE_COREML = 5,        /**< Core ML, on what it finds best. */
  VMAF_DNN_DEVICE_COREML_ANE = 6,    /**< Core ML on the Neural Engine. */
  VMAF_DNN_DEVICE_COREML_GPU = 7,    /**< Core ML on the graphics processor. */
  VMAF_DNN_DEVICE_COREML_CPU = 8,    /**< Core ML on the processor. */
  VMAF_DNN_DEVICE_OPENVINO_NPU = 9,  /**< OpenVINO on an NPU. */
  VMAF_DNN_DEVICE_OPENVINO_CPU = 10, /**< OpenVINO on the processor. */
  VMAF_DNN_DEVICE_OPENVINO_GPU = 11  /**< OpenVINO on Intel's graphics. */
} VmafDnnDevice;

/** How a model runs. */
typedef struct VmafDnnConfig {
  VmafDnnDevice device; /**< A device that was named and is not there is -ENODEV. */
  int device_index;     /**< Of several devices of that kind. */
  int threads;          /**< Inside one run; 0 is one. */
  bool fp16_io;         /**< float16 where model or device has it. */
} VmafDnnConfig;

/** A tensor that a model reads: float32, row by row. */
typedef struct VmafDnnInput {
  const char* name;     /**< As the model has it; NULL: by position. */
  const float* data;    /**< The values. */
  const int64_t* shape; /**< The size of each dimension. */
  size_t rank;          /**< How many dimensions. */
} VmafDnnInput;

/** A tensor that a model writes: float32, row by row. */
typedef struct VmafDnnOutput {
  const char* name; /**< As the model has it; NULL: by position. */
  float* data;      /**< Where the values go. */
  size_t capacity;  /**< How many values there is room for. */
  size_t written;   /**< How many were written; on -ENOSPC the number needed. */
} VmafDnnOutput;

/** An open model. Any number of threads may run it at once. */
typedef struct VmafDnnSession VmafDnnSession;

/** Adds a tiny model to a context: it scores every frame.
 *
 * @param ctx the context
 * @param onnx_path an ONNX file, or an ensemble's manifest
 * @param cfg how it runs, or NULL: as vmaf_set_dnn_config says
 * @return 0 or a negative errno, as vmaf_dnn_session_open has them */
int vmaf_use_tiny_model(VmafContext* ctx, const char* onnx_path, const VmafDnnConfig* cfg);

/** Opens a model.
 *
 * @param out set; to be given back with vmaf_dnn_session_close
 * @param onnx_path an ONNX file
 * @param cfg how it runs, or NULL: automatic device, one thread
 * @retval 0 it is open
 * @retval -ENOENT there is no such file
 * @retval -EACCES it lies outside VMAF_TINY_MODEL_DIR
 * @retval -E2BIG it has more than 50 MiB
 * @retval -EBADMSG it is not ONNX, or its external data is wrong
 * @retval -EPERM it has an operator that is not allowed
 * @retval -EKEYREJECTED it is not what the registry lists
 * @retval -ENODEV there is no such device */
int vmaf_dnn_session_open(VmafDnnSession** out, const char* onnx_path, const VmafDnnConfig* cfg);

/** Runs a model once. */
int vmaf_dnn_session_run(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                         VmafDnnOutput* outputs, size_t n_outputs);

/** Runs a model of [1,1,H,W] to [1,1,H,W] over a plane of 8 bits; values are samples / 255.
 *
 * @param sess the model
 * @param in the first sample
 * @param in_stride bytes from one row to the next
 * @param w samples in a row
 * @param h rows
 * @param out where the result's first sample goes
 * @param out_stride bytes from one row of the result to the next
 * @return 0 or a negative errno */
int vmaf_dnn_session_run_luma8(VmafDnnSession* sess, const uint8_t* in, size_t in_stride, int w,
                               int h, uint8_t* out, size_t out_stride);

/** vmaf_dnn_session_run_luma8 for bpc of 9 to 16 bits; values are samples / (2^bpc - 1). */
int vmaf_dnn_session_run_plane16(VmafDnnSession* sess, const uint16_t* in, size_t in_stride_bytes,
                                 int w, int h, int bpc, uint16_t* out, size_t out_stride_bytes);

/** Gives a model back. */
void vmaf_dnn_session_close(VmafDnnSession* sess);

/** Where a model runs: "CPU", "CUDA", "OpenVINO:CPU", ... */
const char* vmaf_dnn_session_attached_ep(VmafDnnSession* sess);

/** Runs cosign on a model's bundle, which registry_path names.
 *
 * @retval 0 the signature is accepted
 * @retval -EACCES there is no cosign
 * @retval -ENOENT there is no bundle
 * @retval -EPROTO the signature is rejected */
int vmaf_dnn_verify_signature(const char* onnx_path, const char* registry_path);

/** Makes the tensor [1,3,H,W] of an RGB picture: ((v / 255) - mean) / std with the constants of
 * ImageNet. */
int vmaf_tensor_from_rgb_imagenet(const uint8_t* r, size_t stride_r, const uint8_t* g,
                                  size_t stride_g, const uint8_t* b, size_t stride_b, int w, int h,
                                  float* nchw);

#ifdef __cplusplus
}
#endif

#endif
