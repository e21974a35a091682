// The C++ owners over the C API.
#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

#include "visq/visq.hpp"

namespace {

visq::picture flat(int value) {
  visq::picture picture(VMAF_PIX_FMT_YUV420P, 8, 33, 17);
  for (int plane = 0; plane < 3; ++plane)
    std::memset(picture.get()->data[plane], value,
                static_cast<std::size_t>(picture.get()->stride[plane]) * picture.get()->h[plane]);
  return picture;
}

TEST(Cpp, ScoresAPair) {
  visq::context context(2);
  context.use("psnr", {{"enable_mse", "true"}});
  context.read(flat(10), flat(13), 0);
  context.flush();
  EXPECT_EQ(context.score("mse_y", 0), 9);
}

TEST(Cpp, ErrorsAreExceptionsWithTheSentence) {
  visq::context context;
  try {
    context.use("psrn");
    FAIL();
  } catch (const visq::error& error) {
    EXPECT_EQ(error.code(), EINVAL);
    EXPECT_NE(std::string(error.what()).find("did you mean \"psnr\""), std::string::npos);
  }
  EXPECT_THROW(context.use("psnr", {{"enable_mse", "maybe"}}), visq::error);
  EXPECT_THROW(visq::model("vmaf_v99"), visq::error);
  EXPECT_THROW(context.use_model("vmaf_v99"), visq::error);
}

}  // namespace
