// visq_small_models FOLDER: writes what tests score with: relu.onnx, a Relu of pictures [1,1,H,W],
// endless.onnx, the same in a loop without an end, and mean.onnx, the mean of two features.
#include <filesystem>
#include <fstream>
#include <string>

#include "dnn/onnx/writer.h"

using namespace visq::test;

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
  return 0;
}
