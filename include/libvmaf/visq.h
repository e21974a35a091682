/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_VISQ_H
#define LIBVMAF_VISQ_H

/* What visq adds to the libvmaf API. Nothing here changes a struct or a call of libvmaf. */

#include <stddef.h>
#include <stdint.h>

#include "dnn.h"
#include "libvmaf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- pictures ---- */

/* vmaf_picture_alloc with chroma of odd sizes rounded up, as y4m, ffmpeg and codecs do. */
int vmaf_picture_alloc_full_chroma(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                   unsigned w, unsigned h);

/* Pictures of one format, chroma rounded up, whose memory is used again when the last hold on them
 * is given up: faster than vmaf_picture_alloc for each frame. A fetched picture has the samples of
 * its last use; it is given up like any other, also after the pool was closed. 0, -EINVAL or
 * -ENOMEM. */
typedef struct VmafPicturePool VmafPicturePool;
int vmaf_picture_pool_open(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                           unsigned w, unsigned h);
/* The same without chroma, for contexts of which vmaf_needs_chroma says 0: pix_fmt stays, but
 * planes 1 and 2 are 0x0 and have no memory. Scores are those of whole pictures. */
int vmaf_picture_pool_open_luma(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                unsigned w, unsigned h);
int vmaf_picture_pool_fetch(VmafPicturePool* pool, VmafPicture* pic);
void vmaf_picture_pool_close(VmafPicturePool* pool);

/* A picture over samples that the caller owns: nothing is copied. The caller sets pix_fmt, bpc,
 * w[0] and h[0], and stride and data of each plane; the call sets the rest, chroma rounded up.
 * Strides are at least a row and whole samples; data is aligned to a sample; nothing beside the
 * samples is read. They must stay as they are until release(user) is called, once, from any thread,
 * when the last hold is given up: a metric that compares frames holds on to earlier ones. release
 * must not call the library. 0; -EINVAL or -ENOMEM, and then release is not called. */
int vmaf_picture_wrap(VmafPicture* pic, void (*release)(void* user), void* user);

/* A second hold on a picture: *dst shares the samples of *src and what was derived from them. */
int vmaf_picture_ref(VmafPicture* dst, VmafPicture* src);

enum VmafColorRange {
  VMAF_COLOR_RANGE_UNSPECIFIED,
  VMAF_COLOR_RANGE_LIMITED,
  VMAF_COLOR_RANGE_FULL
};

/* What the samples mean. matrix and transfer are the numbers of ITU-T H.273 (2 unspecified); matrix
 * 0 says that the planes are G, B and R of a 4:4:4 picture. */
typedef struct VmafPictureColor {
  int matrix;
  int transfer;
  enum VmafColorRange range;
} VmafPictureColor;

/* Before the picture is read. Pictures are unspecified otherwise: BT.709, limited range. */
int vmaf_picture_set_color(VmafPicture* pic, VmafPictureColor color);

/* ---- what this build can do ---- */

typedef struct VmafOptionInfo {
  const char* name;
  const char* alias; /* short form inside feature names; "" = the name */
  const char* help;
  const char* type;           /* "bool", "int", "float", "string" */
  const char* default_value;  /* as text */
  double min, max;            /* of int and float */
  const char* const* choices; /* of string; NULL-terminated, NULL = anything */
  int in_name;                /* another value than the default changes the feature's name */
  /* What whoever runs the metric can do without knowing the metric: nothing with a "value"; look up
   * the network in a model store for a "model_file", where neither the option nor the environment
   * names one; say for a "map_folder" where maps are written; and fill in the clip's frames a
   * second for a "frame_rate" that is not given. */
  const char* role;
  const char* store_file;  /* of a model_file: its place in a model store; NULL otherwise */
  const char* environment; /* of a model_file: the variable that names it; NULL otherwise */
} VmafOptionInfo;

typedef struct VmafFeatureInfo {
  const char* name;    /* as stored: the name for vmaf_feature_score_at_index */
  const char* printed; /* as reports print it */
  const char* unit;
  double min, max;
  double identity; /* of identical pictures; NaN where it is not one number */
  int direction;   /* 1 higher is better, -1 lower is better, 0 neither */
} VmafFeatureInfo;

