// visq_small_models FOLDER: writes what tests score with: relu.onnx, a Relu of pictures [1,1,H,W],
// endless.onnx, the same in a loop without an end, and mean.onnx, the mean of two features. And
// three with the inputs and outputs of well-known networks: depth.onnx (MobileSal), frames.onnx
// (FastDVDnet) and thumbnails.onnx (TransNet V2).
#include <filesystem>
#include <fstream>
#include <string>

#include "dnn/onnx/writer.h"

using namespace visq::test;

namespace {

// The mean of a pixel's colours, times its depth.
std::string depth_model() {
  return model(graph({{node("ReduceMean", {"rgb"}, {"grey"}, "", integers_attribute("axes", {1})),
                       node("Mul", {"grey", "depth"}, {"saliency_map"})},
                      {},
                      {float_tensor("rgb", {1, 3, -1, -1}), float_tensor("depth", {1, 1, -1, -1})},
                      {float_tensor("saliency_map", {1, 1, -1, -1})}}));
}

// The middle one of five frames, less the noise.
std::string frames_model() {
  return model(
      graph({{node("Gather", {"frames", "middle"}, {"frame"}, "", integer_attribute("axis", 1)),
              node("Sub", {"frame", "noise_map"}, {"denoised"})},
             {integer_constant("middle", {6, 7, 8})},
             {float_tensor("frames", {1, 15, -1, -1}), float_tensor("noise_map", {1, 1, -1, -1})},
             {float_tensor("denoised", {1, 3, -1, -1})}}));
}

// The mean of each of a hundred thumbnails, and what of it is above 0.
std::string thumbnails_model() {
  return model(
      graph({{node("ReduceMean", {"frames"}, {"single"}, "",
                   integers_attribute("axes", {2, 3, 4}) + integer_attribute("keepdims", 0)),
              node("Relu", {"single"}, {"many_hot"})},
             {},
             {float_tensor("frames", {1, 100, 27, 48, 3})},
             {float_tensor("single", {1, 100}), float_tensor("many_hot", {1, 100})}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(std::filesystem::path(argv[1]) / name, std::ios::binary) << bytes;
  };
  write("relu.onnx", unary_model("Relu", {1, 1, -1, -1}));
  write("endless.onnx", loop_model(std::int64_t{1} << 60, {1, 1, -1, -1}));
  write("mean.onnx", model(graph({{node("ReduceMean", {"x"}, {"y"})},
                                  {},
                                  {float_tensor("x", {-1, 2})},
                                  {float_tensor("y", {1, 1})}})));
  write("depth.onnx", depth_model());
  write("frames.onnx", frames_model());
  write("thumbnails.onnx", thumbnails_model());
  return 0;
}
