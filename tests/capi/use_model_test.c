/* Models by what people call them, in plain C: use_model_test FOLDER, where visq_small_models put
 * relu.onnx and mean.onnx. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libvmaf/visq.h>

#define FRAMES 4u

static int failures = 0;
static const char* folder;
static void check(int ok, const char* what) {
  if (ok) return;
  printf("failed: %s (%s)\n", what, vmaf_last_error());
  ++failures;
}

static void write_text(const char* name, const char* text) {
  char path[4096];
  FILE* file;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  file = fopen(path, "wb");
  check(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, name);
}

/* Two features, two support vectors; `weight` tells models apart. */
#define SVM(weight)                                                                       \
  "{\"model_dict\": {\"model_type\": \"LIBSVMNUSVR\", \"norm_type\": \"none\","           \
  " \"score_clip\": [0, 0.5], \"feature_names\":"                                         \
  " [\"VMAF_integer_feature_motion2_score\", \"VMAF_integer_feature_vif_scale0_score\"]," \
  " \"model\": \"svm_type nu_svr\\nkernel_type rbf\\ngamma 0.1\\nnr_class 2\\n"           \
  "total_sv 2\\nrho -1\\nSV\\n" weight " 1:1 2:0.5 \\n-2 2:1 \\n\"}}"

static void write_models(void) {
  write_text("svm.json", SVM("3"));
  write_text("other.json", SVM("1"));
  write_text("bag.json", "{\"0\": " SVM("3") ", \"1\": " SVM("0.5") ", \"2\": " SVM("1") "}");
  write_text("mean.json", "{\"features\": [\"adm2\", \"motion2\"]}");
  write_text("ensemble.json", "{\"id\": \"e\", \"members\": [{\"onnx\": \"mean.onnx\"}]}");
  write_text("broken.json", "{\"model_dict\": 3}");
}

static VmafContext* open_context(unsigned threads) {
  VmafConfiguration quiet = {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0};
  VmafContext* context = NULL;
  check(vmaf_init(&context, quiet) == 0, "init");
  return context;
}

/* FOLDER/FILE, and what follows. */
static int use(VmafContext* context, const char* file) {
  char spec[4096];
  snprintf(spec, sizeof spec, "%s/%s", folder, file);
  return vmaf_use_model(context, spec);
}

static void fill(VmafPicture* picture, unsigned index, unsigned off) {
  for (unsigned plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture->h[plane]; ++y)
      for (unsigned x = 0; x < picture->w[plane]; ++x)
        ((unsigned char*)picture->data[plane])[y * (size_t)picture->stride[plane] + x] =
            (unsigned char)(60 + (x + 2 * index) * (y + 3) % 97 + off * ((x ^ y) % (index + 2)));
}

static void score_clip(VmafContext* context) {
  for (unsigned i = 0; i < FRAMES; ++i) {
    VmafPicture reference, distorted;
    check(vmaf_picture_alloc(&reference, VMAF_PIX_FMT_YUV420P, 8, 96, 64) == 0, "allocate");
    check(vmaf_picture_alloc(&distorted, VMAF_PIX_FMT_YUV420P, 8, 96, 64) == 0, "allocate");
    fill(&reference, i, 0);
    fill(&distorted, i, 1);
    check(vmaf_read_pictures(context, &reference, &distorted, i) == 0, "read a pair");
  }
  check(vmaf_read_pictures(context, NULL, NULL, 0) == 0, "end the clip");
}

static double score(VmafContext* context, const char* name, unsigned index) {
  double value = NAN;
  check(vmaf_feature_score_at_index(context, name, &value, index) == 0, name);
  return value;
}

