// A part of a clip over the C API: its frames have the scores that they have in the whole clip, and
// parts put together are the whole.
#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"
#include "tests/capi/in_flight.h"

namespace {

using visq::test::context_of;
using visq::test::flush;
using visq::test::push;

struct Close {
  void operator()(VmafContext* context) const { vmaf_close(context); }
};
using Context = std::unique_ptr<VmafContext, Close>;

// Metrics that look back and ahead, and one with a score of the clip.
Context measuring(unsigned threads = 0) {
  Context context(context_of(threads));
  VmafFeatureDictionary *window = nullptr, *sums = nullptr;
  EXPECT_EQ(vmaf_feature_dictionary_set(&window, "motion_five_frame_window", "true"), 0);
  EXPECT_EQ(vmaf_feature_dictionary_set(&window, "motion_moving_average", "true"), 0);
  EXPECT_EQ(vmaf_feature_dictionary_set(&sums, "enable_apsnr", "true"), 0);
  EXPECT_EQ(vmaf_use_feature(context.get(), "motion", window), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_use_feature(context.get(), "xpsnr", nullptr), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_use_feature(context.get(), "psnr", sums), 0) << vmaf_last_error();
  return context;
}

using Scores = std::map<std::string, double>;

Scores scores_of(VmafContext* context, unsigned frame) {
  Scores scores;
  const auto note = [](void* user, const char* name, double value) {
    (*static_cast<Scores*>(user))[name] = value;
  };
  EXPECT_EQ(vmaf_for_each_score(context, frame, note, &scores), 0) << vmaf_last_error();
  return scores;
}

Scores aggregates_of(VmafContext* context) {
  Scores scores;
  const auto note = [](void* user, const char* name, double value) {
    (*static_cast<Scores*>(user))[name] = value;
  };
  EXPECT_EQ(vmaf_for_each_aggregate(context, note, &scores), 0) << vmaf_last_error();
  return scores;
}

std::string json(VmafContext* context) {
  std::string text;
  const auto append = [](void* user, const char* part, std::size_t size) {
    static_cast<std::string*>(user)->append(part, size);
  };
  EXPECT_EQ(vmaf_output_text(context, VMAF_OUTPUT_FORMAT_JSON, append, &text), 0);
  return text.substr(text.find("\"frames\""));  // without the speed
}

constexpr unsigned kFrames = 23;

Context whole() {
  Context context = measuring();
  visq::test::push_all(context.get(), kFrames);
  flush(context.get());
  return context;
}

// What is pushed of a part is what vmaf_frames_around tells, as far as the clip has it.
Context part(VmafFrameRange range, unsigned threads) {
  Context context = measuring(threads);
  EXPECT_EQ(vmaf_set_frame_range(context.get(), range), 0) << vmaf_last_error();
  unsigned before = 0, after = 0;
  EXPECT_EQ(vmaf_frames_around(context.get(), &before, &after), 0) << vmaf_last_error();
  const unsigned first = range.first - std::min(range.first, before);
  for (unsigned i = first; i <= std::min(range.last + after, kFrames - 1); ++i)
    EXPECT_EQ(push(context.get(), i), 0) << vmaf_last_error();
  flush(context.get());
  return context;
}

TEST(CapiRange, HasTheScoresOfTheWholeClip) {
  const Context all = whole();
  for (const unsigned threads : {0u, 2u})
    for (unsigned first = 0; first < kFrames; first += 4) {
      const VmafFrameRange range{first, std::min(first + first % 5, kFrames - 1)};  // 1 to 5 frames
      const Context some = part(range, threads);
      EXPECT_EQ(vmaf_frames_done(some.get()), range.last - range.first + 1);
      for (unsigned i = 0; i < kFrames; ++i) {
        const bool counts = i >= range.first && i <= range.last;
        EXPECT_EQ(scores_of(some.get(), i), counts ? scores_of(all.get(), i) : Scores())
            << "frame " << i << " of " << range.first << " to " << range.last;
      }
    }
}

struct Kept {
  VmafContext* into;
  unsigned frame;
};

TEST(CapiRange, PartsPutTogetherAreTheWhole) {
  const Context all = whole();
  const Context together = measuring();
  for (unsigned first = 0; first < kFrames; first += 6) {
    const VmafFrameRange range{first, std::min(first + 5, kFrames - 1)};
    const Context some = part(range, 0);
    for (unsigned i = range.first; i <= range.last; ++i) {
      Kept kept{together.get(), i};
      const auto import = [](void* user, const char* name, const char*, double value) {
        const auto* to = static_cast<const Kept*>(user);
        EXPECT_EQ(vmaf_import_feature_score(to->into, name, value, to->frame), 0) << name;
      };
      EXPECT_EQ(vmaf_for_each_kept(some.get(), i, import, &kept), 0) << vmaf_last_error();
    }
  }
  ASSERT_EQ(vmaf_end_imported(together.get(), VMAF_PIX_FMT_YUV420P, 8, visq::test::kWidth,
                              visq::test::kHeight, kFrames),
            0)
      << vmaf_last_error();
  EXPECT_EQ(aggregates_of(together.get()), aggregates_of(all.get()));
  EXPECT_EQ(json(together.get()), json(all.get()));
}

// What was imported of frames beyond the end of the clip gets no score of a model.
TEST(CapiRange, ModelsScoreImportedFramesToTheEndOfTheClip) {
  const auto with_model = [] {
    Context context(context_of(0));
    EXPECT_EQ(vmaf_use_model(context.get(), "version=vmaf_v0.6.1:name=m"), 0) << vmaf_last_error();
    return context;
  };
  const Context all = with_model(), some = with_model();
  visq::test::push_all(all.get(), 3);
  flush(all.get());
  for (unsigned i = 0; i < 3; ++i)
    for (const auto& [name, value] : scores_of(all.get(), i))
      if (name != "m") {
        EXPECT_EQ(vmaf_import_feature_score(some.get(), name.c_str(), value, i), 0);
      }
  EXPECT_EQ(vmaf_end_imported(some.get(), VMAF_PIX_FMT_YUV420P, 8, 96, 64, 2), 0);
  for (unsigned i = 0; i < 3; ++i)
    EXPECT_EQ(scores_of(some.get(), i).count("m"), i < 2 ? 1u : 0u) << "frame " << i;
  EXPECT_EQ(scores_of(some.get(), 1)["m"], scores_of(all.get(), 1)["m"]);
}

TEST(CapiRange, WhatCannotBeIsRefused) {
  const Context context = measuring();
  EXPECT_EQ(vmaf_set_frame_range(nullptr, {0, 1}), -EINVAL);
  EXPECT_EQ(vmaf_set_frame_range(context.get(), {5, 4}), -EINVAL);
  EXPECT_EQ(vmaf_set_frame_range(context.get(), {0, 1u << 26}), -EINVAL);
  ASSERT_EQ(vmaf_set_frame_range(context.get(), {10, 12}), 0) << vmaf_last_error();
  EXPECT_EQ(push(context.get(), 3), -EINVAL) << "no score needs it";
  EXPECT_NE(std::string(vmaf_last_error()).find("frame 3 is not needed"), std::string::npos)
      << vmaf_last_error();
  unsigned before = 0, after = 0;
  EXPECT_EQ(vmaf_frames_around(context.get(), &before, nullptr), -EINVAL);
  ASSERT_EQ(vmaf_frames_around(context.get(), &before, &after), 0);
  ASSERT_EQ(push(context.get(), 10 - before), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_set_frame_range(context.get(), {0, 1}), -EINVAL) << "pictures were read";
  EXPECT_EQ(vmaf_end_imported(context.get(), VMAF_PIX_FMT_YUV420P, 8, 96, 64, 3), -EINVAL);
}

// Once a fuzzer waited for two minutes: each of the frames was looked for.
TEST(CapiRange, AClipThatIsTooLongToBeImportedIsRefused) {
  const Context context = measuring();
  ASSERT_EQ(vmaf_import_feature_score(context.get(), "psnr_y", 40, 0), 0);
  for (const unsigned frames : {(1u << 26) + 1, ~0u})
    EXPECT_EQ(vmaf_end_imported(context.get(), VMAF_PIX_FMT_YUV420P, 8, 96, 64, frames), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("at most 67108864 frames"), std::string::npos);
  EXPECT_EQ(vmaf_end_imported(context.get(), VMAF_PIX_FMT_YUV420P, 8, 96, 64, 1), 0);
}

}  // namespace
