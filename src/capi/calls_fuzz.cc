// Calls of the C interface in any order, with arguments that are mostly right: each returns 0 or an
// error with a sentence; nothing crashes, hangs or leaks, and pooled scores lie where they can.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "libvmaf/visq.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/quiet.h"

namespace {

using visq::test::Bytes;

constexpr const char* kFeatures[] = {"psnr",  "motion",       "float_ssim", "vif",    "adm",
                                     "ciede", "float_motion", "nothing",    "psnr_y", ""};
constexpr const char* kScores[] = {"psnr_y", "vif_scale0", "mine", "a,b", "<x>\n", "vmaf", ""};
constexpr const char* kKeys[] = {"enable_mse", "min_sse", "debug", "nothing", ""};
constexpr const char* kValues[] = {"true", "0.5", "-1", "x", ""};

template <std::size_t N>
const char* one_of(Bytes& bytes, const char* const (&words)[N]) {
  const unsigned choice = bytes.below(N + 1);
  return choice == N ? nullptr : words[choice];
}

// Mostly a number of a frame that may be there.
unsigned frame_from(Bytes& bytes) {
  const unsigned kind = bytes.below(16);
  return kind == 15 ? bytes.take<std::uint32_t>() : kind % 6;
}

int said(int code) {
  if (code < 0 && vmaf_last_error()[0] == '\0') __builtin_trap();
  return code;
}

class Calls {
 public:
  explicit Calls(Bytes& bytes) : bytes_(bytes) {
    for (VmafContext*& context : contexts_)
      vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, bytes_.below(3), bytes_.below(3), 0, 0});
  }
  ~Calls() {
    for (VmafContext* context : contexts_)
      if (context != nullptr && vmaf_close(context) != 0) __builtin_trap();
    vmaf_model_destroy(model_);
  }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  void next() {
    static constexpr void (Calls::* kCalls[])() = {
        &Calls::use_feature, &Calls::use_model, &Calls::import_score,  &Calls::push,
        &Calls::push,        &Calls::flush,     &Calls::read_score,    &Calls::pool,
        &Calls::write,       &Calls::set,       &Calls::push_together, &Calls::progress,
        &Calls::part};
    (this->*kCalls[bytes_.below(std::size(kCalls))])();
  }

 private:
  VmafContext* context() { return contexts_[bytes_.below(2)]; }

  VmafPicture picture() {
    VmafPicture picture{};
    const unsigned kind = bytes_.below(12);
    const unsigned bits = kind == 11 ? bytes_.below(20) : 8;
    const auto format =
        kind == 10 ? static_cast<VmafPixelFormat>(bytes_.below(6)) : VMAF_PIX_FMT_YUV420P;
    if (vmaf_picture_alloc(&picture, format, bits, kind == 9 ? 48 : 32, 32) != 0) return {};
    for (int plane = 0; plane < 3; ++plane)
      if (picture.data[plane] != nullptr)
        std::memset(picture.data[plane], static_cast<int>(bytes_.below(256)),
                    static_cast<std::size_t>(picture.stride[plane]) * picture.h[plane]);
    return picture;
  }

  void use_feature() {
    VmafFeatureDictionary* options = nullptr;
    if (bytes_.below(3) == 0)
      vmaf_feature_dictionary_set(&options, one_of(bytes_, kKeys), one_of(bytes_, kValues));
    const char* const name = one_of(bytes_, kFeatures);
    // What it does not take stays ours; the interface says when that is.
    if (said(vmaf_use_feature(context(), name, options)) != 0 && is_unknown(name))
      vmaf_feature_dictionary_free(&options);
  }
  static bool is_unknown(const char* name) {
    return name == nullptr || std::strcmp(name, "nothing") == 0 ||
           std::strcmp(name, "psnr_y") == 0 || *name == '\0';
  }
  void use_model() {
    if (model_ == nullptr) {
      VmafModelConfig config{"vmaf", VMAF_MODEL_FLAGS_DEFAULT};
      vmaf_model_load(&model_, &config, "vmaf_float_b_v0.6.3");
      if (model_ == nullptr) vmaf_model_load(&model_, &config, "vmaf_v0.6.1");
    }
    if (model_ != nullptr) said(vmaf_use_features_from_model(context(), model_));
  }
  void import_score() {
    const char* const name = one_of(bytes_, kScores);
    const double value = bytes_.below(4) == 0 ? bytes_.take<double>() : bytes_.below(100) / 8.0;
    said(vmaf_import_feature_score(context(), name, value, frame_from(bytes_)));
  }
  void push() {
    VmafPicture reference = picture(), distorted = picture();
    const bool one = bytes_.below(16) == 0;
    const unsigned index = bytes_.below(4) == 0 ? frame_from(bytes_) : next_frame_++;
    said(vmaf_read_pictures(context(), &reference, one ? nullptr : &distorted, index));
    vmaf_picture_unref(&reference);
    vmaf_picture_unref(&distorted);
  }
  void push_together() {
    VmafPicture reference = picture();
    std::array<VmafPicture, 2> distorted{picture(), picture()};
    std::array<VmafComparison, 2> comparisons{};
    for (std::size_t i = 0; i < 2; ++i)
      comparisons[i] = {bytes_.below(8) == 0 ? contexts_[0] : contexts_[i], &distorted[i], 0,
                        nullptr};
    said(vmaf_read_pictures_together(&reference, comparisons.data(), bytes_.below(3),
                                     frame_from(bytes_)));
    vmaf_picture_unref(&reference);
    for (VmafPicture& each : distorted) vmaf_picture_unref(&each);
  }
  void flush() { said(vmaf_read_pictures(context(), nullptr, nullptr, 0)); }
  void read_score() {
    double score = 0;
    said(vmaf_feature_score_at_index(context(), one_of(bytes_, kScores), &score,
                                     frame_from(bytes_)));
    if (model_ != nullptr) said(vmaf_score_at_index(context(), model_, &score, frame_from(bytes_)));
  }
  void pool() {
    VmafContext* const of = context();
    const char* const name = one_of(bytes_, kScores);
    const unsigned low = frame_from(bytes_), high = frame_from(bytes_);
    const auto pooled = [&](int method, double* score) {
      return said(vmaf_feature_score_pooled(of, name, static_cast<VmafPoolingMethod>(method), score,
                                            low, high));
    };
    double least = 0, most = 0, mean = 0, other = 0;
    pooled(static_cast<int>(bytes_.below(8)) - 1, &other);
    if (pooled(VMAF_POOL_METHOD_MIN, &least) != 0 || pooled(VMAF_POOL_METHOD_MAX, &most) != 0 ||
        pooled(VMAF_POOL_METHOD_MEAN, &mean) != 0)
      return;
    const double slack = 1e-9 * std::max(std::fabs(least), std::fabs(most));
    if (std::isfinite(mean) && (mean < least - slack || mean > most + slack)) __builtin_trap();
  }
  void write() {
    VmafContext* const of = context();
    const auto format = static_cast<VmafOutputFormat>(bytes_.below(6));
    const auto take = [](void* user, const char* text, std::size_t size) {
      static_cast<std::string*>(user)->append(text, size);
    };
    std::string text;
    if (said(vmaf_output_text(of, format, take, &text)) == 0 && text.empty() &&
        format != VMAF_OUTPUT_FORMAT_SUB)  // which says nothing of no frames
      __builtin_trap();
    vmaf_for_each_pooled(of, [](void*, const VmafPooledScore*) {}, nullptr);
    vmaf_for_each_shot(of, [](void*, const VmafShot*) {}, nullptr);
  }
  void set() {
    VmafContext* const of = context();
    said(vmaf_set_memory_limit(of, bytes_.take<std::uint32_t>()));
    said(vmaf_set_output_window(of, bytes_.below(8)));
    said(vmaf_set_output_precision(of, static_cast<int>(bytes_.below(40)) - 4));
    said(vmaf_set_output_threshold(of, one_of(bytes_, kScores), bytes_.below(100)));
    const VmafFrameRange shots[] = {{frame_from(bytes_), frame_from(bytes_)},
                                    {frame_from(bytes_), frame_from(bytes_)}};
    said(vmaf_set_output_shots(of, shots, bytes_.below(3)));
    if (bytes_.below(16) == 0) said(vmaf_cancel(of));
  }
  void part() {
    VmafContext* const of = context();
    if (bytes_.below(2) == 0)
      said(vmaf_set_frame_range(of, {frame_from(bytes_), frame_from(bytes_)}));
    unsigned before = 0, after = 0;
    said(vmaf_frames_around(of, &before, &after));
    const auto import = [](void* user, const char* name, const char*, double value) {
      vmaf_import_feature_score(static_cast<VmafContext*>(user), name, value, 0);
    };
    vmaf_for_each_kept(of, frame_from(bytes_), import, contexts_[1]);
    if (bytes_.below(4) == 0)
      said(vmaf_end_imported(of, VMAF_PIX_FMT_YUV420P, 8, 32, 32, frame_from(bytes_)));
  }
  void progress() {
    VmafContext* const of = context();
    if (vmaf_frames_complete(of) > vmaf_frames_final(of)) __builtin_trap();
    vmaf_for_each_score(of, frame_from(bytes_), [](void*, const char*, double) {}, nullptr);
  }

  Bytes& bytes_;
  std::array<VmafContext*, 2> contexts_{};
  VmafModel* model_ = nullptr;
  unsigned next_frame_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  Calls calls(bytes);
  for (int i = 0; i < 40 && !bytes.empty(); ++i) calls.next();
  return 0;
}