typedef struct VmafMetricInfo {
  const char* name;
  const char* summary;
  const char* source;
  const VmafFeatureInfo* features;
  size_t n_features;
  const VmafOptionInfo* options;
  size_t n_options;
  int needs_reference; /* 0: with the default options it scores a clip by itself (vmaf_read_picture)
                        */
} VmafMetricInfo;

/* The metrics of this build, by position; NULL past the last. */
const VmafMetricInfo* vmaf_metric_info(unsigned position);

/* Descriptions are JSON objects, so that later versions can say more; vmaf_text_free gives them
 * back.
 *
 * The machine: "library", "runtime" (of learned metrics; null in a build without one), "cpu",
 * "cpu_target" (the instruction set that kernels run on now), "cpu_targets" (all of them, best
 * first), and "devices": each with "name", "usable", and either "provider" or "problem", which says
 * why a model cannot run there. Every device is tried with a model of one node, so this takes a
 * moment. */
int vmaf_describe_machine(char** json);
void vmaf_text_free(char* text);

/* A model store: a folder with VMAF models in vmaf/, ONNX models and their registry in tiny/, and a
 * registry.json in or beside it that lists all files. NULL: only what is built in. "models": each
 * with "id", "kind", "form" ("svm", "onnx", "ensemble"), "license", "smoke" (its scores mean
 * nothing), "built_in", "state", "files", "inputs" and "outputs" (name and shape, -1 where it is
 * open), "features", "encoders" (that its codec input knows), "members", "bundle" (of its
 * signature) and "problem". "files": all of the store, each with "file", "sha256", "expected" and
 * "state": "match", "mismatch", "unpinned" (no registry lists it) or "missing". What is unknown is
 * null. -ENOENT no such store; -EBADMSG a broken registry. */
int vmaf_describe_models(const char* store, char** json);

/* ---- a context ---- */

/* Where sentences go instead of standard error; NULL restores that. For the whole process. */
typedef void (*VmafLogCallback)(void* user, enum VmafLogLevel level, const char* sentence);
void vmaf_set_log_callback(VmafLogCallback callback, void* user);

/* The last sentence that a failed call of this thread logged; "" when there is none. */
const char* vmaf_last_error(void);

/* What that error is about, for clients that have to decide what to do next. */
enum VmafErrorKind {
  VMAF_ERROR_PROCESSING = 0, /* scoring itself, memory and threads included */
  VMAF_ERROR_USAGE,          /* a name, an option or a call that cannot be */
  VMAF_ERROR_INPUT,          /* a clip or a picture */
  VMAF_ERROR_MODEL,          /* a model's file, or what it needs */
  VMAF_ERROR_OUTPUT          /* a file or a folder that cannot be written */
};
enum VmafErrorKind vmaf_last_error_kind(void);

/* Adds a model, before the first picture, and the metrics whose features it reads; its scores are
 * there as soon as those are final, and reports have them, under its name. `spec` says which model:
 * a built-in version ("vmaf_v0.6.1"), a file of one (a bootstrap collection, too), or the file of a
 * tiny model: .onnx, or the .json manifest of an ensemble. VMAF's models take more, behind colons
 * ("\:" is a colon within a part):
 *
 *   vmaf_v0.6.1:name=other:disable_clip   its scores under another name than "vmaf", not clipped
 *   path=my.json:enable_transform         version=V and path=P say what V and P are
 *   vmaf_v0.6.1:vif.vif_enhn_gain_limit=1   an option for the features of one metric
 *
 * The same model again changes nothing. How tiny models run is said before, by the calls for
 * learned models below. Of kind VMAF_ERROR_USAGE where the text is wrong, or the name taken; of
 * VMAF_ERROR_MODEL where the model is. */
int vmaf_use_model(VmafContext* vmaf, const char* spec);

/* What such a text says: "name" of the scores, and "version" or "path"; the other is "". The model
 * need not be there. */
int vmaf_describe_model_spec(const char* spec, char** json);

/* After the metrics and models were registered: 1 when one of them reads chroma, 0 when luma is all
 * that they read, so that a client need not read or copy chroma; -EINVAL. Pictures whose matrix is
 * 0 (planes G, B, R) have to be whole even then. A frame that lacks what is read is refused. */
int vmaf_needs_chroma(VmafContext* vmaf);

/* Likewise: 0 when nothing reads the distorted clip (motion and float_motion are of the reference
 * alone), so that a client may lend the reference picture twice (vmaf_picture_ref); else 1;
 * -EINVAL. */
