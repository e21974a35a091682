#include "job/match.h"

#include <gtest/gtest.h>

#include "io/planar.h"

namespace visq::job {
namespace {

// A clip of one frame that no file has: its format is what the tests are about.
class Made final : public io::VideoReader {
 public:
  explicit Made(io::StreamInfo info) : info_(std::move(info)) {}
  const io::StreamInfo& info() const override { return info_; }
  void read_luma_only() override {}
  Result<bool> read(VmafPicture* picture) override {
    if (done_) return false;
    VISQ_TRY(pictures_.allocate(info_, picture));
    done_ = true;
    return true;
  }

 private:
  io::StreamInfo info_;
  io::PictureSource pictures_;
  bool done_ = false;
};

io::StreamInfo format(unsigned width, unsigned height, unsigned bits = 8,
                      VmafPixelFormat chroma = VMAF_PIX_FMT_YUV420P) {
  io::StreamInfo info;
  info.width = width;
  info.height = height;
  info.bits = bits;
  info.pixel_format = chroma;
  return info;
}

io::StreamInfo rgb(unsigned width, unsigned height) {
  io::StreamInfo info = format(width, height, 8, VMAF_PIX_FMT_YUV444P);
  info.color.matrix = 0;
  return info;
}

io::StreamInfo timed(int frames, int seconds) {
  io::StreamInfo info = format(64, 48);
  info.rate = {frames, seconds};
  return info;
}

io::StreamInfo with_transfer(int transfer) {
  io::StreamInfo info = format(64, 48, 10);
  info.color.transfer = transfer;
  return info;
}

// The reference is "r", the clips are "d0", "d1", ...
struct Clips {
  Job job;
  Readers readers;
};

Clips clips(const io::StreamInfo& reference, const std::vector<io::StreamInfo>& distorted) {
  Clips made;
  made.job.reference = "r";
  made.readers.reference = std::make_unique<Made>(reference);
  for (const io::StreamInfo& info : distorted) {
    made.job.distorted.push_back("d" + std::to_string(made.job.distorted.size()));
    made.readers.distorted.push_back(std::make_unique<Made>(info));
  }
  return made;
}

// The sentence of the error, which has to be one of the input.
std::string refusal(Clips& made) {
  const Status status = match(made.job, {}, made.readers);
  if (status) return "";
  EXPECT_EQ(status.error().kind, ErrorKind::input);
  return status.error().message;
}

std::vector<std::string> formats(const Clips& made) {
  std::vector<std::string> list{describe(made.readers.reference->info())};
  for (const Reader& reader : made.readers.distorted) list.push_back(describe(reader->info()));
  return list;
}

using Texts = std::vector<std::string>;

TEST(Match, LeavesEqualClipsAsTheyAre) {
  Clips made = clips(format(64, 48), {format(64, 48), format(64, 48)});
  const io::VideoReader* const before = made.readers.reference.get();
  made.job.scale.mode = ScaleTo::largest;
  made.job.to_pixel_format = VMAF_PIX_FMT_UNKNOWN;
  made.job.to_bits = 8;
  made.job.common_depth = true;
  EXPECT_EQ(refusal(made), "");
  EXPECT_EQ(made.readers.reference.get(), before) << "nothing stands between";
  EXPECT_EQ(made.readers.distorted[1]->info().converted_from, "");
}

TEST(Match, ClipsWithoutAReferenceMayDiffer) {
  Clips made = clips(format(64, 48), {format(64, 48), format(32, 20, 10)});
  made.readers.reference = nullptr;
  made.job.reference.clear();
  EXPECT_EQ(refusal(made), "");
  EXPECT_EQ(describe(made.readers.distorted[1]->info()), "32x20 4:2:0 10-bit");
}

TEST(Match, TheLargestSizeIsThatOfTheLargestArea) {
  Clips made = clips(format(64, 48), {format(48, 64), format(80, 40), format(100, 20)});
  made.job.scale.mode = ScaleTo::largest;
  EXPECT_EQ(refusal(made), "");
  EXPECT_EQ(formats(made), Texts(4, "80x40 4:2:0 8-bit")) << "3200 pixels, of 3072 and 2000";
  EXPECT_EQ(made.readers.distorted[1]->info().converted_from, "");
  EXPECT_EQ(made.readers.distorted[2]->info().converted_from, "100x20 4:2:0 8-bit");
}

TEST(Match, OtherSizesAreThoseThatAreNamed) {
  Clips to_reference = clips(format(64, 48), {format(80, 40), format(32, 24)});
  to_reference.job.scale.mode = ScaleTo::reference;
  EXPECT_EQ(refusal(to_reference), "");
  EXPECT_EQ(formats(to_reference), Texts(3, "64x48 4:2:0 8-bit"));
  Clips to_distorted = clips(format(64, 48), {format(32, 24), format(32, 24)});
  to_distorted.job.scale.mode = ScaleTo::distorted;
  EXPECT_EQ(refusal(to_distorted), "");
  EXPECT_EQ(formats(to_distorted), Texts(3, "32x24 4:2:0 8-bit"));
  Clips to_size = clips(format(64, 48), {format(32, 24)});
  to_size.job.scale = {ScaleTo::size, 50, 30};
  EXPECT_EQ(refusal(to_size), "");
  EXPECT_EQ(formats(to_size), Texts(2, "50x30 4:2:0 8-bit"));
}

TEST(Match, SeveralSizesOfTheDistortedClipsAreNoOneSize) {
  Clips made = clips(format(64, 48), {format(32, 24), format(24, 32)});
  made.job.scale.mode = ScaleTo::distorted;
  EXPECT_EQ(refusal(made),
            "--scale distorted: the distorted videos have several sizes; name one as --scale WxH");
  made.job.spelling = Spelling::python;
  EXPECT_EQ(refusal(made),
            "scale=\"distorted\": the distorted videos have several sizes; name one as "
            "scale=\"WxH\"");
}

TEST(Match, ChromaIsTheReferencesOrTheNamedOne) {
  const io::StreamInfo full = format(64, 48, 8, VMAF_PIX_FMT_YUV444P);
  Clips same = clips(format(64, 48, 8, VMAF_PIX_FMT_YUV422P), {full, format(64, 48)});
  same.job.to_pixel_format = VMAF_PIX_FMT_UNKNOWN;
  EXPECT_EQ(refusal(same), "");
  EXPECT_EQ(formats(same), Texts(3, "64x48 4:2:2 8-bit"));
  Clips named = clips(full, {format(64, 48)});
  named.job.to_pixel_format = VMAF_PIX_FMT_YUV420P;
  EXPECT_EQ(refusal(named), "");
  EXPECT_EQ(formats(named), Texts(2, "64x48 4:2:0 8-bit"));
}

TEST(Match, DepthsAreTheLargestOrTheNamedOne) {
  Clips common = clips(format(64, 48), {format(64, 48, 10), format(64, 48, 12)});
  common.job.common_depth = true;
  EXPECT_EQ(refusal(common), "");
  EXPECT_EQ(formats(common), Texts(3, "64x48 4:2:0 12-bit"));
  EXPECT_EQ(common.readers.reference->info().converted_from, "64x48 4:2:0 8-bit");
  Clips named = clips(format(64, 48), {format(64, 48, 12)});
  named.job.to_bits = 10;
  EXPECT_EQ(refusal(named), "");
  EXPECT_EQ(formats(named), Texts(2, "64x48 4:2:0 10-bit"));
  Clips odd = clips(format(64, 48), {format(64, 48, 10)});
  odd.job.to_bits = 11;
  EXPECT_EQ(refusal(odd), "");
  EXPECT_EQ(formats(odd), Texts(2, "64x48 4:2:0 11-bit"));
}

TEST(Match, TheSentenceNamesWhatStillDiffers) {
  Clips made = clips(format(64, 48), {format(32, 24, 10, VMAF_PIX_FMT_YUV444P)});
  EXPECT_EQ(refusal(made),
            "r is 64x48 4:2:0 8-bit and d0 is 32x24 4:4:4 10-bit: size, chroma format and depth "
            "must be the same; add --scale auto --to_pixel_format auto --to_bitdepth auto to "
            "convert");
  made.job.scale.mode = ScaleTo::reference;
  made.job.common_depth = true;
  EXPECT_EQ(refusal(made),
            "r is 64x48 4:2:0 8-bit and d0 is 32x24 4:4:4 10-bit: size, chroma format and depth "
            "must be the same; add --to_pixel_format auto to convert")
      << "the clips as their files have them";
}

TEST(Match, OneOfSeveralThatDiffersIsLeftOut) {
  Clips made = clips(format(64, 48), {format(64, 48), format(64, 48, 10), format(64, 48)});
  EXPECT_EQ(refusal(made), "");
  EXPECT_TRUE(made.readers.problem_of(0) && made.readers.problem_of(2));
  ASSERT_FALSE(made.readers.problem_of(1));
  EXPECT_EQ(made.readers.problem_of(1).error().message,
            "r is 64x48 4:2:0 8-bit and d1 is 64x48 4:2:0 10-bit: size, chroma format and depth "
            "must be the same; add --to_bitdepth auto to convert");
  VmafPicture picture{};
  EXPECT_FALSE(made.readers.distorted[1]->read(&picture).value()) << "it has no frame";
}

TEST(Match, RgbBecomesWhatTheOtherClipIs) {
  Clips sized = clips(rgb(64, 48), {rgb(32, 24)});
  sized.job.scale.mode = ScaleTo::largest;
  EXPECT_EQ(refusal(sized), "");
  EXPECT_EQ(formats(sized), Texts(2, "64x48 4:4:4 RGB 8-bit"));
  Clips still = clips(rgb(64, 48), {format(64, 48)});
  EXPECT_EQ(refusal(still), "");
  EXPECT_EQ(formats(still), Texts(2, "64x48 4:2:0 8-bit"));
  EXPECT_EQ(still.readers.reference->info().converted_from, "64x48 4:4:4 RGB 8-bit");
  EXPECT_EQ(still.readers.reference->info().converted_to,
            "64x48 4:2:0 8-bit BT.709 (assumed) limited range");
  EXPECT_EQ(still.readers.distorted[0]->info().converted_from, "");
  Clips chroma = clips(rgb(64, 48), {rgb(64, 48)});
  chroma.job.to_pixel_format = VMAF_PIX_FMT_YUV420P;
  EXPECT_EQ(refusal(chroma), "");
  EXPECT_EQ(formats(chroma), Texts(2, "64x48 4:2:0 8-bit"));
}

TEST(Remarks, AreMadeOfFrameRatesThatDiffer) {
  const Clips made = clips(timed(25, 1), {timed(50, 1), timed(25000, 1000), timed(0, 1)});
  EXPECT_EQ(remarks(made.job, made.readers),
            Texts{"r has 25 frames a second and d0 has 50: frames are compared one by one, "
                  "whatever their times"})
      << "the second has the same, that of the third is unknown";
}

TEST(Remarks, AreMadeOfARateOtherThanTheToldOne) {
  Clips made = clips(timed(30, 1), {timed(30, 1)});
  made.job.frame_rate = {25, 1};
  made.job.spelling = Spelling::python;
  EXPECT_EQ(remarks(made.job, made.readers),
            (Texts{"r has 30 frames a second, and frame_rate says 25",
                   "d0 has 30 frames a second, and frame_rate says 25"}));
  made.job.frame_rate = {30000, 1000};
  EXPECT_TRUE(remarks(made.job, made.readers).empty());
}

TEST(Remarks, AreMadeOfHdr) {
  constexpr int kPq = 16;  // of H.273
  const std::string scored =
      ": its code values are scored as they are, and VMAF's models were trained on SDR";
  const Clips alike = clips(with_transfer(kPq), {with_transfer(kPq)});
  EXPECT_EQ(remarks(alike.job, alike.readers),
            (Texts{"r is HDR (PQ)" + scored, "d0 is HDR (PQ)" + scored}));
}

TEST(Remarks, AreMadeOfEachClipWithoutAReference) {
  io::StreamInfo lossy = format(64, 48);
  lossy.transparent = lossy.colour_profile = true;
  Clips made = clips(format(64, 48), {timed(25, 1), lossy, timed(50, 1)});
  made.readers.reference = nullptr;
  EXPECT_EQ(remarks(made.job, made.readers),
            (Texts{"d1 is transparent in places and is scored as if it were opaque: put it over a "
                   "background first (ffmpeg -filter_complex overlay)",
                   "d1 has a colour profile (ICC) other than sRGB's, which is not applied: convert "
                   "it to sRGB first"}));
}

}  // namespace
}  // namespace visq::job
