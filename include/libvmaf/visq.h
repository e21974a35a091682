/* visq. SPDX-License-Identifier: BSD-2-Clause-Patent */
#ifndef LIBVMAF_VISQ_H
#define LIBVMAF_VISQ_H

/** @file
 * What visq adds to the libvmaf API. Nothing here changes a struct or a call of libvmaf.
 *
 * Functions that return int return 0 or a negative errno, unless they say otherwise.
 *
 * After fork, what was opened before is the parent's: its threads are not there in the child.
 * vmaf_close and the other calls that give something back return at once there, and leave its
 * memory as it is; any other call with a context, a pool of pictures or a session of a learned
 * model is -EINVAL. The child can open its own. */

#include <stddef.h>
#include <stdint.h>

#include "dnn.h"
#include "libvmaf.h"
#include "visq_build.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- pictures ---- */

/** vmaf_picture_alloc with chroma of odd sizes rounded up, as y4m, ffmpeg and codecs do. */
int vmaf_picture_alloc_full_chroma(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                   unsigned w, unsigned h);

/** Pictures of one format, chroma rounded up, whose memory is used again when the last hold on them
 * is given up: faster than vmaf_picture_alloc for each frame. */
typedef struct VmafPicturePool VmafPicturePool;

/** Opens a pool; the arguments are those of vmaf_picture_alloc. 0, -EINVAL or -ENOMEM. */
int vmaf_picture_pool_open(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                           unsigned w, unsigned h);

/** The same without chroma, for contexts of which vmaf_needs_chroma says 0: pix_fmt stays, but
 * planes 1 and 2 are 0x0 and have no memory. Scores are those of whole pictures. */
int vmaf_picture_pool_open_luma(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                unsigned w, unsigned h);

/** Takes a picture of the pool. It has the samples of its last use, and is given up like any other,
 * also after the pool was closed. */
int vmaf_picture_pool_fetch(VmafPicturePool* pool, VmafPicture* pic);

/** Closes a pool. Its pictures stay until they are given up. */
void vmaf_picture_pool_close(VmafPicturePool* pool);

/** Makes a picture over samples that the caller owns: nothing is copied.
 *
 * Strides are at least a row and whole samples. Data is aligned to a sample. Nothing beside the
 * samples is read. They must stay as they are until release(user) is called: a metric that compares
 * frames holds on to earlier ones.
 *
 * @param pic the caller sets pix_fmt, bpc, w[0] and h[0], and stride and data of each plane; the
 * call sets the rest, chroma rounded up
 * @param release called once, from any thread, when the last hold is given up; it must not call the
 *   library
 * @param user given to release
 * @return 0; -EINVAL or -ENOMEM, and then release is not called */
int vmaf_picture_wrap(VmafPicture* pic, void (*release)(void* user), void* user);

/** A second hold on a picture: *dst shares the samples of *src and what was derived from them. */
int vmaf_picture_ref(VmafPicture* dst, VmafPicture* src);

/** Which samples are black and white. */
enum VmafColorRange {
  VMAF_COLOR_RANGE_UNSPECIFIED, /**< Taken as limited. */
  VMAF_COLOR_RANGE_LIMITED,     /**< 16 and 235 in 8 bits. */
  VMAF_COLOR_RANGE_FULL         /**< 0 and 255 in 8 bits. */
};

/** What the samples of a picture mean. */
typedef struct VmafPictureColor {
  int matrix;   /**< A number of ITU-T H.273; 2 is unspecified, and 0 says that the planes
                     are G, B and R of a 4:4:4 picture. */
  int transfer; /**< A number of ITU-T H.273; 2 is unspecified. */
  enum VmafColorRange range; /**< Which samples are black and white. */
} VmafPictureColor;

/** Says what the samples of a picture mean, before it is read. Pictures are unspecified
 * otherwise: BT.709, limited range. */
int vmaf_picture_set_color(VmafPicture* pic, VmafPictureColor color);