int vmaf_needs_distorted(VmafContext* vmaf);

/* Likewise: 1 when a metric or tiny model needs a reference, so that vmaf_read_picture would be
 * refused, else 0; -EINVAL. `name`, which may be NULL, is set to that of the first that does, or to
 * NULL; it lives as long as the context. */
int vmaf_needs_reference(VmafContext* vmaf, const char** name);

/* A map that a metric makes of a frame: where in the picture its score comes from. The map of lpips
 * sums to its score, and that of saliency has it as its mean. */
typedef struct VmafMap {
  const char* metric;     /* "lpips" */
  const char* name;       /* which of the metric's maps; the same in each frame */
  unsigned frame;         /* the index that the pictures were read with */
  unsigned width, height; /* the picture's, or those of a smaller scale */
  const float* values;    /* height rows of width values, without gaps */
} VmafMap;

/* Gives the maps of a metric to a callback, which makes the metric draw them even where no option
 * names a folder for them. To be called before vmaf_use_feature; metrics with an option of role
 * "map_folder" have maps. The callback runs in the thread that scores the frame, before the frame
 * is done: with n_threads 0 within vmaf_read_pictures. Maps of one metric come one after another,
 * frames in any order. The map and its values live until the callback returns; it must not call
 * the library with this context. 0 or -EINVAL. */
typedef void (*VmafMapCallback)(void* user, const VmafMap* map);
int vmaf_set_map_callback(VmafContext* vmaf, const char* metric, VmafMapCallback callback,
                          void* user);

/* One of several comparisons with the same reference. */
typedef struct VmafComparison {
  VmafContext* vmaf;
  VmafPicture* distorted; /* given up */
  int code;               /* set: 0 or a negative errno */
  const char* error; /* set: the sentence; NULL where the code is 0. Lives until the next call with
                        this context */
} VmafComparison;

/* vmaf_read_pictures for several clips against one reference, each with a context of its own:
 * metrics that the contexts have in common pay for the reference's side of the work once. It runs
 * in the threads of the first context, whose vmaf_close then waits for the others' frames, too. The
 * reference is given up; NULL: vmaf_read_picture for each. Contexts whose code is not 0 do not keep
 * the others from being read. 0, or the first code that is not; -EINVAL for all where a context
 * comes twice. */
int vmaf_read_pictures_together(VmafPicture* ref, VmafComparison* comparisons, size_t count,
                                unsigned index);

/* How many frames are finished: every score of a frame is there that needs no later frame. */
unsigned vmaf_frames_done(VmafContext* vmaf);

/* Every score of the frames below this one is final: there, or never coming. */
unsigned vmaf_frames_final(VmafContext* vmaf);

/* A callback for each score that a frame has by now, in report order, under the name that reports
 * print. It does not wait. The scores of a model of vmaf_use_model are there like others; those of
 * libvmaf's calls once they were asked for.
 * vmaf_for_each_aggregate: for each score of the clip as a whole, after its end. */
typedef void (*VmafScoreCallback)(void* user, const char* name, double value);
int vmaf_for_each_score(VmafContext* vmaf, unsigned index, VmafScoreCallback callback, void* user);
int vmaf_for_each_aggregate(VmafContext* vmaf, VmafScoreCallback callback, void* user);

/* How many frames from the first on have all their scores: what can be pooled when scoring failed
 * or was given up. */
unsigned vmaf_frames_complete(VmafContext* vmaf);

/* Gives up the frames in flight, from any thread: what no thread has begun, and learned models in
 * the midst of a run. Reads and the end of the clip then return -ECANCELED soon. Finished scores
 * stay. */
int vmaf_cancel(VmafContext* vmaf);

/* A callback for each column of the report, in report order, with its pooled values. */
typedef struct VmafPooledScore {
  const char* name;
  double min, max, mean, harmonic_mean;
  double geometric_mean; /* exp(mean(log(x + 1))) - 1 */
  double percentile_1, percentile_5, percentile_10, percentile_50;
  unsigned min_frame, max_frame; /* the first frames with those values */
  int lower_is_better;
  unsigned window_frames; /* 0: no window was asked for, or the clip is shorter; the next two are 0
                             then */
  unsigned window_first_frame;
  double window_mean; /* the worst of all means of window_frames consecutive scores */
} VmafPooledScore;
int vmaf_for_each_pooled(VmafContext* vmaf, void (*callback)(void* user, const VmafPooledScore*),
                         void* user);

