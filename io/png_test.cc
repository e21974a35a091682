#include "io/png.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/av_reader.h"
#include "tests/support/temp_folder.h"

namespace visq::io {
namespace {

class Png : public test::InTempFolder {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  bool make(const std::string& options, const std::string& name) const {
    return std::system(fmt::format("ffmpeg -nostdin -loglevel error -y -f lavfi -i "
                                   "testsrc2=s=37x23,noise=alls=20 -frames:v 1 {} {}",
                                   options, path(name))
                           .c_str()) == 0;
  }
};

std::string samples_of(VideoReader& reader) {
  VmafPicture picture{};
  const auto more = reader.read(&picture);
  if (!more || !*more) return "";
  std::string all;
  for (int p = 0; p < 3; ++p)
    for (unsigned y = 0; y < picture.h[p]; ++y)
      all.append(static_cast<const char*>(picture.data[p]) + y * picture.stride[p],
                 picture.w[p] * (picture.bpc > 8 ? 2u : 1u));
  vmaf_picture_unref(&picture);
  return all;
}

void expect_as_libav(const std::string& path) {
  SCOPED_TRACE(path);
  const auto mine = open_png(path);
  const auto other = open_av(path, nullptr, 1, {});
  ASSERT_TRUE(mine != nullptr && other);
  const StreamInfo &a = mine->info(), &b = (*other)->info();
  EXPECT_EQ(describe(a), describe(b));
  EXPECT_EQ(a.color.matrix, b.color.matrix);
  EXPECT_EQ(a.color.transfer, b.color.transfer);
  EXPECT_EQ(a.color.range, b.color.range);
  EXPECT_EQ(a.rate.per_second(), b.rate.per_second());
  EXPECT_EQ(a.frames, b.frames);
  EXPECT_EQ(a.bit_rate, b.bit_rate);
  EXPECT_EQ(a.transparent, b.transparent);
  EXPECT_EQ(a.colour_profile, b.colour_profile);
  const std::string samples = samples_of(*mine);
  EXPECT_FALSE(samples.empty());
  EXPECT_TRUE(samples == samples_of(**other));
  EXPECT_FALSE(*mine->skip()) << "there is one frame";
}

TEST_F(Png, PlainFilesAreAsLibavGivesThem) {
  const std::pair<const char*, const char*> kKinds[] = {
      {"gray", "mixed"}, {"gray16be", "mixed"}, {"rgb48be", "mixed"}, {"rgb24", "none"},
      {"rgb24", "sub"},  {"rgb24", "up"},       {"rgb24", "avg"},     {"rgb24", "paeth"}};
  for (const auto& [format, filter] : kKinds) {
    const std::string name = fmt::format("{}_{}.png", format, filter);
    ASSERT_TRUE(make(fmt::format("-pix_fmt {} -pred {}", format, filter), name));
    expect_as_libav(path(name));
  }
}

TEST_F(Png, OtherKindsAreLeftToLibav) {
  ASSERT_TRUE(make("-pix_fmt rgba", "rgba.png") && make("-pix_fmt pal8", "palette.png") &&
              make("-pix_fmt ya8", "ya.png") && make("-pix_fmt monob", "mono.png") &&
              make("-pix_fmt rgb24 -flags +ildct", "interlaced.png") &&
              make("-pix_fmt rgb24", "plain.png") && make("", "image.jpg"));
  for (const char* name : {"rgba.png", "palette.png", "ya.png", "mono.png", "interlaced.png",
                           "image.jpg", "absent.png"})
    EXPECT_EQ(open_png(path(name)), nullptr) << name;
  // A pattern for libav, which looks for the numbered files.
  write("odd%d.png", read("plain.png"));
  EXPECT_EQ(open_png(path("odd%d.png")), nullptr);
}

TEST_F(Png, DamageIsLeftToLibav) {
  ASSERT_TRUE(make("-pix_fmt rgb24", "plain.png"));
  const std::string whole = read("plain.png");
  ASSERT_TRUE(decode_png(whole));
  EXPECT_FALSE(decode_png(whole + "x"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(decode_png(damaged)) << "byte " << i;
    EXPECT_FALSE(decode_png(std::string_view(whole).substr(0, i))) << "cut to " << i;
  }
}

}  // namespace
}  // namespace visq::io