/* A support vector machine gives what libvmaf's calls give, and is there without being asked. */
static void svm(unsigned threads) {
  VmafContext* context = open_context(threads);
  VmafModelConfig config = {"m", VMAF_MODEL_FLAGS_DEFAULT};
  VmafModel* model = NULL;
  char path[4096];
  double same = 0;
  check(use(context, "svm.json:name=m") == 0, "a model by its file");
  check(use(context, "svm.json:name=m") == 0, "the same one again");
  check(use(context, "svm.json:name=wide:disable_clip=true") == 0, "without its clip");
  check(use(context, "other.json:name=m") == -EINVAL &&
            vmaf_last_error_kind() == VMAF_ERROR_USAGE &&
            strstr(vmaf_last_error(), "two models of this context are named \"m\"") != NULL,
        "two models of one name");
  snprintf(path, sizeof path, "path=%s/svm.json:name=limited:vif.vif_enhn_gain_limit=1.0", folder);
  check(vmaf_use_model(context, path) == 0, "an option of a metric");
  score_clip(context);
  snprintf(path, sizeof path, "%s/svm.json", folder);
  check(vmaf_model_load_from_path(&model, &config, path) == 0, "load");
  for (unsigned i = 0; i < FRAMES; ++i) {
    check(vmaf_score_at_index(context, model, &same, i) == 0 && same == score(context, "m", i),
          "the score of libvmaf's call");
    check(score(context, "m", i) <= 0.5 && score(context, "wide", i) >= score(context, "m", i),
          "the clip");
    score(context, "limited", i);
    score(context, "integer_vif_scale0_egl_1", i);
  }
  vmaf_model_destroy(model);
  check(use(context, "other.json:name=late") == -EINVAL &&
            strstr(vmaf_last_error(), "before the first picture") != NULL,
        "no model after the first picture");
  vmaf_close(context);
}

struct Names {
  unsigned count;
  char text[512];
};
static void append(void* user, const VmafPooledScore* pooled) {
  struct Names* names = user;
  ++names->count;
  strncat(names->text, pooled->name, sizeof names->text - strlen(names->text) - 1);
  strncat(names->text, " ", sizeof names->text - strlen(names->text) - 1);
}

static void collection(void) {
  VmafContext* context = open_context(2);
  VmafModelConfig config = {"b", VMAF_MODEL_FLAGS_DEFAULT};
  VmafModel* model = NULL;
  VmafModelCollection* others = NULL;
  VmafModelCollectionScore same;
  struct Names names = {0, ""};
  char path[4096];
  check(use(context, "bag.json:name=b") == 0, "a collection is known by its content");
  score_clip(context);
  check(vmaf_for_each_pooled(context, append, &names) == 0, "pooled");
  check(strstr(names.text, " b b_0001 b_0002 b_bagging b_stddev b_ci_p95_lo b_ci_p95_hi ") != NULL,
        names.text);
  snprintf(path, sizeof path, "%s/bag.json", folder);
  check(vmaf_model_collection_load_from_path(&model, &others, &config, path) == 0, "load");
  for (unsigned i = 0; i < FRAMES; ++i)
    check(vmaf_score_at_index_model_collection(context, others, &same, i) == 0 &&
              same.bootstrap.bagging_score == score(context, "b_bagging", i) &&
              same.bootstrap.stddev == score(context, "b_stddev", i) &&
              same.bootstrap.ci.p95.lo == score(context, "b_ci_p95_lo", i) &&
              same.bootstrap.ci.p95.hi == score(context, "b_ci_p95_hi", i),
          "the scores of libvmaf's call");
  vmaf_model_collection_destroy(others);
  vmaf_model_destroy(model);
  vmaf_close(context);
}

