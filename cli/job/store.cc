#include "cli/job/store.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> stores() {
  std::vector<fs::path> list;
  if (const char* named = std::getenv("VISQ_MODEL_STORE"); named != nullptr && *named != '\0')
    return {named};
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) list.push_back(program.parent_path().parent_path() / "share/visq/models");
  list.emplace_back(VISQ_MODEL_STORE);
  return list;
}

}  // namespace

std::optional<std::string> find_in_model_store(const std::string& file) {
  for (const fs::path& store : stores()) {
    std::error_code error;
    if (fs::is_regular_file(store / file, error)) return (store / file).string();
  }
  return std::nullopt;
}

std::optional<std::string> model_store() {
  for (const fs::path& store : stores()) {
    std::error_code error;
    if (fs::is_directory(store, error)) return store.lexically_normal().string();
  }
  return std::nullopt;
}

}  // namespace visq::cli
