/* Learned models through the C API: dnn_test MODEL_FOLDER, where tests put small ONNX files. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libvmaf/dnn.h>
#include <libvmaf/visq.h>

static int failures = 0, received = 0;
static void check(int ok, const char* what) {
  if (ok) return;
  printf("failed: %s (%s)\n", what, vmaf_last_error());
  ++failures;
}

static void without_runtime(void) {
  VmafDnnSession* session = (VmafDnnSession*)&failures;
  float value = 0;
  unsigned char sample = 0;
  check(vmaf_dnn_session_open(&session, "any.onnx", NULL) == -ENOSYS && session == NULL,
        "open is -ENOSYS");
  check(vmaf_dnn_session_run(NULL, NULL, 0, NULL, 0) == -ENOSYS, "run is -ENOSYS");
  check(vmaf_dnn_verify_signature("a", "b") == -ENOSYS, "verify is -ENOSYS");
  check(vmaf_tensor_from_rgb_imagenet(&sample, 1, &sample, 1, &sample, 1, 1, 1, &value) == -ENOSYS,
        "tensor is -ENOSYS");
  check(vmaf_use_tiny_model(NULL, "a", NULL) == -ENOSYS, "tiny model is -ENOSYS");
}

static void tensors(void) {
  const unsigned char rgb[3] = {255, 0, 51};
  float nchw[3];
  check(vmaf_tensor_from_rgb_imagenet(rgb, 1, rgb + 1, 1, rgb + 2, 1, 1, 1, nchw) == 0, "tensor");
  check(fabsf(nchw[0] - (1 - .485f) / .229f) < 1e-6 && fabsf(nchw[1] + .456f / .224f) < 1e-6 &&
            fabsf(nchw[2] - (.2f - .406f) / .225f) < 1e-6,
        "tensor values");
  check(vmaf_tensor_from_rgb_imagenet(NULL, 1, rgb, 1, rgb, 1, 1, 1, nchw) == -EINVAL, "no plane");
  check(vmaf_tensor_from_rgb_imagenet(rgb, 1, rgb, 1, rgb, 1, 0, 1, nchw) == -EINVAL, "no width");
}

static void run_named(VmafDnnSession* session) {
  const float values[4] = {-1, 2, -3, 4};
  const int64_t shape[4] = {1, 1, 2, 2}, bad_shape[4] = {1, 1, 0, 2};
  float out[4] = {9, 9, 9, 9};
  VmafDnnInput input = {"x", values, shape, 4}, wrong = {"w", values, shape, 4},
               flat = {"x", values, shape, 0}, empty = {"x", values, bad_shape, 4};
  VmafDnnOutput output = {"y", out, 4, 0}, small = {NULL, out, 3, 0}, unknown = {"z", out, 4, 0};
  check(vmaf_dnn_session_run(session, &input, 1, &output, 1) == 0 && output.written == 4 &&
            out[1] == 2 && out[2] == 0,
        "run by name");
  input.name = NULL;
  check(vmaf_dnn_session_run(session, &input, 1, &output, 1) == 0, "run by position");
  check(vmaf_dnn_session_run(session, &input, 1, &small, 1) == -ENOSPC && small.written == 4,
        "too small an output");
  check(vmaf_dnn_session_run(session, &wrong, 1, &output, 1) == -EINVAL, "unknown input");
  check(vmaf_dnn_session_run(session, &input, 1, &unknown, 1) == -EINVAL, "unknown output");
  check(vmaf_dnn_session_run(session, &input, 2, &output, 1) == -EINVAL, "too many inputs");
  check(vmaf_dnn_session_run(session, &input, 0, &output, 1) == -EINVAL, "no input");
  check(vmaf_dnn_session_run(session, &flat, 1, &output, 1) == -EINVAL, "rank 0");
  check(vmaf_dnn_session_run(session, &empty, 1, &output, 1) == -EINVAL, "dimension 0");
  check(vmaf_dnn_session_run(NULL, &input, 1, &output, 1) == -EINVAL, "no session");
}

/* The one output of the model, as vmaf_dnn_session_run_all hands it over. */
static void receive(void* user, const VmafTensorInfo* info, const float* data) {
  const int whole = strcmp(info->name, vmaf_dnn_session_output(user, 0)->name) == 0 &&
                    info->rank == 4 && info->shape[0] == 1 && info->shape[1] == 1 &&
                    info->shape[2] == 2 && info->shape[3] == 2;
  check(whole && data[0] == 0 && data[1] == 2 && data[2] == 0 && data[3] == 4,
        "an output with its shape");
  ++received;
}

