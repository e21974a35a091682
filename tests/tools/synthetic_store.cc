// visq_synthetic_store FOLDER [whole]: networks with synthetic weights under the names of the model
// store. Real ones are too large for every test run, and much holds whatever the weights are.
#include <filesystem>
#include <fstream>
#include <string_view>

#include "tests/support/synthetic_network.h"

int main(int argc, char** argv) {
  const bool whole = argc == 3 && argv[2] == std::string_view("whole");
  if (argc != 2 && !whole) return 1;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "tiny";
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : visq::test::synthetic_store(whole)) {
    std::ofstream file(folder / name, std::ios::binary);
    file << bytes;
    if (!file.flush()) return 1;
  }
  return 0;
}