/** Says what a picture was converted from, before it is read: metrics that make R, G and B by
 * themselves (lpips, dists, ssimulacra2, ...) read the original in its place, so that a conversion
 * for the other metrics costs them nothing. The picture takes a share of the original, which is of
 * the same size and has a colour of its own. 0 or -EINVAL. */
int vmaf_picture_set_original(VmafPicture* pic, VmafPicture* original);

/* ---- a context ---- */

/** Takes what is logged: a sentence at a time, from any thread. */
typedef void (*VmafLogCallback)(void* user, enum VmafLogLevel level, const char* sentence);

/** Says where sentences go instead of standard error; NULL restores that. For the whole process. */
void vmaf_set_log_callback(VmafLogCallback callback, void* user);

/** The last sentence that a failed call of this thread logged; "" when there is none. */
const char* vmaf_last_error(void);

/** What an error is about, for clients that have to decide what to do next. */
enum VmafErrorKind {
  VMAF_ERROR_PROCESSING = 0, /**< Scoring itself, memory and threads included. */
  VMAF_ERROR_USAGE,          /**< A name, an option or a call that cannot be. */
  VMAF_ERROR_INPUT,          /**< A clip or a picture. */
  VMAF_ERROR_MODEL,          /**< A model's file, or what it needs. */
  VMAF_ERROR_OUTPUT          /**< A file or a folder that cannot be written. */
};

/** What the error of vmaf_last_error is about. */
enum VmafErrorKind vmaf_last_error_kind(void);

/** Adds a model, before the first picture, and the metrics whose features it reads; its scores are
 * there as soon as those are final, and reports have them, under its name. `spec` says which model:
 * a built-in version ("vmaf_v0.6.1"), a file of one (a bootstrap collection, too), or the file of a
 * tiny model: .onnx, or the .json manifest of an ensemble. VMAF's models take more, behind colons
 * ("\:" is a colon within a part):
 *
 *   vmaf_v0.6.1:name=other:disable_clip   its scores under another name than "vmaf", not clipped
 *   path=my.json:enable_transform         version=V and path=P say what V and P are; also
 *                                         disable_transform
 *   vmaf_v0.6.1:vif.vif_enhn_gain_limit=1   an option for the features of one metric
 *
 * The same model again changes nothing. How tiny models run is said before, by the calls for
 * learned models below. Of kind VMAF_ERROR_USAGE where the text is wrong, or the name taken; of
 * VMAF_ERROR_MODEL where the model is. */
int vmaf_use_model(VmafContext* vmaf, const char* spec);

/** What such a text says: "name" of the scores, "named" (whether the text gives it), and "version"
 * or "path"; the other is "". What is said twice is what is said last. The model need not be there.
 */
int vmaf_describe_model_spec(const char* spec, char** json);

/** After the metrics and models were registered: 1 when one of them reads chroma, 0 when luma is
 * all that they read, so that a client need not read or copy chroma; -EINVAL. Pictures whose matrix
 * is 0 (planes G, B, R) have to be whole even then. A frame that lacks what is read is refused. */
int vmaf_needs_chroma(VmafContext* vmaf);

/** After the metrics and models were registered: 0 when nothing reads the distorted clip (motion
 * and float_motion are of the reference alone), so that a client may lend the reference picture
 * twice (vmaf_picture_ref); else 1; -EINVAL. */
int vmaf_needs_distorted(VmafContext* vmaf);

/** After the metrics and models were registered: 1 when one of them needs a reference, so that
 * vmaf_read_picture would be refused, else 0; -EINVAL.
 *
 * @param vmaf the context
 * @param name unless it is NULL, set to the name of the first that does, or to NULL; the name lives
 *   as long as the context */
int vmaf_needs_reference(VmafContext* vmaf, const char** name);

/** A map that a metric makes of a frame: where in the picture its score comes from. The map of
 * lpips sums to its score, and that of saliency has it as its mean. */
