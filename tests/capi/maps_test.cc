// Maps over the C API: to a callback, to a folder, to both.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"
#include "tests/support/temp_folder.h"

namespace {

using MapOfFrame = std::pair<unsigned, std::string>;

struct Taken {
  std::map<MapOfFrame, std::vector<float>> maps;
  bool inside = false;

  static void take(void* user, const VmafMap* map) {
    auto& taken = *static_cast<Taken*>(user);
    EXPECT_FALSE(taken.inside) << "one after another";
    taken.inside = true;
    EXPECT_STREQ(map->metric, "cambi");
    taken.maps[{map->frame, map->name}].assign(map->values, map->values + map->width * map->height);
    taken.inside = false;
  }
};

class CapiMaps : public testing::Test {
 protected:
  void open(unsigned threads) {
    ASSERT_EQ(vmaf_init(&context_, {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0}), 0);
  }
  ~CapiMaps() override {
    if (context_ != nullptr) vmaf_close(context_);
  }

  int use(const char* metric, const char* option = nullptr, const std::string& value = "") {
    VmafFeatureDictionary* options = nullptr;
    if (option != nullptr) vmaf_feature_dictionary_set(&options, option, value.c_str());
    return vmaf_use_feature(context_, metric, options);
  }

  // Bands of 64 columns: cambi sees their edges.
  static VmafPicture bands(unsigned frame) {
    VmafPicture picture{};
    EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV400P, 8, 320, 216), 0);
    for (unsigned y = 0; y < picture.h[0]; ++y)
      for (unsigned x = 0; x < picture.w[0]; ++x)
        static_cast<unsigned char*>(
            picture.data[0])[static_cast<std::ptrdiff_t>(y) * picture.stride[0] + x] =
            static_cast<unsigned char>(60 + frame + x / 64);
    return picture;
  }

  void read(unsigned frames) {
    for (unsigned i = 0; i < frames; ++i) {
      VmafPicture a = bands(i), b = bands(i);
      ASSERT_EQ(vmaf_read_pictures(context_, &a, &b, i), 0) << vmaf_last_error();
    }
    ASSERT_EQ(vmaf_read_pictures(context_, nullptr, nullptr, 0), 0) << vmaf_last_error();
  }

  VmafContext* context_ = nullptr;
};

TEST_F(CapiMaps, ACallbackGetsThemWithoutAFolder) {
  for (const unsigned threads : {0u, 3u}) {
    open(threads);
    Taken taken;
    ASSERT_EQ(vmaf_set_map_callback(context_, "cambi", Taken::take, &taken), 0);
    ASSERT_EQ(use("cambi"), 0);
    read(4);
    EXPECT_EQ(taken.maps.size(), 4u * 5) << "five scales";
    const auto& finest = taken.maps.at({3, "cambi_heatmap_scale_0"});
    ASSERT_EQ(finest.size(), 320u * 216);
    EXPECT_GT(finest[100 * 320 + 64], 0) << "at the edge of a band";
    EXPECT_EQ(taken.maps.at({0, "cambi_heatmap_scale_1"}).size(), 160u * 108);
    vmaf_close(std::exchange(context_, nullptr));
  }
}

// What libvmaf's users have had as files, with the same numbers behind it.
TEST_F(CapiMaps, AFolderGetsThemToo) {
  const visq::test::TempFolder folder;
  open(2);
  Taken taken;
  ASSERT_EQ(vmaf_set_map_callback(context_, "cambi", Taken::take, &taken), 0);
  ASSERT_EQ(use("cambi", "heatmaps_path", folder.path().string()), 0) << vmaf_last_error();
  read(2);
  vmaf_close(std::exchange(context_, nullptr));  // a sequence of frames is whole then
  std::ifstream file(folder.path() / "cambi_heatmap_scale_0_320x216_16b.gray", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_EQ(bytes.size(), 2u * 320 * 216 * sizeof(std::uint16_t));
  std::vector<std::uint16_t> samples(2 * 320 * 216);
  std::memcpy(samples.data(), bytes.data(), bytes.size());
  std::size_t i = 0;
  for (const unsigned frame : {0u, 1u})
    for (const float value : taken.maps.at({frame, "cambi_heatmap_scale_0"}))
      ASSERT_EQ(samples[i++] > 0, value > 0) << frame << " " << i;
}

TEST_F(CapiMaps, IsSetBeforeTheMetricThatHasMaps) {
  open(0);
  Taken taken;
  EXPECT_EQ(vmaf_set_map_callback(context_, "cmabi", Taken::take, &taken), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("did you mean \"cambi\""), std::string::npos);
  EXPECT_EQ(vmaf_set_map_callback(context_, "psnr", Taken::take, &taken), -EINVAL);
  EXPECT_STREQ(vmaf_last_error(), "metric psnr makes no maps");
  EXPECT_EQ(vmaf_set_map_callback(context_, "cambi", nullptr, &taken), -EINVAL);
  EXPECT_EQ(vmaf_set_map_callback(nullptr, "cambi", Taken::take, &taken), -EINVAL);
  ASSERT_EQ(use("cambi"), 0);
  EXPECT_EQ(vmaf_set_map_callback(context_, "cambi", Taken::take, &taken), -EINVAL);
  EXPECT_EQ(vmaf_last_error_kind(), VMAF_ERROR_USAGE);
}

TEST_F(CapiMaps, AFolderThatCannotBeWrittenIsNoFaultOfTheMetric) {
  open(0);
  EXPECT_EQ(use("cambi", "heatmaps_path", "/dev/null/maps"), -ENOTDIR);
  EXPECT_EQ(vmaf_last_error_kind(), VMAF_ERROR_OUTPUT);
  EXPECT_STREQ(vmaf_last_error(),
               "cannot make the folder for maps /dev/null/maps: Not a directory");
  EXPECT_EQ(use("cambi", "heatmap_path", "maps"), -EINVAL);
  EXPECT_EQ(vmaf_last_error_kind(), VMAF_ERROR_USAGE);
}

}  // namespace
