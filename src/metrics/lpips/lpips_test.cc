// Golden scores of lpips are in tests/; here is how it refuses.
#include <cstdlib>

#include <gtest/gtest.h>

#include "dnn/session.h"
#include "extract/metric.h"

namespace visq {
namespace {

Error refusal(const OptionStrings& given) {
  const Descriptor& lpips = *find_metric("lpips");
  const auto options = Options::parse("lpips", lpips.options, given);
  if (!options) return options.error();
  const auto metric = lpips.create(*options, {});
  return metric ? Error{0, ""} : metric.error();
}

TEST(Lpips, NamesBothPlacesOfItsModel) {
  if (!Session::available()) {
    EXPECT_EQ(refusal({}).code, ENOSYS);
    return;
  }
  unsetenv("VMAF_LPIPS_MODEL_PATH");
  const Error error = refusal({});
  EXPECT_EQ(error.code, EINVAL);
  EXPECT_NE(error.message.find("model_path"), std::string::npos);
  EXPECT_NE(error.message.find("VMAF_LPIPS_MODEL_PATH"), std::string::npos);
  setenv("VMAF_LPIPS_MODEL_PATH", "nowhere.onnx", 1);
  EXPECT_EQ(refusal({}).code, ENOENT);
  EXPECT_EQ(refusal({{"model_path", "elsewhere.onnx"}}).message, "there is no model file elsewhere.onnx") << "the option wins";
  unsetenv("VMAF_LPIPS_MODEL_PATH");
}

TEST(Lpips, KnowsItsColours) {
  EXPECT_NE(refusal({{"colour_matrix", "bt999"}}).message.find("auto, bt601, bt709, bt2020"), std::string::npos);
  EXPECT_NE(refusal({{"chroma", "cubic"}}).message.find("nearest, bilinear"), std::string::npos);
}

}  // namespace
}  // namespace visq