typedef struct VmafMap {
  const char* metric;  /**< "lpips" */
  const char* name;    /**< Which of the metric's maps; the same in each frame. */
  unsigned frame;      /**< The index that the pictures were read with. */
  unsigned width;      /**< The picture's, or that of a smaller scale. */
  unsigned height;     /**< Likewise. */
  const float* values; /**< `height` rows of `width` values, without gaps. */
} VmafMap;

/** Takes a map of a frame. */
typedef void (*VmafMapCallback)(void* user, const VmafMap* map);

/** Gives the maps of a metric to a callback, which makes the metric draw them even where no option
 * names a folder for them. To be called before vmaf_use_feature; metrics with an option of role
 * "map_folder" have maps. The callback runs in the thread that scores the frame, before the frame
 * is done: with n_threads 0 within vmaf_read_pictures. Maps of one metric come one after another,
 * frames in any order. The map and its values live until the callback returns; it must not call
 * the library with this context. 0 or -EINVAL. */
int vmaf_set_map_callback(VmafContext* vmaf, const char* metric, VmafMapCallback callback,
                          void* user);

/** One of several comparisons with the same reference. */
typedef struct VmafComparison {
  VmafContext* vmaf;      /**< Its metrics, models and scores. */
  VmafPicture* distorted; /**< What is compared; given up. */
  int code;               /**< Set: 0 or a negative errno. */
  const char* error; /**< Set: the sentence, or NULL where the code is 0. It lives until the next
                          call with this context. */
} VmafComparison;

/** vmaf_read_pictures for several clips against one reference, each with a context of its own.
 *
 * Metrics that the contexts have in common pay for the reference's side of the work once. It runs
 * in the threads of the first context, whose vmaf_close then waits for the others' frames, too. A
 * context that fails does not keep the others from being read.
 *
 * @param ref given up; NULL: vmaf_read_picture for each
 * @param comparisons what is compared with it
 * @param count how many comparisons
 * @param index the number of the frame
 * @return 0, or the first code that is not 0; -EINVAL for all where a context comes twice */
int vmaf_read_pictures_together(VmafPicture* ref, VmafComparison* comparisons, size_t count,
                                unsigned index);

/** How much memory the frames in flight should take, before the first picture. Where pictures are
 * large, fewer of them are in flight than threads could work on; one always is. What decoders and
 * the caller hold is not counted.
 *
 * @param vmaf the context
 * @param bytes 0, the default: a quarter of what the machine, or the process's control group, has
 * @return 0 or -EINVAL */
int vmaf_set_memory_limit(VmafContext* vmaf, uint64_t bytes);

/** Frames of a clip, the last included. */
typedef struct VmafFrameRange {
  unsigned first; /**< The first. */
  unsigned last;  /**< The last. */
} VmafFrameRange;

/** Only these frames of the clip count, with the scores that they have in the whole clip; before
 * the first picture. Reports, pooled scores and scores of the clip are made of them alone. The
 * frames to read are these, with their indices in the clip, and the neighbours that
 * vmaf_frames_around tells, as far as the clip has them.
 *
 * @return 0 or -EINVAL */
int vmaf_set_frame_range(VmafContext* vmaf, VmafFrameRange range);

/** How many frames before and after a range the registered metrics need for its scores.
 *
 * @param vmaf a context with all its metrics and models
 * @param before set: of the lead-in
 * @param after set: of what is looked ahead at
 * @return 0 or -EINVAL */
int vmaf_frames_around(VmafContext* vmaf, unsigned* before, unsigned* after);

/** How many frames are finished: every score of a frame is there that needs no later frame. */
unsigned vmaf_frames_done(VmafContext* vmaf);

/** Every score of the frames below this one is final: there, or never coming. */
unsigned vmaf_frames_final(VmafContext* vmaf);

/** Takes a score, under the name that reports print. */
typedef void (*VmafScoreCallback)(void* user, const char* name, double value);

/** Calls back for each score that a frame has by now, in report order. It does not wait. The scores
 * of a model of vmaf_use_model are there like others; those of libvmaf's calls once they were asked
 * for. */