static void run_all(VmafDnnSession* session) {
  const float values[4] = {-1, 2, -3, 4};
  const int64_t shape[4] = {1, 1, 2, 2};
  const VmafTensorInfo* first = vmaf_dnn_session_input(session, 0);
  const VmafDnnInput input = {first->name, values, shape, 4};
  check(first->rank == 4 && first->shape[2] == -1,
        "an input has a name and a shape, -1 where it is open");
  check(vmaf_dnn_session_input(session, 1) == NULL && vmaf_dnn_session_output(session, 1) == NULL,
        "NULL past the last");
  check(vmaf_dnn_session_input(NULL, 0) == NULL, "no session, no input");
  check(vmaf_dnn_session_run_all(session, &input, 1, receive, session) == 0 && received == 1,
        "run with a callback");
  check(vmaf_dnn_session_run_all(session, &input, 0, receive, session) == -EINVAL,
        "no input for the callback");
  check(vmaf_dnn_session_run_all(session, &input, 1, NULL, session) == -EINVAL && received == 1,
        "no callback");
}

static void run_planes(VmafDnnSession* session) {
  const unsigned char in[6] = {0, 100, 255, 1, 2, 3};
  const unsigned short in16[2] = {0, 1023};
  unsigned char out[6] = {0};
  unsigned short out16[2] = {7, 7};
  check(
      vmaf_dnn_session_run_luma8(session, in, 3, 2, 2, out, 2) == 0 && out[1] == 100 && out[2] == 1,
      "luma8 with strides");
  check(vmaf_dnn_session_run_plane16(session, in16, 4, 2, 1, 10, out16, 4) == 0 && out16[1] == 1023,
        "plane16");
  check(vmaf_dnn_session_run_plane16(session, in16, 4, 2, 1, 8, out16, 4) == -EINVAL,
        "8 bits are no plane16");
  check(vmaf_dnn_session_run_plane16(session, in16, 4, 2, 1, 17, out16, 4) == -EINVAL, "17 bits");
  check(vmaf_dnn_session_run_luma8(session, in, 1, 2, 2, out, 2) == -EINVAL,
        "a stride shorter than a row");
  check(vmaf_dnn_session_run_luma8(session, in, 3, -1, 2, out, 2) == -EINVAL, "a negative width");
}

/* A model of the folder, and its outputs, of two inputs or of one. */
static void run_model(const char* folder, const char* file, const VmafDnnInput* inputs,
                      size_t count, VmafDnnOutput* outputs, size_t output_count) {
  char path[4096];
  VmafDnnSession* session = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  check(vmaf_dnn_session_open(&session, path, NULL) == 0, file);
  if (session != NULL)
    check(vmaf_dnn_session_run(session, inputs, count, outputs, output_count) == 0, file);
  vmaf_dnn_session_close(session);
}

/* RGB and depth, as MobileSal has them. */
static void run_depth(const char* folder) {
  const float rgb[6] = {3, 6, 9, 12, 15, 18}, depth[2] = {2, 4};
  const int64_t rgb_shape[4] = {1, 3, 1, 2}, depth_shape[4] = {1, 1, 1, 2};
  float map[2] = {0, 0};
  const VmafDnnInput inputs[2] = {{"depth", depth, depth_shape, 4}, {"rgb", rgb, rgb_shape, 4}};
  VmafDnnOutput output = {"saliency_map", map, 2, 0};
  run_model(folder, "depth.onnx", inputs, 2, &output, 1);
  check(output.written == 2 && map[0] == 18 && map[1] == 48, "the map of a picture with depth");
}

