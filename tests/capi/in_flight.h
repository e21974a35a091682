// Pictures, models and contexts for tests of what happens while frames are in flight.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"
#include "tests/support/temp_folder.h"

namespace visq::test {

constexpr unsigned kWidth = 96, kHeight = 64;

// A texture that moves, and a copy whose samples are off by up to `index % 7 + 2`.
inline void fill(VmafPicture* picture, unsigned index, bool copy) {
  for (int plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture->h[plane]; ++y) {
      auto* row = static_cast<std::uint8_t*>(picture->data[plane]) +
                  static_cast<std::ptrdiff_t>(y) * picture->stride[plane];
      for (unsigned x = 0; x < picture->w[plane]; ++x) {
        const std::uint32_t noise = (x * 2654435761u ^ y * 2246822519u ^ index * 3266489917u) >> 13;
        row[x] = static_cast<std::uint8_t>(60 + ((x + 2 * index) * (y + 3) % 97) +
                                           (copy ? noise % (index % 7 + 2) : 0));
      }
    }
}

inline VmafPicture picture(unsigned index, bool copy) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 8, kWidth, kHeight), 0);
  fill(&picture, index, copy);
  return picture;
}

inline int push(VmafContext* context, unsigned index) {
  VmafPicture reference = picture(index, false), distorted = picture(index, true);
  return vmaf_read_pictures(context, &reference, &distorted, index);
}

inline void push_all(VmafContext* context, unsigned frames) {
  for (unsigned i = 0; i < frames; ++i) ASSERT_EQ(push(context, i), 0) << vmaf_last_error();
}

inline void flush(VmafContext* context) {
  ASSERT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0) << vmaf_last_error();
}

inline VmafContext* context_of(unsigned threads, unsigned subsample = 0) {
  VmafContext* context = nullptr;
  EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, threads, subsample, 0, 0}), 0);
  return context;
}

// A model of one feature that needs the next frame and one that does not. `weight` tells models
// apart.
inline std::string model_json(double weight) {
  std::ostringstream json;
  json << R"({"model_dict": {"model_type": "LIBSVMNUSVR", "norm_type": "none", "feature_names":)"
       << R"( ["VMAF_integer_feature_motion2_score", "VMAF_integer_feature_vif_scale0_score"],)"
       << R"( "model": "svm_type nu_svr\nkernel_type rbf\ngamma 0.1\nnr_class 2\n)"
       << R"(total_sv 2\nrho -1\nSV\n)" << weight << R"( 1:1 2:0.5 \n-2 2:1 \n"}})";
  return json.str();
}

class InFlight : public InTempFolder {
 protected:
  void SetUp() override {
    write("model.json", model_json(3));
    write("other.json", model_json(4));
    write("collection.json", R"({"0": )" + model_json(3) + R"(, "1": )" + model_json(2) +
                                 R"(, "2": )" + model_json(5) + R"(, "3": )" + model_json(3.5) +
                                 "}");
  }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  VmafModel* load(const std::string& name = "model.json", const char* as = "m") {
    VmafModel* model = nullptr;
    VmafModelConfig config{as, VMAF_MODEL_FLAGS_DEFAULT};
    EXPECT_EQ(vmaf_model_load_from_path(&model, &config, file(name).c_str()), 0)
        << vmaf_last_error();
    return model;
  }

  // The scores of a run in one thread, read when it is over.
  std::vector<double> expected(unsigned frames) {
    VmafContext* context = context_of(0);
    VmafModel* model = load();
    EXPECT_EQ(vmaf_use_features_from_model(context, model), 0) << vmaf_last_error();
    push_all(context, frames);
    flush(context);
    std::vector<double> scores(frames);
    for (unsigned i = 0; i < frames; ++i)
      EXPECT_EQ(vmaf_score_at_index(context, model, &scores[i], i), 0) << vmaf_last_error();
    vmaf_model_destroy(model);
    vmaf_close(context);
    return scores;
  }

  static double mean(const std::vector<double>& scores, std::size_t count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += scores[i];
    return sum / static_cast<double>(count);
  }
};

}  // namespace visq::test
