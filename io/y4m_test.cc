#include "io/y4m.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace visq::io {
namespace {

TEST(Y4mHeader, EveryColourSpace) {
  struct Case {
    const char* tag;
    VmafPixelFormat format;
    unsigned bits;
  };
  for (const Case c : {Case{"420", VMAF_PIX_FMT_YUV420P, 8},
                       {"420jpeg", VMAF_PIX_FMT_YUV420P, 8},
                       {"420mpeg2", VMAF_PIX_FMT_YUV420P, 8},
                       {"420paldv", VMAF_PIX_FMT_YUV420P, 8},
                       {"420p9", VMAF_PIX_FMT_YUV420P, 9},
                       {"420p10", VMAF_PIX_FMT_YUV420P, 10},
                       {"422p12", VMAF_PIX_FMT_YUV422P, 12},
                       {"444p14", VMAF_PIX_FMT_YUV444P, 14},
                       {"420p16", VMAF_PIX_FMT_YUV420P, 16},
                       {"422", VMAF_PIX_FMT_YUV422P, 8},
                       {"444", VMAF_PIX_FMT_YUV444P, 8},
                       {"444alpha", VMAF_PIX_FMT_YUV444P, 8},
                       {"mono", VMAF_PIX_FMT_YUV400P, 8},
                       {"mono10", VMAF_PIX_FMT_YUV400P, 10}}) {
    const auto header = parse_y4m_header(fmt::format("YUV4MPEG2 W16 H8 F25:1 Ip C{}", c.tag));
    ASSERT_TRUE(header) << c.tag << header.error().message;
    EXPECT_EQ(header->info.pixel_format, c.format) << c.tag;
    EXPECT_EQ(header->info.bits, c.bits) << c.tag;
    EXPECT_EQ(header->alpha, std::string_view(c.tag) == "444alpha");
  }
}

TEST(Y4mHeader, RangeRateAndDefaults) {
  const auto header =
      parse_y4m_header("YUV4MPEG2 W16 H8 F30000:1001 XCOLORRANGE=FULL XYSCSS=420JPEG A1:1");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->info.color.range, VMAF_COLOR_RANGE_FULL);
  EXPECT_EQ(header->info.rate.num, 30000);
  EXPECT_EQ(header->info.pixel_format, VMAF_PIX_FMT_YUV420P);
  EXPECT_EQ(parse_y4m_header("YUV4MPEG2 W16 H8 F0:0")->info.rate.num, 0);
}

TEST(Y4mHeader, RefusesWhatIsBroken) {
  for (const char* line :
       {"", "YUV4MPEG", "YUV4MPEG2", "YUV4MPEG2 W16", "YUV4MPEG2 H16", "YUV4MPEG2 W0 H8",
        "YUV4MPEG2 W-5 H8", "YUV4MPEG2 W99999999999999999999 H8", "YUV4MPEG2 W32769 H8",
        "YUV4MPEG2 Wx H8", "YUV4MPEG2 W8 H8 C411", "YUV4MPEG2 W8 H8 C420p17",
        "YUV4MPEG2 W8 H8 C420p7", "YUV4MPEG2 W8 H8 C420px", "YUV4MPEG2 W8 H8 It",
        "YUV4MPEG2 W8 H8 Fx", "YUV4MPEG2 W8 H8 F1:-1", "YUV4MPEG2 W8 H8 C"}) {
    const auto header = parse_y4m_header(line);
    ASSERT_FALSE(header) << line;
    EXPECT_FALSE(header.error().message.empty());
  }
}

}  // namespace
}  // namespace visq::io
