// Pictures over the caller's own memory: planes that end where their memory ends, so that a metric
// which reads one byte too many ends the test.
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvmaf/visq.h"
#include "tests/support/shared.h"

namespace {

enum class Guard { after, before };

// Memory with an unreadable page right after or right before it.
class GuardedBytes {
 public:
  GuardedBytes(std::size_t size, Guard guard) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t pages = (size + page - 1) / page;
    total_ = (pages + 1) * page;
    base_ = static_cast<std::byte*>(
        ::mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(guard == Guard::after ? base_ + pages * page : base_, page, PROT_NONE);
    data_ = guard == Guard::after ? base_ + pages * page - size : base_ + page;
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { ::munmap(base_, total_); }
  std::byte* data() { return data_; }

 private:
  std::byte* base_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t total_ = 0;
};

struct Format {
  VmafPixelFormat pixel_format;
  unsigned bits, width, height;
};

unsigned sample_at(const Format& format, unsigned x, unsigned y, unsigned seed) {
  const unsigned wave = (x * 7 + y * 3 + (x * y) / 16 + seed * 5) % 200 + 20;
  return wave << (format.bits - 8);
}

void fill(VmafPicture& picture, const Format& format, unsigned seed) {
  for (unsigned plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture.h[plane]; ++y)
      for (unsigned x = 0; x < picture.w[plane]; ++x) {
        auto* row = static_cast<std::byte*>(picture.data[plane]) +
                    static_cast<std::ptrdiff_t>(y) * picture.stride[plane];
        const unsigned value = sample_at(format, x, y, seed + plane);
        if (format.bits == 8)
          reinterpret_cast<std::uint8_t*>(row)[x] = static_cast<std::uint8_t>(value);
        else
          reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value);
      }
}

VmafPicture allocated(const Format& format, unsigned seed) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc_full_chroma(&picture, format.pixel_format, format.bits, format.width,
                                           format.height),
            0);
  fill(picture, format, seed);
  return picture;
}

// What one wrapped picture owns; counts its releases.
struct Owner {
  std::vector<std::unique_ptr<GuardedBytes>> planes;
  std::atomic<int>* released = nullptr;
};

void release(void* user) {
  const std::unique_ptr<Owner> owner(static_cast<Owner*>(user));
  ++*owner->released;
}

VmafPicture wrapped(const Format& format, unsigned seed, Guard guard, std::atomic<int>& released) {
  VmafPicture sizes = allocated(format, seed), picture{};
  auto owner = std::make_unique<Owner>();
  owner->released = &released;
  picture.pix_fmt = format.pixel_format;
  picture.bpc = format.bits;
  picture.w[0] = format.width;
  picture.h[0] = format.height;
  for (int plane = 0; plane < 3 && sizes.h[plane] > 0; ++plane) {
    picture.stride[plane] = static_cast<std::ptrdiff_t>(sizes.w[plane] * (format.bits > 8 ? 2 : 1));
    owner->planes.push_back(std::make_unique<GuardedBytes>(
        static_cast<std::size_t>(picture.stride[plane]) * sizes.h[plane], guard));
    picture.data[plane] = owner->planes.back()->data();
  }
  vmaf_picture_unref(&sizes);
  EXPECT_EQ(vmaf_picture_wrap(&picture, release, owner.get()), 0) << vmaf_last_error();
  owner.release();
  fill(picture, format, seed);
  return picture;
}

// The scores of three frames, by name and frame; empty when the metric cannot run here.
template <typename MakePicture>
std::map<std::string, double> scores(const char* metric, unsigned threads, MakePicture&& make) {
  VmafContext* context = nullptr;
  EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0}), 0);
  VmafFeatureDictionary* options = nullptr;
  if (std::string(metric) == "lpips" && visq::test::shared_folder())
    vmaf_feature_dictionary_set(
        &options, "model_path",
        (*visq::test::shared_folder() / "models/tiny/lpips_sq.onnx").c_str());
  std::map<std::string, double> values;
  if (vmaf_use_feature(context, metric, options) == 0) {
    for (unsigned frame = 0; frame < 3; ++frame) {
      VmafPicture reference = make(frame), distorted = make(frame + 40);
      if (vmaf_read_pictures(context, &reference, &distorted, frame) != 0) break;
    }
    vmaf_read_pictures(context, nullptr, nullptr, 0);
  }
  for (unsigned frame = 0; frame < 3; ++frame) {
    std::pair<unsigned, std::map<std::string, double>*> at{frame, &values};
    vmaf_for_each_score(
        context, frame,
        [](void* user, const char* name, double value) {
          auto& [index, all] = *static_cast<decltype(at)*>(user);
          (*all)[std::to_string(index) + name] = value;
        },
        &at);
  }
  vmaf_close(context);
  return values;
}

