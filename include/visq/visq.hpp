/// @file
/// visq for C++: owners of the C API's objects, and exceptions with the library's sentences.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <libvmaf/visq.h>

/// The library for C++.
namespace visq {

/// A call of the library failed.
class error : public std::runtime_error {
 public:
  /// Of what a call returned, with the sentence of vmaf_last_error.
  explicit error(int result)
      : std::runtime_error(vmaf_last_error()), code_(-result), kind_(vmaf_last_error_kind()) {}

  /// A positive errno value.
  int code() const { return code_; }

  /// What it is about.
  VmafErrorKind kind() const { return kind_; }

 private:
  int code_;
  VmafErrorKind kind_;
};

/// Throws an error unless the result is 0.
inline void check(int result) {
  if (result != 0) throw error(result);
}

/// Gives back what a call of the C API made.
struct closer {
  /// A context.
  void operator()(VmafContext* p) const { vmaf_close(p); }
  /// A model.
  void operator()(VmafModel* p) const { vmaf_model_destroy(p); }
  /// A bootstrap collection.
  void operator()(VmafModelCollection* p) const { vmaf_model_collection_destroy(p); }
  /// A pool of pictures.
  void operator()(VmafPicturePool* p) const { vmaf_picture_pool_close(p); }
  /// A session of a learned model.
  void operator()(VmafDnnSession* p) const { vmaf_dnn_session_close(p); }
  /// A description.
  void operator()(char* text) const { vmaf_text_free(text); }
};

/// Owns such a thing: owned<VmafPicturePool> pool.
template <typename T>
using owned = std::unique_ptr<T, closer>;

/// A picture to fill through get(); given up when it goes out of scope or is scored.
class picture {
 public:
  /// None.
  picture() = default;

  /// A picture whose samples are 0; chroma of odd sizes is rounded up.
  picture(VmafPixelFormat format, unsigned bits, unsigned width, unsigned height) {
    check(vmaf_picture_alloc_full_chroma(&picture_, format, bits, width, height));
  }
  /// Takes the other's picture.
  picture(picture&& other) noexcept : picture_(std::exchange(other.picture_, {})) {}
  /// Exchanges the pictures.
  picture& operator=(picture&& other) noexcept {
    std::swap(picture_, other.picture_);
    return *this;
  }
  ~picture() {
    if (picture_.ref != nullptr) vmaf_picture_unref(&picture_);
  }

  /// The picture, for the C API.
  VmafPicture* get() { return &picture_; }

  /// The picture, given up to the caller.
  VmafPicture release() { return std::exchange(picture_, {}); }

 private:
  VmafPicture picture_{};
};

/// Options of a metric, for context::use.
class options {
 public:
  /// None.
  options() = default;

  /// Names and values.
  options(std::initializer_list<std::pair<const char*, const char*>> list) {
    for (const auto& [key, value] : list) set(key, value);
  }
  /// Takes the other's options.
  options(options&& other) noexcept : dictionary_(std::exchange(other.dictionary_, nullptr)) {}
  ~options() { vmaf_feature_dictionary_free(&dictionary_); }

  /// Adds one.
  void set(const char* key, const char* value) {
    check(vmaf_feature_dictionary_set(&dictionary_, key, value));
  }

  /// The options, for the C API.
  VmafFeatureDictionary* get() const { return dictionary_; }

  /// The options, given up to the caller.
  VmafFeatureDictionary* release() { return std::exchange(dictionary_, nullptr); }

 private:
  VmafFeatureDictionary* dictionary_ = nullptr;
};

/// One of VMAF's models.
class model {
 public:
  /// A built-in model, its scores' name, and VmafModelFlags.
  explicit model(const char* version, const char* name = "vmaf",
                 std::uint64_t flags = VMAF_MODEL_FLAGS_DEFAULT) {
    VmafModelConfig config{name, flags};
    VmafModel* loaded = nullptr;
    check(vmaf_model_load(&loaded, &config, version));
    model_.reset(loaded);
  }

  /// The model, for the C API.
  VmafModel* get() const { return model_.get(); }

 private:
  owned<VmafModel> model_;
};

/// One comparison.
class context {
 public:
  /// Without metrics; 0 threads compute in the calling thread.
  explicit context(unsigned threads = 0, VmafLogLevel level = VMAF_LOG_LEVEL_NONE)
      : context(VmafConfiguration{level, threads, 0, 0, 0}) {}

  /// Likewise.
  explicit context(const VmafConfiguration& configuration) {
    VmafContext* made = nullptr;
    check(vmaf_init(&made, configuration));
    context_.reset(made);
  }

  /// Registers a metric by name.
  void use(const char* metric, options opts = {}) {
    const int result = vmaf_use_feature(context_.get(), metric, opts.get());
    if (is_metric(metric)) opts.release();  // taken, except under an unknown name
    check(result);
  }

  /// Registers what a model needs.
  void use(const model& m) { check(vmaf_use_features_from_model(context_.get(), m.get())); }

  /// Adds any model by its text, as vmaf_use_model.
  void use_model(const char* spec) { check(vmaf_use_model(context_.get(), spec)); }

  /// Scores a pair of pictures.
  void read(picture reference, picture distorted, unsigned index) {
    check(vmaf_read_pictures(context_.get(), reference.get(), distorted.get(), index));
  }

  /// Ends the clip: makes every score final.
  void flush() { check(vmaf_read_pictures(context_.get(), nullptr, nullptr, 0)); }

  /// A feature's score of a frame.
  double score(const char* feature, unsigned index) const {
    double value = 0;
    check(vmaf_feature_score_at_index(context_.get(), feature, &value, index));
    return value;
  }

  /// A model's score of a frame.
  double score(const model& m, unsigned index) const {
    double value = 0;
    check(vmaf_score_at_index(context_.get(), m.get(), &value, index));
    return value;
  }

  /// The context, for the C API.
  VmafContext* get() const { return context_.get(); }

 private:
  static bool is_metric(const std::string& name) {
    const VmafOptionInfo* option = nullptr;
    const char* value = nullptr;
    return vmaf_find_metric(name.c_str(), &option, &value) != nullptr;
  }
  owned<VmafContext> context_;
};

}  // namespace visq
