// visq_synthetic_store FOLDER: networks with synthetic weights under the names of the model store, for
// what must hold whatever the weights are. Real ones are too large to be had for every test run.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "tests/support/synthetic_network.h"

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "tiny";
  std::filesystem::create_directories(folder);
  const std::vector<double> equal(1475, 1.0);  // a weight for each channel of each stage
  const std::string network = visq::test::synthetic_dists(equal, equal);
  const nlohmann::json entry{{"id", "synthetic"},
                             {"kind", "fr"},
                             {"onnx", "dists_vgg.onnx"},
                             {"sha256", visq::sha256_hex(network)},
                             {"max_bytes", network.size()}};
  std::ofstream(folder / "registry.json") << nlohmann::json{{"models", {entry}}};
  std::ofstream file(folder / "dists_vgg.onnx", std::ios::binary);
  file << network;
  return file.flush() ? 0 : 1;
}
