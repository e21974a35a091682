#include "job/meaning.h"

#include <gtest/gtest.h>

namespace visq::job {
namespace {

constexpr VmafColorRange kNone = VMAF_COLOR_RANGE_UNSPECIFIED, kLimited = VMAF_COLOR_RANGE_LIMITED,
                         kFull = VMAF_COLOR_RANGE_FULL;

io::StreamInfo ycbcr(int matrix, VmafColorRange range, int transfer = 2) {
  io::StreamInfo info;
  info.pixel_format = VMAF_PIX_FMT_YUV420P;
  info.bits = 8;
  info.width = 64;
  info.height = 48;
  info.color = {matrix, transfer, range};
  return info;
}

io::StreamInfo jpeg() {
  io::StreamInfo info = ycbcr(5, kFull);
  info.siting = 1;
  info.range_of_kind = true;
  return info;
}

io::StreamInfo rgb(unsigned bits = 8) {
  io::StreamInfo info = ycbcr(0, kFull);
  info.pixel_format = VMAF_PIX_FMT_YUV444P;
  info.bits = bits;
  info.range_of_kind = true;
  return info;
}

io::StreamInfo gray() {
  io::StreamInfo info = ycbcr(2, kFull);
  info.pixel_format = VMAF_PIX_FMT_YUV400P;
  info.range_of_kind = true;
  return info;
}

struct Planned {
  Descriptions clips;
  Goals goals;
  std::string refusal;
};

Planned plan(const io::StreamInfo& reference, const std::vector<io::StreamInfo>& distorted,
             Job job = {}) {
  job.reference = "r";
  for (std::size_t i = 0; i < distorted.size(); ++i)
    job.distorted.push_back("d" + std::to_string(i));
  Planned planned{{reference, distorted}, {}, ""};
  complete(job, planned.clips);
  auto goals = goals_of(job, planned.clips);
  if (goals)
    planned.goals = *std::move(goals);
  else
    planned.refusal = goals.error().message;
  return planned;
}

bool stays(const Planned& planned) {
  if (!planned.refusal.empty() || planned.goals.references[0].automatic) return false;
  for (const Goal& goal : planned.goals.distorted)
    if (goal.automatic || goal.asked) return false;
  return true;
}

TEST(Meaning, OfEqualClipsNothingChanges) {
  for (const io::StreamInfo& info : {ycbcr(2, kNone), ycbcr(1, kLimited), ycbcr(9, kFull, 16),
                                     ycbcr(10, kLimited), jpeg(), rgb(), gray()})
    EXPECT_TRUE(stays(plan(info, {info, info}))) << describe(info);
  EXPECT_TRUE(stays(plan(ycbcr(5, kNone), {ycbcr(6, kLimited)}))) << "two numbers of BT.601";
  EXPECT_TRUE(stays(plan(ycbcr(2, kNone), {ycbcr(1, kLimited)})));
}

TEST(Meaning, WhatOneClipDoesNotSayIsWhatTheOtherSays) {
  const Planned planned = plan(ycbcr(2, kNone), {ycbcr(6, kFull, 16), ycbcr(2, kNone)});
  EXPECT_TRUE(stays(planned)) << planned.refusal;
  for (const io::StreamInfo* info :
       {&planned.clips.reference, &planned.clips.distorted[0], &planned.clips.distorted[1]}) {
    EXPECT_EQ(info->color.matrix, 6);
    EXPECT_EQ(info->color.range, kFull);
    EXPECT_EQ(info->color.transfer, 16);
  }
}

// Whoever made a JPEG of an untagged video has brought it to the full range that JPEG has.
TEST(Meaning, TheRangeOfAKindOfFileSaysNothingOfTheOther) {
  const Planned planned = plan(ycbcr(2, kNone), {jpeg()});
  EXPECT_EQ(planned.clips.reference.color.range, kNone);
  EXPECT_EQ(planned.clips.reference.color.matrix, 5) << "the matrix stays in such a conversion";
  EXPECT_FALSE(planned.goals.distorted[0].format.full_range);
  EXPECT_TRUE(planned.goals.distorted[0].automatic);
  EXPECT_EQ(planned.goals.distorted[0].format.siting, 1) << "chroma stays where it is";
}

TEST(Meaning, TheReferenceDecidesRangeAndMatrix) {
  const Planned planned = plan(ycbcr(1, kLimited), {ycbcr(6, kFull)});
  EXPECT_FALSE(planned.goals.references[0].automatic);
  EXPECT_EQ(planned.goals.distorted[0].format.matrix, 1);
  EXPECT_FALSE(planned.goals.distorted[0].format.full_range);
}

TEST(Meaning, RgbBecomesTheOtherClip) {
  io::StreamInfo deep = ycbcr(9, kLimited);
  deep.bits = 10;
  deep.siting = 2;
  const Planned reference = plan(rgb(), {deep, deep}), distorted = plan(deep, {rgb(), deep});
  EXPECT_EQ(reference.goals.references[0].format, io::format_of(deep)) << reference.refusal;
  EXPECT_EQ(distorted.goals.distorted[0].format, io::format_of(deep)) << distorted.refusal;
  EXPECT_TRUE(plan(rgb(), {rgb(16)}).refusal.empty());
  EXPECT_EQ(plan(rgb(), {rgb(16)}).goals.distorted[0].format.bits, 16u) << "people must choose";
  const Planned ladder = plan(rgb(), {deep, jpeg(), rgb()});
  EXPECT_EQ(ladder.goals.references[0].format, io::format_of(deep));
  EXPECT_EQ(ladder.goals.references[1].format, io::format_of(jpeg()));
  EXPECT_EQ(ladder.goals.references[2].format, io::format_of(rgb())) << "each as by itself";
}

TEST(Meaning, GrayBecomesRgbBesideRgb) {
  const Planned planned = plan(gray(), {rgb()});
  EXPECT_EQ(planned.goals.references[0].format, io::format_of(rgb()));
  EXPECT_EQ(planned.goals.distorted[0].format, io::format_of(rgb()));
  io::StreamInfo untagged = gray();
  untagged.color.range = kNone;
  untagged.range_of_kind = false;
  EXPECT_EQ(plan(untagged, {rgb()}).clips.reference.color.range, kFull);
  EXPECT_EQ(plan(ycbcr(2, kNone), {rgb()}).clips.reference.color.range, kNone);
}

TEST(Meaning, RgbStaysWhereItIsWhatWasAskedFor) {
  Job as_reference, as_444;
  as_reference.to_pixel_format = VMAF_PIX_FMT_UNKNOWN;
  as_444.to_pixel_format = VMAF_PIX_FMT_YUV444P;
  const io::StreamInfo other = ycbcr(1, kLimited);
  EXPECT_EQ(plan(rgb(), {other}, as_reference).goals.distorted[0].format, io::format_of(other));
  EXPECT_TRUE(stays(plan(rgb(), {rgb()}, as_444)));
}

TEST(Meaning, HdrBesideSdrIsRefused) {
  constexpr int kPq = 16, kHlg = 18, kSdr = 1;
  EXPECT_EQ(plan(ycbcr(9, kLimited, kPq), {ycbcr(1, kLimited, kSdr)}).refusal,
            "r is PQ and d0 is SDR: no number says how alike they look; bring both to one transfer "
            "first (ffmpeg -vf zscale), or say with --colour_ref or --colour_dist what their "
            "samples are");
  EXPECT_NE(plan(ycbcr(9, kLimited, kPq), {ycbcr(9, kLimited, kHlg)}).refusal, "");
  EXPECT_EQ(plan(ycbcr(9, kLimited, kPq), {ycbcr(9, kLimited)}).refusal, "");
  Job job;
  job.colour_distorted.transfer = kPq;
  EXPECT_EQ(plan(ycbcr(9, kLimited, kPq), {ycbcr(9, kLimited, kSdr)}, job).refusal, "");
}

TEST(Meaning, UnknownMatricesAreComparedAndNotConverted) {
  EXPECT_EQ(plan(ycbcr(14, kLimited), {ycbcr(14, kFull)}).refusal, "") << "range alone";
  EXPECT_EQ(plan(ycbcr(10, kLimited), {ycbcr(9, kLimited)}).refusal,
            "d0 has BT.2020 samples and the other clip BT.2020 with constant luminance, which "
            "cannot be converted; convert it first (ffmpeg -vf zscale), or say with --colour_ref "
            "or --colour_dist what the samples are");
  EXPECT_NE(plan(rgb(), {ycbcr(10, kLimited)}).refusal, "");
}

TEST(Meaning, GrayHasNoMatrixToConvert) {
  constexpr int kUnknown = 10;  // of H.273, and none that is converted
  EXPECT_EQ(plan(gray(), {ycbcr(kUnknown, kFull)}).refusal, "");
  EXPECT_EQ(plan(ycbcr(kUnknown, kFull), {gray()}).refusal, "");
  io::StreamInfo declared = gray();
  declared.color.matrix = kUnknown;
  EXPECT_EQ(plan(rgb(), {declared}).refusal, "");
  Job as_444;
  as_444.to_pixel_format = VMAF_PIX_FMT_YUV444P;
  EXPECT_EQ(plan(ycbcr(1, kFull), {declared}, as_444).refusal, "");
  Job as_gray;
  as_gray.to_pixel_format = VMAF_PIX_FMT_YUV400P;
  EXPECT_EQ(plan(ycbcr(kUnknown, kFull), {ycbcr(1, kFull)}, as_gray).refusal, "");
}

TEST(Meaning, TheUserKnowsBetter) {
  Job job;
  job.colour_reference = {6, std::nullopt, kFull};
  const Planned planned = plan(ycbcr(2, kNone), {ycbcr(1, kLimited)}, job);
  EXPECT_EQ(planned.clips.reference.color.matrix, 6);
  EXPECT_TRUE(planned.goals.distorted[0].format.full_range);
  EXPECT_EQ(planned.goals.distorted[0].format.matrix, 6);
}

TEST(Meaning, StrictRefusesWhatNobodyAskedFor) {
  Job job;
  job.strict = true;
  EXPECT_EQ(plan(ycbcr(1, kLimited), {ycbcr(1, kFull)}, job).refusal,
            "d0 would be converted from 64x48 4:2:0 8-bit full range to 64x48 4:2:0 8-bit limited "
            "range, which --strict refuses");
  EXPECT_NE(plan(rgb(), {ycbcr(1, kFull)}, job).refusal, "");
  EXPECT_EQ(plan(ycbcr(2, kNone), {ycbcr(1, kLimited)}, job).refusal, "");
  job.to_bits = 10;
  EXPECT_EQ(plan(ycbcr(1, kLimited), {ycbcr(1, kLimited)}, job).refusal, "") << "asked for";
}

}  // namespace
}  // namespace visq::job
