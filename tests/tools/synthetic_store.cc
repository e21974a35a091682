// visq_synthetic_store FOLDER: networks with synthetic weights under the names of the model store.
// Real ones are too large for every test run, and much holds whatever the weights are.
#include <filesystem>
#include <fstream>

#include "tests/support/synthetic_network.h"

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "tiny";
  std::filesystem::create_directories(folder);
  std::ofstream file(folder / "dists_vgg.onnx", std::ios::binary);
  file << visq::test::small_dists();
  return file.flush() ? 0 : 1;
}