class Wrap : public testing::TestWithParam<Format> {};

TEST_P(Wrap, EveryMetricReadsTheSamplesAndNothingElse) {
  const Format format = GetParam();
  std::atomic<int> released = 0;
  int scored = 0;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i) {
    const auto expected =
        scores(metric->name, 0, [&](unsigned seed) { return allocated(format, seed); });
    for (const Guard guard : {Guard::after, Guard::before})
      EXPECT_EQ(scores(metric->name, 2,
                       [&](unsigned seed) { return wrapped(format, seed, guard, released); }),
                expected)
          << metric->name;
    scored += expected.empty() ? 0 : 1;
  }
  EXPECT_GE(scored, 9) << "metrics that scored";
  EXPECT_GE(released, scored * 12) << "every wrapped picture is given back";
}

INSTANTIATE_TEST_SUITE_P(Formats, Wrap,
                         testing::Values(Format{VMAF_PIX_FMT_YUV420P, 8, 193, 161},
                                         Format{VMAF_PIX_FMT_YUV422P, 10, 181, 177},
                                         Format{VMAF_PIX_FMT_YUV444P, 8, 227, 165},
                                         Format{VMAF_PIX_FMT_YUV444P, 16, 176, 176},
                                         Format{VMAF_PIX_FMT_YUV400P, 8, 207, 163},
                                         Format{VMAF_PIX_FMT_YUV420P, 12, 200, 166}));

TEST(WrapRefuses, WhatIsNoPicture) {
  std::atomic<int> released = 0;
  std::uint16_t samples[64] = {};
  VmafPicture good{};
  good.pix_fmt = VMAF_PIX_FMT_YUV400P;
  good.bpc = 10;
  good.w[0] = good.h[0] = 8;
  good.stride[0] = 16;
  good.data[0] = samples;
  const auto refused = [&](auto&& spoil) {
    VmafPicture bad = good;
    spoil(bad);
    return vmaf_picture_wrap(
               &bad, [](void* user) { ++*static_cast<std::atomic<int>*>(user); }, &released) ==
               -EINVAL &&
           vmaf_last_error()[0] != '\0';
  };
  EXPECT_TRUE(refused([](VmafPicture& p) { p.stride[0] = 14; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.stride[0] = -16; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.stride[0] = 17; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.data[0] = nullptr; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.data[0] = static_cast<char*>(p.data[0]) + 1; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.bpc = 17; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.bpc = 7; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.w[0] = 0; }));
  EXPECT_TRUE(refused([](VmafPicture& p) { p.pix_fmt = VMAF_PIX_FMT_YUV420P; }));
  EXPECT_EQ(vmaf_picture_wrap(&good, nullptr, nullptr), -EINVAL);
  EXPECT_EQ(released, 0);
  ASSERT_EQ(vmaf_picture_wrap(
                &good, [](void* user) { ++*static_cast<std::atomic<int>*>(user); }, &released),
            0);
  VmafPicture second{};
  ASSERT_EQ(vmaf_picture_ref(&second, &good), 0);
  vmaf_picture_unref(&good);
  EXPECT_EQ(released, 0);
  vmaf_picture_unref(&second);
  EXPECT_EQ(released, 1);
}

TEST(FramesFinal, FollowsTheLookahead) {
  VmafContext* context = nullptr;
  ASSERT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, 0, 0, 0, 0}), 0);
  ASSERT_EQ(vmaf_use_feature(context, "motion", nullptr), 0);
  const Format format{VMAF_PIX_FMT_YUV420P, 8, 64, 64};
  std::vector<unsigned> final;
  for (unsigned frame = 0; frame < 3; ++frame) {
    VmafPicture reference = allocated(format, frame), distorted = allocated(format, frame + 9);
    ASSERT_EQ(vmaf_read_pictures(context, &reference, &distorted, frame), 0);
    final.push_back(vmaf_frames_final(context));
  }
  EXPECT_EQ(final, (std::vector<unsigned>{0, 1, 2}));  // motion2 of a frame needs the next one
  ASSERT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
  EXPECT_EQ(vmaf_frames_final(context), 3u);
  vmaf_close(context);
}

}  // namespace