/* Scores of frames 0 to n - 1, NaN where there is none. The name is a stored or a printed one. */
int vmaf_feature_scores(VmafContext* vmaf, const char* feature_name, double* scores, size_t n);

/* What vmaf_write_output would write. */
int vmaf_output_text(VmafContext* vmaf, enum VmafOutputFormat fmt,
                     void (*callback)(void* user, const char* text, size_t size), void* user);

/* Reports name the consecutive frames with the worst mean; 0, the default: they do not. */
int vmaf_set_output_window(VmafContext* vmaf, unsigned frames);

/* Reports say that scoring ended before the clip. */
int vmaf_set_output_partial(VmafContext* vmaf, int partial);

/* How reports print numbers. digits: 0 is the libvmaf way (%.6f, more for tiny values), N prints N
 * decimals, -1 as many as a double needs to be read back. */
int vmaf_set_output_precision(VmafContext* vmaf, int digits);

/* ---- learned models ---- */

/* shape: -1 where the model leaves a dimension open. Lives as long as the session. */
typedef struct VmafTensorInfo {
  const char* name;
  const int64_t* shape;
  size_t rank;
} VmafTensorInfo;

/* The inputs and outputs of a model, by position; NULL past the last. */
const VmafTensorInfo* vmaf_dnn_session_input(VmafDnnSession* sess, size_t position);
const VmafTensorInfo* vmaf_dnn_session_output(VmafDnnSession* sess, size_t position);

/* vmaf_dnn_session_run for outputs whose size is not known before: a callback for each output of
 * the model. Name, data and shape live until it returns. */
typedef void (*VmafTensorCallback)(void* user, const VmafTensorInfo* info, const float* data);
int vmaf_dnn_session_run_all(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                             VmafTensorCallback callback, void* user);
/* ---- learned models of a context ----
 *
 * How learned metrics (lpips, ...) and tiny models run that are added after these calls. -ENOSYS in
 * a build without a runtime. */

/* "auto", "cuda", "openvino-gpu": how people name a device; NULL for a number that is none. */
const char* vmaf_dnn_device_name(enum VmafDnnDevice device);

/* Device, device index, threads inside one run (0: the metric's choice, within the context's
 * threads) and float16. NULL restores the defaults. */
int vmaf_set_dnn_config(VmafContext* vmaf, const VmafDnnConfig* cfg);

/* "int8" runs STEM.int8.onnx instead of STEM.onnx, and fails where it is absent; "none" or NULL
 * does not. */
int vmaf_set_dnn_quant(VmafContext* vmaf, const char* mode);

/* Not 0: a model that no registry.json beside it lists is -EKEYREJECTED. */
int vmaf_set_dnn_verify(VmafContext* vmaf, int required);

/* How the distorted clip was encoded, for tiny models with a codec input: "libx264" (or h264, x264,
 * ...), "medium" or a number, and the crf. NULL, NULL and NAN: unknown. What a model does not know
 * fails when it is added, with -EINVAL and a list of what it knows. */
int vmaf_set_tiny_codec(VmafContext* vmaf, const char* codec, const char* preset, double crf);

/* The ONNX files of the tiny models of the context, by position; NULL past the last. */
typedef struct VmafTinyModelInfo {
  const char* name;    /* of the file's model */
  const char* feature; /* the score that it takes part in: its name, or its ensemble's */
  const char *file, *sha256;
  const char* device;  /* "CPU", "CUDA", ... */
  const char* scaler;  /* who standardises the features: "graph", "host", "none" */
  const char* encoder; /* the slot of its codec input; "" when that is all zeros; NULL without such
                          an input */
  double preset_norm, crf_norm;
} VmafTinyModelInfo;
const VmafTinyModelInfo* vmaf_tiny_model_info(VmafContext* vmaf, unsigned position);

/* vmaf_read_pictures for metrics and models that need no reference; the others make it -EINVAL. The
 * picture is given up. The end of the clip is vmaf_read_pictures(vmaf, NULL, NULL, 0) here, too. */
int vmaf_read_picture(VmafContext* vmaf, VmafPicture* dist, unsigned index);

#ifdef __cplusplus
}
#endif

#endif
