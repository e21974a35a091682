/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_DNN_H
#define LIBVMAF_DNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libvmaf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Learned models. In a build without a runtime vmaf_dnn_available() is 0 and every other call
 * is -ENOSYS. */
int vmaf_dnn_available(void);

typedef enum VmafDnnDevice {
  VMAF_DNN_DEVICE_AUTO = 0,
  VMAF_DNN_DEVICE_CPU = 1,
  VMAF_DNN_DEVICE_CUDA = 2,
  VMAF_DNN_DEVICE_OPENVINO = 3,
  VMAF_DNN_DEVICE_ROCM = 4,
  VMAF_DNN_DEVICE_COREML = 5,
  VMAF_DNN_DEVICE_COREML_ANE = 6,
  VMAF_DNN_DEVICE_COREML_GPU = 7,
  VMAF_DNN_DEVICE_COREML_CPU = 8,
  VMAF_DNN_DEVICE_OPENVINO_NPU = 9,
  VMAF_DNN_DEVICE_OPENVINO_CPU = 10,
  VMAF_DNN_DEVICE_OPENVINO_GPU = 11
} VmafDnnDevice;

/* threads: 0 is one. A device that was named and is not there is -ENODEV; AUTO takes the best
 * one present. */
typedef struct VmafDnnConfig {
  VmafDnnDevice device;
  int device_index;
  int threads;
  bool fp16_io;
} VmafDnnConfig;

/* float32, row-major. Tensors bind by name, or by position where name is NULL. */
typedef struct VmafDnnInput {
  const char* name;
  const float* data;
  const int64_t* shape;
  size_t rank;
} VmafDnnInput;

typedef struct VmafDnnOutput {
  const char* name;
  float* data;
  size_t capacity; /* elements */
  size_t written;  /* elements; on -ENOSPC the number needed */
} VmafDnnOutput;

typedef struct VmafDnnSession VmafDnnSession;

/* Adds a model of its own to a context, scored with every frame. */
int vmaf_use_tiny_model(VmafContext* ctx, const char* onnx_path, const VmafDnnConfig* cfg);

/* cfg may be NULL: automatic device, one thread. -ENOENT no such file; -EACCES outside
 * VMAF_TINY_MODEL_DIR; -E2BIG over 50 MiB; -EBADMSG not ONNX, or its external data is wrong;
 * -EPERM an operator that is not allowed; -EKEYREJECTED not what the registry lists. */
int vmaf_dnn_session_open(VmafDnnSession** out, const char* onnx_path, const VmafDnnConfig* cfg);
int vmaf_dnn_session_run(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                         VmafDnnOutput* outputs, size_t n_outputs);

/* A [1,1,H,W] to [1,1,H,W] model over one plane; samples / (2^bpc - 1). bpc of plane16: 9..16. */
int vmaf_dnn_session_run_luma8(VmafDnnSession* sess, const uint8_t* in, size_t in_stride, int w,
                               int h, uint8_t* out, size_t out_stride);
int vmaf_dnn_session_run_plane16(VmafDnnSession* sess, const uint16_t* in, size_t in_stride_bytes,
                                 int w, int h, int bpc, uint16_t* out, size_t out_stride_bytes);
void vmaf_dnn_session_close(VmafDnnSession* sess);

/* Where it runs: "CPU", "CUDA", "OpenVINO:CPU", ... */
const char* vmaf_dnn_session_attached_ep(VmafDnnSession* sess);

/* Runs cosign on the model's bundle. -EACCES no cosign, -ENOENT no bundle, -EPROTO rejected. */
int vmaf_dnn_verify_signature(const char* onnx_path, const char* registry_path);

/* ((v / 255) - mean) / std with the ImageNet constants, [1,3,H,W]. */
int vmaf_tensor_from_rgb_imagenet(const uint8_t* r, size_t stride_r, const uint8_t* g,
                                  size_t stride_g, const uint8_t* b, size_t stride_b, int w, int h,
                                  float* nchw);

#ifdef __cplusplus
}
#endif

#endif