int vmaf_for_each_score(VmafContext* vmaf, unsigned index, VmafScoreCallback callback, void* user);

/** Takes what is kept of a frame under a stored name, and the name that reports print, "" where
 * they print none. */
typedef void (*VmafKeptCallback)(void* user, const char* name, const char* printed, double value);

/** Calls back for all that is kept of a frame: scores, and what the scores of the clip are made of,
 * which no report shows. Where vmaf_import_feature_score gives a context with the
 * same metrics and models all of it, frame by frame, and vmaf_end_imported ends the clip, that has
 * the scores of the clip, and reports, of one that read the pictures. */
int vmaf_for_each_kept(VmafContext* vmaf, unsigned index, VmafKeptCallback callback, void* user);

/** The end of a clip whose scores were imported. Frames that lack only a model's scores get them.
 *
 * @param vmaf a context that read no picture
 * @param pix_fmt the format of the clip's pictures
 * @param bpc their bits a sample, 8 to 16
 * @param w their width in luma samples
 * @param h their height in luma samples
 * @param frames how many, from frame 0 on
 * @return 0; -EINVAL after pictures were read, for a format that a metric refuses, or for more than
 * 2^26 frames */
int vmaf_end_imported(VmafContext* vmaf, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                      unsigned h, unsigned frames);

/** Calls back for each score of the clip as a whole, after its end. */
int vmaf_for_each_aggregate(VmafContext* vmaf, VmafScoreCallback callback, void* user);

/** How many frames from the first on have all their scores: what can be pooled when scoring failed
 * or was given up. */
unsigned vmaf_frames_complete(VmafContext* vmaf);

/** Has one of the context's threads do some work of the client's beside scoring, in turn with the
 * frames that were read: so a client needs no more threads than it gave the context. Where that has
 * none, the work is done before the call returns. vmaf_close waits for it.
 *
 * @param vmaf the context
 * @param work called once; it must not wait for frames
 * @param user given to it
 * @return 0 or a negative errno, and then the work is not done */
int vmaf_run_beside(VmafContext* vmaf, void (*work)(void* user), void* user);

/** Gives up the frames in flight, from any thread: what no thread has begun, and learned models in
 * the midst of a run. Reads and the end of the clip then return -ECANCELED soon. Finished scores
 * stay. */
int vmaf_cancel(VmafContext* vmaf);

/** Which of the frames are on the bad side of a value: below it, or above it where lower is
 * better. */
typedef struct VmafShareBelow {
  double threshold; /**< The value. */
  double share;     /**< From 0 to 1. */
} VmafShareBelow;

/** A column of the report, pooled. Texts and lists live until the callback returns. */
typedef struct VmafPooledScore {
  const char* name;            /**< As reports print it. */
  double min;                  /**< Over the frames that have the score, as all that follow. */
  double max;                  /**< The largest. */
  double mean;                 /**< The arithmetic mean. */
  double harmonic_mean;        /**< 1 / mean(1 / (x + 1)) - 1. */
  double geometric_mean;       /**< exp(mean(log(x + 1))) - 1. */
  double percentile_1;         /**< Between neighbours in proportion. */
  double percentile_5;         /**< Likewise. */
  double percentile_10;        /**< Likewise. */
  double percentile_50;        /**< The median. */
  unsigned min_frame;          /**< The first frame with the smallest value. */
  unsigned max_frame;          /**< The first frame with the largest value. */
  int direction;               /**< 1 higher is better, -1 lower is better, 0 neither. */
  unsigned window_frames;      /**< 0: no window was asked for, or the clip is shorter; the next two
                                    are 0 then. */
  unsigned window_first_frame; /**< Where the worst window begins. */
  double window_mean;          /**< The worst of all means of window_frames consecutive scores. */
  const char* unit;            /**< "dB", "1", ..., or "". */
  unsigned asked; /**< Its place in the order in which models and metrics were added; 0: it is
                       there because a model reads it. */
  double clip;    /**< What stands for the clip: the aggregate that `clip_name` names, else the
                       mean. */
  const char* clip_name; /**< Such as "apsnr_y" of psnr_y; "": there is none. */
  /** Percentiles and means from the bad side, of the worst 1 % of the frames, at least one, and the
   * worst frame; 0 where direction is. */
  double worst_percentile_1;
  double worst_percentile_5;    /**< Likewise. */
  double worst_percentile_10;   /**< Likewise. */
  double worst_1_percent_mean;  /**< Likewise. */
  double worst_frame_value;     /**< Likewise. */
  unsigned worst_frame;         /**< The first of the worst. */
  const VmafShareBelow* shares; /**< In the order of vmaf_set_output_threshold. */
  size_t n_shares;              /**< How many. */
} VmafPooledScore;

