#include "dnn/store/signature.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "dnn/store/program.h"
#include "dnn/store/registry.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxRegistryBytes = 1 << 20;

const RegistryEntry* find(const Registry& registry, const std::string& file) {
  const RegistryEntry* entry = registry.find_file(file);
  for (const RegistryEntry& other : registry.entries())
    if (entry == nullptr && other.external_data.contains(file)) entry = &other;
  return entry;
}

Result<RegistryEntry> entry_of(const fs::path& model, const std::string& registry_path) {
  VISQ_ASSIGN(const std::string json, read_file(registry_path, kMaxRegistryBytes));
  const auto registry = Registry::parse(json);
  if (!registry)
    return fail(registry.error(),
                fmt::format("the model registry {}: {}", registry_path, registry.error().message));
  const RegistryEntry* entry = find(*registry, model.filename().string());
  if (entry == nullptr || entry->sigstore_bundle.empty())
    return fail(ENOENT, fmt::format("the registry {} names no signature bundle for {}",
                                    registry_path, model.filename().string()));
  return *entry;
}

bool stays_inside(const fs::path& bundle) {
  return !bundle.is_absolute() && std::find(bundle.begin(), bundle.end(), "..") == bundle.end();
}

// Both absolute: no file name can pass for an option of cosign. The line of a model names its
// bundle; that of its quantised file and of external data is beside them, FILE.sigstore.json.
Result<fs::path> bundle_of(const RegistryEntry& entry, const std::string& file,
                           const std::string& registry_path) {
  const std::string name = file == entry.onnx ? entry.sigstore_bundle : file + ".sigstore.json";
  if (!stays_inside(name))
    return fail(EBADMSG, fmt::format("the registry {} names a bundle outside its folder, {}",
                                     registry_path, name));
  std::error_code error;
  fs::path bundle = fs::absolute(registry_path, error).parent_path() / name;
  if (!fs::is_regular_file(bundle, error))
    return fail(ENOENT, fmt::format("the signature bundle {} is missing", bundle.string()));
  return bundle;
}

// Whose signature counts.
void add_signer(std::vector<std::string>& words, const RegistryEntry& entry) {
  if (const char* key = std::getenv("VISQ_COSIGN_KEY"); key != nullptr && *key != '\0') {
    words.insert(words.end(), {"--key", key});
    return;
  }
  if (!entry.sigstore_identity.empty())
    words.insert(words.end(), {"--certificate-identity", entry.sigstore_identity});
  if (!entry.sigstore_issuer.empty())
    words.insert(words.end(), {"--certificate-oidc-issuer", entry.sigstore_issuer});
}

// One line, for a sentence.
std::string in_short(std::string words) {
  const std::size_t begin = words.find_first_not_of(" \r\n\t");
  words = begin == std::string::npos ? "it gives no reason" : words.substr(begin, 300);
  words.erase(words.find_last_not_of(" \r\n\t") + 1);
  for (char& c : words)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return words;
}

}  // namespace

Status verify_signature(const std::string& onnx_path, const std::string& registry_path,
                        std::chrono::milliseconds patience) {
  std::error_code error;
  const fs::path model = fs::absolute(onnx_path, error);
  if (!fs::is_regular_file(model, error))
    return fail(ENOENT, fmt::format("there is no model file {}", onnx_path));
  VISQ_ASSIGN(const RegistryEntry entry, entry_of(model, registry_path));
  VISQ_ASSIGN(const fs::path bundle, bundle_of(entry, model.filename().string(), registry_path));
  const auto cosign = find_program("cosign");
  if (!cosign)
    return fail(EACCES, fmt::format("the signature of {} cannot be checked: {}", onnx_path,
                                    cosign.error().message));
  std::vector<std::string> words{*cosign, "verify-blob", "--bundle", bundle.string()};
  add_signer(words, entry);
  words.push_back(model.string());
  const auto end = run_program(std::move(words), patience);
  if (!end)
    return fail(end.error(), fmt::format("the signature of {} was not checked: {}", onnx_path,
                                         end.error().message));
  if (end->status == 0) return {};
  return fail(EPROTO, fmt::format("cosign rejects the signature of {} (exit status {}): {}",
                                  onnx_path, end->status, in_short(end->words)));
}

Status verify_signatures(const ModelFile& file) {
  const fs::path model(file.path), folder = model.parent_path();
  VISQ_ASSIGN(const Registry local, Registry::made_here(folder.string()));
  const bool here = local.find_file(model.filename().string()) != nullptr;
  const std::string registry = (folder / (here ? "registry.local.json" : "registry.json")).string();
  VISQ_TRY(verify_signature(file.path, registry));
  for (const ModelFile::Data& data : file.external_data)
    VISQ_TRY(verify_signature((folder / data.name).string(), registry));
  return {};
}

}  // namespace visq
