#include "job/open.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

class OpenClips : public test::InTempFolder {
 protected:
  // Gray frames of 4x2 samples; frame i has the code `first` + i.
  std::string clip(const std::string& name, int frames, int first) const {
    std::string content = "YUV4MPEG2 W4 H2 F25:1 Cmono\n";
    for (int i = 0; i < frames; ++i)
      content += "FRAME\n" + std::string(8, static_cast<char>(first + i));
    return write(name, content);
  }
  Job job(int frames = 5) const {
    Job job;
    job.reference = clip("r.y4m", frames, 10);
    job.distorted = {clip("a.y4m", frames, 50), clip("b.y4m", frames, 90)};
    return job;
  }
};

// The code of the next frame, -1 at the end.
int next(const Reader& reader) {
  VmafPicture picture{};
  const auto more = reader->read(&picture);
  EXPECT_TRUE(more) << more.error().message;
  if (!more || !*more) return -1;
  const int code = *static_cast<const unsigned char*>(picture.data[0]);
  vmaf_picture_unref(&picture);
  return code;
}

TEST_F(OpenClips, BeginAtTheFramesToCompare) {
  Job skipping = job();
  skipping.skip_reference = 1;
  skipping.skip_distorted = 2;
  skipping.synchrony = {3, {0, 1}};
  const auto readers = open_readers(skipping, {});
  ASSERT_TRUE(readers) << readers.error().message;
  EXPECT_EQ(next(readers->reference), 10 + 1 + 3);
  EXPECT_EQ(next(readers->distorted[0]), 50 + 2);
  EXPECT_EQ(next(readers->distorted[1]), 90 + 2 + 1);
  EXPECT_EQ(next(readers->reference), -1);
}

TEST_F(OpenClips, MaySkipAllFramesButNoMore) {
  Job skipping = job(3);
  skipping.skip_distorted = 3;
  const auto all = open_readers(skipping, {});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(next(all->distorted[0]), -1);
  skipping.skip_distorted = 4;
  const auto more = open_readers(skipping, {});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().kind, ErrorKind::input);
  EXPECT_EQ(more.error().message,
            skipping.distorted[0] + " has 3 frames, and the first 4 are to be skipped");
  skipping.skip_reference = 7;
  EXPECT_EQ(open_readers(skipping, {}).error().message,
            skipping.reference + " has 3 frames, and the first 7 are to be skipped");
}

TEST_F(OpenClips, SkipNoFurtherWhenTheyAreStopped) {
  Job skipping = job(3);
  skipping.skip_reference = 100;
  std::stop_source stop;
  stop.request_stop();
  const auto readers = open_readers(skipping, stop.get_token());
  ASSERT_TRUE(readers) << readers.error().message;
  EXPECT_EQ(next(readers->reference), 10);
}

TEST_F(OpenClips, OnesThatAreCutWhereTheyAreSkippedAreErrorsOfInput) {
  Job cut = job();
  cut.distorted = {write("cut.y4m", "YUV4MPEG2 W4 H2 Cmono\nFRAME\n12345678FRAME\n123")};
  cut.skip_distorted = 2;
  const auto readers = open_readers(cut, {});
  ASSERT_FALSE(readers);
  EXPECT_EQ(readers.error().kind, ErrorKind::input);
  EXPECT_EQ(readers.error().message, cut.distorted[0] + ": frame 1 is truncated: 3 of 8 bytes");
}

TEST_F(OpenClips, RawOnesHaveTheFormatOfTheJob) {
  Job raw;
  raw.distorted = {write("raw.yuv", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c")};
  raw.raw = io::RawFormat{2, 2, VMAF_PIX_FMT_YUV420P, 8, {30, 1}};
  const auto readers = open_readers(raw, {});
  ASSERT_TRUE(readers) << readers.error().message;
  EXPECT_EQ(readers->reference, nullptr);
  const io::StreamInfo& info = readers->distorted[0]->info();
  EXPECT_EQ(info.frames, 2u);
  EXPECT_EQ(info.rate.per_second(), 30);
  EXPECT_EQ(next(readers->distorted[0]), 1);
  EXPECT_EQ(next(readers->distorted[0]), 7) << "six bytes a frame";
}

TEST_F(OpenClips, AMissingFileIsNamed) {
  Job missing = job();
  missing.distorted[1] = "nowhere.y4m";
  auto readers = open_readers(missing, {});
  ASSERT_TRUE(readers) << "the other clip is there";
  EXPECT_TRUE(readers->problem_of(0));
  ASSERT_FALSE(readers->problem_of(1));
  missing.distorted = {"nowhere.y4m", "nor here.y4m"};
  for (; !missing.distorted.empty(); missing.distorted.pop_back()) {
    readers = open_readers(missing, {});
    ASSERT_FALSE(readers);
    EXPECT_EQ(readers.error().kind, ErrorKind::input);
    EXPECT_EQ(readers.error().message, "there is no file nowhere.y4m");
  }
}

TEST_F(OpenClips, PipesGiveTheirFramesOnce) {
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Job piped = job();
  EXPECT_TRUE(check_files(piped, "it is read twice"));
  piped.distorted[1] = folder_.string();
  EXPECT_TRUE(check_files(piped, "it is read twice")) << "what a folder is, opening it says";
  piped.distorted[1] = pipe;
  const Status refused = check_files(piped, "it is read twice");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::input);
  EXPECT_EQ(refused.error().message,
            pipe + " gives its frames once, and it is read twice: write it to a file first");
}

}  // namespace
}  // namespace visq::job