/* Five frames and a map of the noise, as FastDVDnet has them. */
static void run_frames(const char* folder) {
  float frames[15], noise[1] = {0.5F}, out[3] = {0, 0, 0};
  const int64_t shape[4] = {1, 15, 1, 1}, noise_shape[4] = {1, 1, 1, 1};
  const VmafDnnInput inputs[2] = {{"frames", frames, shape, 4},
                                  {"noise_map", noise, noise_shape, 4}};
  VmafDnnOutput output = {"denoised", out, 3, 0};
  for (int i = 0; i < 15; ++i) frames[i] = (float)i;
  run_model(folder, "frames.onnx", inputs, 2, &output, 1);
  check(output.written == 3 && out[0] == 5.5F && out[2] == 7.5F, "the middle one of five frames");
}

/* A window of thumbnails, rank 5, and two outputs, as TransNet V2 has them. */
static void run_thumbnails(const char* folder) {
  enum { kFrame = 27 * 48 * 3 };
  static float frames[100 * kFrame];
  float single[100], many[100];
  const int64_t shape[5] = {1, 100, 27, 48, 3};
  const VmafDnnInput input = {"frames", frames, shape, 5};
  VmafDnnOutput outputs[2] = {{"many_hot", many, 100, 0}, {"single", single, 100, 0}};
  for (int i = 0; i < 100 * kFrame; ++i) frames[i] = (float)(i / kFrame);
  run_model(folder, "thumbnails.onnx", &input, 1, outputs, 2);
  check(outputs[0].written == 100 && single[7] == 7 && many[99] == 99, "a window of thumbnails");
}

int main(int argc, char** argv) {
  char path[4096];
  VmafDnnSession* session = NULL;
  VmafDnnConfig npu = {VMAF_DNN_DEVICE_OPENVINO_NPU, 0, 1, false};
  VmafConfiguration quiet = {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0};
  VmafContext* context = NULL;
  if (argc != 2) return 2;
  check(vmaf_init(&context, quiet) == 0, "init"); /* sets the log level */
  check(vmaf_use_feature(context, "lpips", NULL) == -EINVAL &&
            strstr(vmaf_last_error(), "VMAF_LPIPS_MODEL_PATH") != NULL &&
            strstr(vmaf_last_error(), "model_path") != NULL,
        "lpips without a model names both places");
  snprintf(path, sizeof path, "%s/relu.onnx", argv[1]);
  if (!vmaf_dnn_available()) {
    VmafFeatureDictionary* options =
        NULL; /* what the streaming engine does not know is left to the runtime */
    without_runtime();
    check(vmaf_feature_dictionary_set(&options, "model_path", path) == 0, "an option");
    check(vmaf_use_feature(context, "lpips", options) == -ENOSYS &&
              strstr(vmaf_last_error(), "DNN disabled") != NULL,
          "lpips says why it cannot run");
  } else {
    tensors();
    check(vmaf_dnn_session_open(&session, "nowhere.onnx", NULL) == -ENOENT && session == NULL,
          "no such file");
    check(vmaf_dnn_session_open(&session, path, &npu) == -ENODEV, "no such device");
    check(vmaf_dnn_session_open(&session, path, NULL) == 0, "open");
    check(session != NULL && strcmp(vmaf_dnn_session_attached_ep(session), "CPU") == 0,
          "runs on the CPU");
    if (session != NULL) run_named(session);
    if (session != NULL) run_all(session);
    run_depth(argv[1]);
    run_frames(argv[1]);
    run_thumbnails(argv[1]);
    if (session != NULL) run_planes(session);
  }
  vmaf_dnn_session_close(session);
  vmaf_dnn_session_close(NULL);
  vmaf_close(context);
  printf("%d failures\n", failures);
  return failures != 0;
}