/** Calls back for each column of the report, in report order. */
int vmaf_for_each_pooled(VmafContext* vmaf, void (*callback)(void* user, const VmafPooledScore*),
                         void* user);

/** A shot, and the columns of the report pooled over it; `clip` is the mean. */
typedef struct VmafShot {
  VmafFrameRange frames;         /**< As far as there are scores. */
  const VmafPooledScore* scores; /**< In report order. */
  size_t n_scores;               /**< How many. */
} VmafShot;

/** Calls back for each shot of vmaf_set_output_shots that has scores. */
int vmaf_for_each_shot(VmafContext* vmaf, void (*callback)(void* user, const VmafShot*),
                       void* user);

/** Scores of frames 0 to n - 1, NaN where there is none. The name is a stored or a printed one. */
int vmaf_feature_scores(VmafContext* vmaf, const char* feature_name, double* scores, size_t n);

/** Gives what vmaf_write_output would write, part by part. */
int vmaf_output_text(VmafContext* vmaf, enum VmafOutputFormat fmt,
                     void (*callback)(void* user, const char* text, size_t size), void* user);

/** Reports name the consecutive frames with the worst mean; 0, the default: they do not. */
int vmaf_set_output_window(VmafContext* vmaf, unsigned frames);

/** Reports say which share of the frames is on the bad side of that value of a score; repeatable.
 *
 * @param vmaf a context with all its metrics and models
 * @param score as reports print it
 * @param value below which frames are bad, or above which where lower is better
 * @return 0; -EINVAL where there is no such score, or it does not say what is better */
int vmaf_set_output_threshold(VmafContext* vmaf, const char* score, double value);

/** JSON reports give every statistic for these shots, too. Each lies behind the one before it, else
 * -EINVAL; they may leave frames out, and lie beyond the end. */
int vmaf_set_output_shots(VmafContext* vmaf, const VmafFrameRange* shots, size_t n);

/** Reports say that scoring ended before the clip. */
int vmaf_set_output_partial(VmafContext* vmaf, int partial);

/** JSON reports say in "conversions" how clips were brought to what was compared: a sentence each.
 * The sentences are copied; 0 of them, the default: there is no such list. */
int vmaf_set_output_conversions(VmafContext* vmaf, const char* const* sentences, size_t n);

/** JSON reports list these frames as "damaged_frames".
 *
 * @param vmaf a context
 * @param frames their numbers, copied
 * @param n how many; 0, the default: there is no such list
 * @param left_out not 0: statistics of the clip are those of the other frames
 * @return 0, or -EINVAL */
int vmaf_set_output_damaged(VmafContext* vmaf, const unsigned* frames, size_t n, int left_out);

/** How reports print numbers. digits: 0 is the libvmaf way (%.6f, more for tiny values), N prints N
 * decimals, -1 as many as a double needs to be read back. */
int vmaf_set_output_precision(VmafContext* vmaf, int digits);

/* ---- learned models ---- */

/** An input or an output of a model. It lives as long as the session. */
typedef struct VmafTensorInfo {
  const char* name;     /**< As the model has it. */
  const int64_t* shape; /**< -1 where the model leaves a dimension open. */
  size_t rank;          /**< How many dimensions. */
} VmafTensorInfo;

