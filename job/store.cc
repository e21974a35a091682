#include "job/store.h"

#include <cstdlib>
#include <filesystem>
#include <map>

#include <dlfcn.h>

#include "libvmaf/visq.h"

namespace visq::job {
namespace {

namespace fs = std::filesystem;

// Beside the program or the extension that this code is part of.
fs::path models_beside_module() {
  Dl_info module{};
  if (dladdr(reinterpret_cast<const void*>(&models_beside_module), &module) == 0) return {};
  return fs::path(module.dli_fname).parent_path() / "models";
}

std::vector<fs::path> stores() {
  if (const char* named = std::getenv("VISQ_MODEL_STORE"); named != nullptr && *named != '\0')
    return {named};
  std::vector<fs::path> list{models_beside_module()};
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  // In a build folder this is a link to the source tree's models/store.
  if (!error)
    list.push_back(
        fs::weakly_canonical(program.parent_path().parent_path() / "share/visq/models", error));
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

std::vector<std::string> model_stores() {
  std::vector<std::string> folders;
  for (const fs::path& store : stores()) folders.push_back(store.string());
  return folders;
}

std::optional<std::string> model_store() {
  for (const fs::path& store : stores()) {
    std::error_code error;
    if (fs::is_directory(store, error)) return store.lexically_normal().string();
  }
  return std::nullopt;
}

std::vector<std::string> model_files(const std::string& folder, std::string_view extension) {
  std::map<std::string, std::string> by_name;
  for (const fs::path& store : stores()) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(store / folder, error))
      if (entry.path().extension() == extension)
        by_name.emplace(entry.path().filename().string(), entry.path().string());
  }
  std::vector<std::string> files;
  files.reserve(by_name.size());
  for (const auto& [name, path] : by_name) files.push_back(path);
  return files;
}

bool is_built_in(const std::string& version) {
  const char* known = nullptr;
  for (const void* it = nullptr; (it = vmaf_model_version_next(it, &known)) != nullptr;)
    if (version == known) return true;
  return false;
}

}  // namespace visq::job
