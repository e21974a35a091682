// Pictures without chroma: who may bring them, and that nothing else changes.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"

namespace {

using Options = std::initializer_list<std::pair<const char*, const char*>>;

class Luma : public testing::Test {
 protected:
  void SetUp() override { context_ = context(); }
  void TearDown() override { vmaf_close(context_); }

  static VmafContext* context() {
    VmafContext* context = nullptr;
    EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
    return context;
  }
  static void use(VmafContext* context, const char* metric, Options options = {}) {
    VmafFeatureDictionary* dictionary = nullptr;
    for (const auto& [key, value] : options)
      ASSERT_EQ(vmaf_feature_dictionary_set(&dictionary, key, value), 0);
    ASSERT_EQ(vmaf_use_feature(context, metric, dictionary), 0) << vmaf_last_error();
  }
  int needs(const char* metric, Options options = {}) const {
    VmafContext* const context = Luma::context();
    use(context, metric, options);
    const int chroma = vmaf_needs_chroma(context);
    vmaf_close(context);
    return chroma;
  }

  VmafContext* context_ = nullptr;
};

class Pool {
 public:
  explicit Pool(bool luma, VmafPixelFormat format = VMAF_PIX_FMT_YUV420P) {
    EXPECT_EQ(
        (luma ? vmaf_picture_pool_open_luma : vmaf_picture_pool_open)(&pool_, format, 10, 67, 51),
        0)
        << vmaf_last_error();
  }
  ~Pool() { vmaf_picture_pool_close(pool_); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  VmafPicture fetch(unsigned seed) const {
    VmafPicture picture{};
    EXPECT_EQ(vmaf_picture_pool_fetch(pool_, &picture), 0);
    for (int plane = 0; plane < 3; ++plane)
      for (unsigned y = 0; y < picture.h[plane]; ++y)
        for (unsigned x = 0; x < picture.w[plane]; ++x)
          sample(picture, plane, x, y) = static_cast<std::uint16_t>(
              (x * (y + 3) + seed * 31 + (x * 7919u ^ y * 104729u ^ seed) % (seed + 1)) % 1024);
    return picture;
  }

 private:
  static std::uint16_t& sample(const VmafPicture& picture, int plane, unsigned x, unsigned y) {
    auto* const row = static_cast<char*>(picture.data[plane]) +
                      static_cast<std::ptrdiff_t>(y) * picture.stride[plane];
    return reinterpret_cast<std::uint16_t*>(row)[x];
  }
  VmafPicturePool* pool_ = nullptr;
};

TEST_F(Luma, ChromaIsNeededWhereAMetricReadsIt) {
  EXPECT_EQ(vmaf_needs_chroma(nullptr), -EINVAL);
  EXPECT_EQ(vmaf_needs_chroma(context_), 0) << "nothing is read at all";
  for (const char* metric :
       {"vif", "adm", "motion", "float_vif", "float_adm", "float_motion", "float_ssim",
        "float_ms_ssim", "float_psnr", "float_moment", "float_ansnr", "cambi", "speed_temporal"})
    EXPECT_EQ(needs(metric), 0) << metric;
  for (const char* metric : {"psnr", "psnr_hvs", "ciede", "speed_chroma", "ssimulacra2"})
    EXPECT_EQ(needs(metric), 1) << metric;
  EXPECT_EQ(needs("psnr", {{"enable_chroma", "false"}}), 0);
  EXPECT_EQ(needs("float_motion", {{"motion_add_uv", "true"}}), 1);
  use(context_, "vif");
  use(context_, "psnr");
  use(context_, "adm");
  EXPECT_EQ(vmaf_needs_chroma(context_), 1) << "one of them is enough";
}

TEST_F(Luma, TheDistortedClipIsNeededUnlessAllIsOfTheReference) {
  EXPECT_EQ(vmaf_needs_distorted(nullptr), -EINVAL);
  for (const char* metric : {"motion", "float_motion"}) use(context_, metric);
  EXPECT_EQ(vmaf_needs_distorted(context_), 0);
  use(context_, "float_moment");
  EXPECT_EQ(vmaf_needs_distorted(context_), 1) << "one of them is enough";
}

TEST_F(Luma, AContextSaysWhatNeedsAReference) {
  const char* name = "left as it was";
  EXPECT_EQ(vmaf_needs_reference(nullptr, &name), -EINVAL);
  EXPECT_EQ(name, nullptr);
  EXPECT_EQ(vmaf_needs_reference(context_, nullptr), 0) << "nothing is to be scored";
  use(context_, "cambi");
  EXPECT_EQ(vmaf_needs_reference(context_, &name), 0);
  EXPECT_EQ(name, nullptr);
  use(context_, "motion");
  use(context_, "psnr");
  EXPECT_EQ(vmaf_needs_reference(context_, &name), 1);
  EXPECT_STREQ(name, "motion") << "the first";
  VmafContext* const other = context();
  use(other, "cambi", {{"full_ref", "true"}});
  EXPECT_EQ(vmaf_needs_reference(other, &name), 1) << "with this option";
  EXPECT_STREQ(name, "cambi");
  vmaf_close(other);
}

std::vector<double> scores(VmafContext* context, bool luma) {
  const Pool pool(luma);
  for (unsigned i = 0; i < 4; ++i) {
    VmafPicture reference = pool.fetch(i), distorted = pool.fetch(i + 9);
    EXPECT_EQ(reference.pix_fmt, VMAF_PIX_FMT_YUV420P);
    EXPECT_EQ(reference.w[1], luma ? 0u : 34u);
    EXPECT_EQ(reference.data[2] == nullptr, luma);
    EXPECT_EQ(vmaf_read_pictures(context, &reference, &distorted, i), 0) << vmaf_last_error();
  }
  EXPECT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
  std::vector<double> all;
  vmaf_for_each_pooled(
      context,
      [](void* user, const VmafPooledScore* s) {
        static_cast<std::vector<double>*>(user)->insert(
            static_cast<std::vector<double>*>(user)->end(), {s->min, s->max, s->mean});
      },
      &all);
  return all;
}

TEST_F(Luma, ScoresAreThoseOfWholePictures) {
  VmafContext* const whole = context();
  for (VmafContext* const context : {context_, whole})
    for (const char* metric : {"vif", "adm", "motion", "float_motion", "float_ssim"})
      use(context, metric);
  const std::vector<double> expected = scores(whole, false);
  EXPECT_GT(expected.size(), 20u);
  EXPECT_EQ(scores(context_, true), expected);
  vmaf_close(whole);
}

TEST_F(Luma, PicturesThatLackWhatIsReadAreRefused) {
  use(context_, "ciede");
  const Pool luma(true), whole(false);
  VmafPicture reference = luma.fetch(0), distorted = luma.fetch(1);
  EXPECT_EQ(vmaf_read_pictures(context_, &reference, &distorted, 0), -EINVAL);
  EXPECT_STREQ(vmaf_last_error(), "frame 0 has no chroma, which metric ciede reads");
  reference = whole.fetch(0), distorted = luma.fetch(1);
  EXPECT_EQ(vmaf_read_pictures(context_, &reference, &distorted, 0), -EINVAL);
  reference = whole.fetch(0), distorted = whole.fetch(1);
  EXPECT_EQ(vmaf_read_pictures(context_, &reference, &distorted, 0), 0) << "the context goes on";
}

TEST_F(Luma, PicturesOfRgbAreWhole) {
  const Pool luma(true, VMAF_PIX_FMT_YUV444P), whole(false, VMAF_PIX_FMT_YUV444P);
  VmafPicture picture = luma.fetch(0), rgb = whole.fetch(0);
  EXPECT_EQ(vmaf_picture_set_color(&picture, {0, 2, VMAF_COLOR_RANGE_FULL}), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("luma only"), std::string::npos);
  EXPECT_EQ(vmaf_picture_set_color(&picture, {9, 2, VMAF_COLOR_RANGE_FULL}), 0);
  EXPECT_EQ(vmaf_picture_set_color(&rgb, {0, 2, VMAF_COLOR_RANGE_FULL}), 0);
  vmaf_picture_unref(&picture);
  vmaf_picture_unref(&rgb);
  VmafPicturePool* none = nullptr;
  EXPECT_EQ(vmaf_picture_pool_open_luma(nullptr, VMAF_PIX_FMT_YUV420P, 8, 16, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_pool_open_luma(&none, VMAF_PIX_FMT_UNKNOWN, 8, 16, 16), -EINVAL);
}

}  // namespace
