// Golden scores of lpips are in tests/; here is how it refuses.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "dnn/onnx_writer.h"
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

// A model file that the stream engine does not know, somewhere in the temporary folder.
std::string foreign_model() {
  const std::string path = testing::TempDir() + "visq_foreign.onnx";
  std::ofstream(path, std::ios::binary) << test::unary_model("Relu", {1, 3, -1, -1});
  return path;
}

TEST(Lpips, SaysWhyAnEngineCannotRunAModel) {
  const std::string path = foreign_model();
  const Error error = refusal({{"model_path", path}, {"engine", "stream"}});
  EXPECT_EQ(error.code, ENOTSUP);
  EXPECT_NE(error.message.find("stream engine cannot run model " + path), std::string::npos) << error.message;
  EXPECT_NE(refusal({{"engine", "warp"}}).message.find("auto, stream, onnxruntime"), std::string::npos);
}

TEST(Lpips, LeavesOtherNetworksToOnnxRuntime) {
  const Error error = refusal({{"model_path", foreign_model()}});
  if (Session::available()) EXPECT_NE(error.message.find("is no LPIPS network"), std::string::npos) << error.message;
  else EXPECT_EQ(error.code, ENOSYS);
}

TEST(Lpips, KnowsItsColours) {
  EXPECT_NE(refusal({{"colour_matrix", "bt999"}}).message.find("auto, bt601, bt709, bt2020"), std::string::npos);
  EXPECT_NE(refusal({{"chroma", "cubic"}}).message.find("nearest, bilinear"), std::string::npos);
}

}  // namespace
}  // namespace visq
