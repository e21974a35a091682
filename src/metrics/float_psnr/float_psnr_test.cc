// Golden scores of float_psnr are in tests/; here is what they do not say.
#include <cmath>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

PicturePtr flat(const PictureFormat& format, int value) {
  return test::picture_of(format, [value](auto...) { return value; });
}

struct Value final : Scores {
  void set(std::size_t, double score) override { value = score; }
  std::optional<double> value;
};

double psnr(int bits, int a, int b) {
  const PictureFormat format{PixelFormat::yuv420, bits, 20, 10};
  const auto options = Options::parse("float_psnr", {}, {});
  const auto metric = find_metric("float_psnr")->create(*options, {});
  Scratch scratch;
  Value score;
  EXPECT_TRUE((*metric)->prepare(format));
  EXPECT_TRUE((*metric)->extract({0, flat(format, a), flat(format, b), {}, {}}, scratch, score));
  return score.value.value_or(NAN);
}

TEST(FloatPsnr, OfADifferenceOfOneCodeValueOfEightBits) {
  EXPECT_NEAR(psnr(8, 10, 11), 20 * std::log10(255.0), 1e-12);
  EXPECT_NEAR(psnr(10, 40, 44), 20 * std::log10(255.75), 1e-12);
  EXPECT_NEAR(psnr(12, 160, 176), 20 * std::log10(255.9375), 1e-12);
  EXPECT_NEAR(psnr(16, 2560, 2816), 20 * std::log10(255.99609375), 1e-12);
}

TEST(FloatPsnr, OfIdenticalPicturesIsTheLargestOfTheDepth) {
  EXPECT_EQ(psnr(8, 10, 10), 60);
  EXPECT_EQ(psnr(10, 10, 10), 72);
  EXPECT_EQ(psnr(12, 10, 10), 84);
  EXPECT_EQ(psnr(16, 10, 10), 108);
}

}  // namespace
}  // namespace visq
