// visq_relu FILE: writes a [1,1,H,W] Relu model, for the C tests.
#include <fstream>

#include "dnn/onnx/writer.h"

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  std::ofstream(argv[1], std::ios::binary) << visq::test::unary_model("Relu", {1, 1, -1, -1});
  return 0;
}
