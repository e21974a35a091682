// visq for C++: owners of the C API's objects, and exceptions with the library's sentences.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <libvmaf/visq.h>

namespace visq {

// A call of the library failed; code() is the positive errno value.
class error : public std::runtime_error {
 public:
  explicit error(int result)
      : std::runtime_error(vmaf_last_error()), code_(-result), kind_(vmaf_last_error_kind()) {}
  int code() const { return code_; }
  VmafErrorKind kind() const { return kind_; }

 private:
  int code_;
  VmafErrorKind kind_;
};

inline void check(int result) {
  if (result != 0) throw error(result);
}

// Owns what a call of the C API made: owned<VmafPicturePool> pool.
struct closer {
  void operator()(VmafContext* p) const { vmaf_close(p); }
  void operator()(VmafModel* p) const { vmaf_model_destroy(p); }
  void operator()(VmafModelCollection* p) const { vmaf_model_collection_destroy(p); }
  void operator()(VmafPicturePool* p) const { vmaf_picture_pool_close(p); }
  void operator()(VmafDnnSession* p) const { vmaf_dnn_session_close(p); }
  void operator()(char* text) const { vmaf_text_free(text); }
};
template <typename T>
using owned = std::unique_ptr<T, closer>;

// A picture to fill through get(); given up when it goes out of scope or is scored.
class picture {
 public:
  picture() = default;
  picture(VmafPixelFormat format, unsigned bits, unsigned width, unsigned height) {
    check(vmaf_picture_alloc_full_chroma(&picture_, format, bits, width, height));
  }
  picture(picture&& other) noexcept : picture_(std::exchange(other.picture_, {})) {}
  picture& operator=(picture&& other) noexcept {
    std::swap(picture_, other.picture_);
    return *this;
  }
  ~picture() {
    if (picture_.ref != nullptr) vmaf_picture_unref(&picture_);
  }
  VmafPicture* get() { return &picture_; }
  VmafPicture release() { return std::exchange(picture_, {}); }

 private:
  VmafPicture picture_{};
};

// Options of a metric, for context::use.
class options {
 public:
  options() = default;
  options(std::initializer_list<std::pair<const char*, const char*>> list) {
    for (const auto& [key, value] : list) set(key, value);
  }
  options(options&& other) noexcept : dictionary_(std::exchange(other.dictionary_, nullptr)) {}
  ~options() { vmaf_feature_dictionary_free(&dictionary_); }
  void set(const char* key, const char* value) {
    check(vmaf_feature_dictionary_set(&dictionary_, key, value));
  }
  VmafFeatureDictionary* get() const { return dictionary_; }
  VmafFeatureDictionary* release() { return std::exchange(dictionary_, nullptr); }

 private:
  VmafFeatureDictionary* dictionary_ = nullptr;
};

class model {
 public:
  explicit model(const char* version, const char* name = "vmaf",
                 std::uint64_t flags = VMAF_MODEL_FLAGS_DEFAULT) {
    VmafModelConfig config{name, flags};
    VmafModel* loaded = nullptr;
    check(vmaf_model_load(&loaded, &config, version));
    model_.reset(loaded);
  }
  VmafModel* get() const { return model_.get(); }

 private:
  owned<VmafModel> model_;
};

// One comparison.
class context {
 public:
  explicit context(unsigned threads = 0, VmafLogLevel level = VMAF_LOG_LEVEL_NONE)
      : context(VmafConfiguration{level, threads, 0, 0, 0}) {}
  explicit context(const VmafConfiguration& configuration) {
    VmafContext* made = nullptr;
    check(vmaf_init(&made, configuration));
    context_.reset(made);
  }
  void use(const char* metric, options opts = {}) {
    const int result = vmaf_use_feature(context_.get(), metric, opts.get());
    if (is_metric(metric)) opts.release();  // taken, except under an unknown name
    check(result);
  }
  void use(const model& m) { check(vmaf_use_features_from_model(context_.get(), m.get())); }
  void use_model(const char* spec) { check(vmaf_use_model(context_.get(), spec)); }
  void read(picture reference, picture distorted, unsigned index) {
    check(vmaf_read_pictures(context_.get(), reference.get(), distorted.get(), index));
  }
  void flush() { check(vmaf_read_pictures(context_.get(), nullptr, nullptr, 0)); }
  double score(const char* feature, unsigned index) const {
    double value = 0;
    check(vmaf_feature_score_at_index(context_.get(), feature, &value, index));
    return value;
  }
  double score(const model& m, unsigned index) const {
    double value = 0;
    check(vmaf_score_at_index(context_.get(), m.get(), &value, index));
    return value;
  }
  VmafContext* get() const { return context_.get(); }

 private:
  static bool is_metric(const std::string& name) {
    for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
      if (name == metric->name) return true;
    return false;
  }
  owned<VmafContext> context_;
};

}  // namespace visq