/** The inputs of a model, by position; NULL past the last. */
const VmafTensorInfo* vmaf_dnn_session_input(VmafDnnSession* sess, size_t position);

/** The outputs of a model, by position; NULL past the last. */
const VmafTensorInfo* vmaf_dnn_session_output(VmafDnnSession* sess, size_t position);

/** Takes an output of a model. Name, data and shape live until it returns. */
typedef void (*VmafTensorCallback)(void* user, const VmafTensorInfo* info, const float* data);

/** vmaf_dnn_session_run for outputs whose size is not known before: calls back for each output. */
int vmaf_dnn_session_run_all(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                             VmafTensorCallback callback, void* user);

/* ---- learned models of a context ----
 *
 * How learned metrics (lpips, ...) and tiny models run that are added after these calls. -ENOSYS in
 * a build without a runtime. */

/** "auto", "cuda", "openvino-gpu": how people name a device; NULL for a number that is none. */
const char* vmaf_dnn_device_name(enum VmafDnnDevice device);

/** Sets device, device index, threads inside one run (0: the metric's choice, within the context's
 * threads) and float16. NULL restores the defaults. */
int vmaf_set_dnn_config(VmafContext* vmaf, const VmafDnnConfig* cfg);

/** "int8" runs STEM.int8.onnx instead of STEM.onnx, and fails where it is absent; "none" or NULL
 * does not. */
int vmaf_set_dnn_quant(VmafContext* vmaf, const char* mode);

/** What one run of a model may take, in ONNX Runtime on the CPU: a graph can have loops that never
 * end, and tensors that double. A frame whose run takes more fails with -ETIMEDOUT or -ENOMEM.
 *
 * @param vmaf the context
 * @param seconds 0, the default: 600
 * @param bytes 0, the default: three quarters of what the machine, or the process's control group,
 *   has
 * @return 0, -EINVAL or -ENOSYS */
int vmaf_set_dnn_limits(VmafContext* vmaf, double seconds, uint64_t bytes);

/** Not 0: a model that no registry beside it lists is -EKEYREJECTED, and cosign must accept the
 * signature of every other, as vmaf_dnn_verify_signature has it. */
int vmaf_set_dnn_verify(VmafContext* vmaf, int required);

/** Says how the distorted clip was encoded, for tiny models with a codec input.
 *
 * What a model does not know fails when it is added, with -EINVAL and a list of what it knows.
 *
 * @param vmaf the context
 * @param codec "libx264" (or h264, x264, ...); NULL: unknown
 * @param preset "medium", or a number as text; NULL: unknown
 * @param crf the constant rate factor; NAN: unknown */
int vmaf_set_tiny_codec(VmafContext* vmaf, const char* codec, const char* preset, double crf);

/** An ONNX file of a tiny model of the context. */
typedef struct VmafTinyModelInfo {
  const char* name;    /**< Of the file's model. */
  const char* feature; /**< The score that it takes part in: its name, or its ensemble's. */
  const char* file;    /**< Where it lies. */
  const char* sha256;  /**< The hash of what runs. */
  const char* device;  /**< "CPU", "CUDA", ... */
  const char* scaler;  /**< Who standardises the features: "graph", "host", "none". */
  const char* encoder; /**< The slot of its codec input; "" when that is all zeros; NULL without
                          such an input. */
  double preset_norm;  /**< The preset, as its codec input gets it. */
  double crf_norm;     /**< The constant rate factor, as its codec input gets it. */
} VmafTinyModelInfo;

/** The ONNX files of the tiny models of the context, by position; NULL past the last. */
const VmafTinyModelInfo* vmaf_tiny_model_info(VmafContext* vmaf, unsigned position);

/** vmaf_read_pictures for metrics and models that need no reference; the others make it -EINVAL.
 * The picture is given up. The end of the clip is vmaf_read_pictures(vmaf, NULL, NULL, 0) here,
 * too. */
int vmaf_read_picture(VmafContext* vmaf, VmafPicture* dist, unsigned index);

#ifdef __cplusplus
}
#endif

#endif
