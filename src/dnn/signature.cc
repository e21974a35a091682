#include "dnn/signature.h"

#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "dnn/read_file.h"
#include "dnn/registry.h"

extern char** environ;

namespace visq {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxRegistryBytes = 1 << 20;

// Runs a program without a shell; its exit status. -EACCES when it cannot be started.
Result<int> run_program(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, words[0].c_str(), nullptr, nullptr, arguments.data(), environ) != 0)
    return fail(EACCES, fmt::format("{} cannot be started; signatures are checked with it", words[0]));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail(EIO, fmt::format("{} was lost while it ran", words[0]));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

Result<fs::path> bundle_of(const fs::path& model, const std::string& registry_path) {
  VISQ_ASSIGN(const std::string json, read_file(registry_path, kMaxRegistryBytes));
  VISQ_ASSIGN(const Registry registry, Registry::parse(json));
  const RegistryEntry* entry = registry.find_file(model.filename().string());
  if (entry == nullptr || entry->sigstore_bundle.empty())
    return fail(ENOENT, fmt::format("the registry {} names no signature bundle for {}", registry_path, model.filename().string()));
  const fs::path bundle = fs::path(registry_path).parent_path() / entry->sigstore_bundle;
  std::error_code error;
  if (!fs::is_regular_file(bundle, error)) return fail(ENOENT, fmt::format("the signature bundle {} is missing", bundle.string()));
  return bundle;
}

}  // namespace

Status verify_signature(const std::string& onnx_path, const std::string& registry_path) {
  std::error_code error;
  if (!fs::is_regular_file(onnx_path, error)) return fail(ENOENT, fmt::format("there is no model file {}", onnx_path));
  VISQ_ASSIGN(const fs::path bundle, bundle_of(onnx_path, registry_path));
  VISQ_ASSIGN(const int exit_status, run_program({"cosign", "verify-blob", "--bundle", bundle.string(), onnx_path}));
  if (exit_status == 127) return fail(EACCES, "cosign is not on PATH; signatures are checked with it");
  if (exit_status == 0) return {};
  return fail(EPROTO, fmt::format("cosign rejects the signature of {} (exit status {})", onnx_path, exit_status));
}

}  // namespace visq
