#include <dlfcn.h>

#include <fmt/format.h>

#include "io/av_reader.h"

namespace visq::io {
namespace {

constexpr const char* kModule = "libvisq_av.so";

// Loaded once, and never unloaded: libav has state of its own. Null: dlerror() says why.
decltype(&visq_open_av) load() {
  void* const module = dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return nullptr;
  return reinterpret_cast<decltype(&visq_open_av)>(dlsym(module, "visq_open_av"));
}

}  // namespace

Result<std::unique_ptr<VideoReader>> open_av(const std::string& path, int threads) {
  const auto open = load();
  if (open == nullptr)
    return fail(ENOENT, fmt::format("{} needs {}, which cannot be loaded: {}; y4m and raw files are read without it", path, kModule, dlerror()));
  Result<std::unique_ptr<VideoReader>> reader;
  open(path, threads, reader);
  return reader;
}

}  // namespace visq::io