static void tiny(void) {
  VmafContext* context = open_context(0);
  struct Names names = {0, ""};
  check(use(context, "svm.json") == 0, "a model of VMAF");
  check(use(context, "relu.onnx") == 0, "a model of pictures");
  check(use(context, "ensemble.json") == 0, "an ensemble");
  check(use(context, "mean.onnx") == 0, "a model of features");
  check(use(context, "mean.onnx") == -EINVAL && vmaf_last_error_kind() == VMAF_ERROR_USAGE,
        "one name, twice");
  check(use(context, "mean.onnx:name=x") == -EINVAL && vmaf_last_error_kind() == VMAF_ERROR_USAGE &&
            strstr(vmaf_last_error(), "takes no options") != NULL,
        "a tiny model takes no options");
  check(vmaf_tiny_model_info(context, 2) != NULL && vmaf_tiny_model_info(context, 3) == NULL,
        "three files");
  score_clip(context);
  check(vmaf_for_each_pooled(context, append, &names) == 0, "pooled");
  check(strstr(names.text, " e e_stddev e_ci_p95_lo e_ci_p95_hi mean vmaf ") != NULL, names.text);
  for (unsigned i = 0; i < FRAMES; ++i) {
    const double mean = (score(context, "VMAF_integer_feature_adm2_score", i) +
                         score(context, "VMAF_integer_feature_motion2_score", i)) /
                        2;
    check(fabs(score(context, "mean", i) - mean) < 1e-6, "the mean of two features");
    check(score(context, "e", i) == score(context, "mean", i), "an ensemble of one");
    check(score(context, "relu", i) > 0.2 && score(context, "relu", i) < 1,
          "the mean of a picture");
  }
  vmaf_close(context);
}

static void refuse(VmafContext* context, const char* spec, enum VmafErrorKind kind,
                   const char* reason) {
  check(vmaf_use_model(context, spec) < 0 && vmaf_last_error_kind() == kind &&
            strstr(vmaf_last_error(), reason) != NULL,
        spec);
}

static void refusals(void) {
  VmafContext* context = open_context(0);
  check(
      vmaf_use_model(NULL, "vmaf_v0.6.1") == -EINVAL && vmaf_last_error_kind() == VMAF_ERROR_USAGE,
      "no context");
  check(vmaf_use_model(context, NULL) == -EINVAL, "no spec");
  refuse(context, "vmaf_v9", VMAF_ERROR_MODEL, "there is no built-in model vmaf_v9");
  refuse(context, "path=nowhere.json", VMAF_ERROR_MODEL, "there is no model file nowhere.json");
  refuse(context, "name=x", VMAF_ERROR_USAGE, "needs either version= or path=");
  refuse(context, "", VMAF_ERROR_USAGE, "is none of version=V");
  check(use(context, "broken.json") == -EINVAL && vmaf_last_error_kind() == VMAF_ERROR_MODEL &&
            strstr(vmaf_last_error(), "broken.json: it has no object \"model_dict\"") != NULL,
        "a broken model");
  check(use(context, "svm.json:viv.x=1") == -EINVAL && vmaf_last_error_kind() == VMAF_ERROR_USAGE &&
            strstr(vmaf_last_error(), "did you mean \"vif\"") != NULL,
        "a misspelt metric");
  if (vmaf_dnn_available())
    refuse(context, "nowhere.onnx", VMAF_ERROR_MODEL, "there is no model file nowhere.onnx");
  else
    refuse(context, "nowhere.onnx", VMAF_ERROR_USAGE, "DNN disabled");
  vmaf_close(context);
}

/* Every version that is built in, bare or behind its key. */
static void versions(void) {
  VmafContext* context = open_context(0);
  const char* version = NULL;
  char spec[256];
  for (const void* it = NULL; (it = vmaf_model_version_next(it, &version)) != NULL;) {
    snprintf(spec, sizeof spec, "%s:name=%s", version, version);
    check(vmaf_use_model(context, spec) == 0, spec);
    snprintf(spec, sizeof spec, "version=%s:name=%s", version, version);
    check(vmaf_use_model(context, spec) == 0, spec);
  }
  vmaf_close(context);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  folder = argv[1];
  write_models();
  svm(0);
  svm(3);
  collection();
  refusals();
  versions();
  if (vmaf_dnn_available()) tiny();
  printf("%d failures\n", failures);
  return failures != 0;
}
