#include "dnn/store/registry.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"

namespace visq {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kMaxBytes = 1 << 20;
constexpr std::uint64_t kMostBytes = 0x7fffffff;  // protobuf's own limit of a message

std::string text(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

Status read_limit(const Json& item, RegistryEntry& entry) {
  const auto limit = item.find("max_bytes");
  if (limit == item.end()) return {};
  if (limit->is_number_unsigned()) entry.max_bytes = limit->get<std::uint64_t>();
  if (limit->is_number_unsigned() && entry.max_bytes > 0 && entry.max_bytes <= kMostBytes)
    return {};
  return fail(EBADMSG, fmt::format("the max_bytes of {} is not a number from 1 to {}", entry.id,
                                   kMostBytes));
}

Result<RegistryEntry> read_entry(const Json& item, std::size_t number) {
  if (!item.is_object()) return fail(EBADMSG, fmt::format("its model {} is not an object", number));
  RegistryEntry entry{text(item, "id"),
                      text(item, "kind"),
                      text(item, "onnx"),
                      text(item, "sha256"),
                      text(item, "int8_sha256"),
                      text(item, "license"),
                      text(item, "sigstore_bundle"),
                      text(item, "sigstore_identity"),
                      text(item, "sigstore_issuer"),
                      {},
                      is_true(item, "smoke"),
                      kMaxModelBytes};
  if (entry.id.empty() || entry.onnx.empty() || !is_sha256(entry.sha256))
    return fail(
        EBADMSG,
        fmt::format("its model {} needs an id, an onnx file and a sha256 of 64 hexadecimal digits",
                    number));
  if (!entry.int8_sha256.empty() && !is_sha256(entry.int8_sha256))
    return fail(EBADMSG,
                fmt::format("the int8_sha256 of {} is not 64 hexadecimal digits", entry.id));
  VISQ_TRY(read_limit(item, entry));
  const auto data = item.find("external_data");
  if (data == item.end()) return entry;
  if (!data->is_object())
    return fail(EBADMSG,
                fmt::format("the external_data of {} is not an object of file: sha256", entry.id));
  for (const auto& [file, hash] : data->items()) {
    if (!hash.is_string() || !is_sha256(hash.get_ref<const std::string&>()))
      return fail(EBADMSG, fmt::format("the sha256 of {} is not 64 hexadecimal digits", file));
    entry.external_data[file] = hash.get<std::string>();
  }
  return entry;
}

Result<Registry> read_registry(const std::string& folder, const char* name) {
  const std::string path = (std::filesystem::path(folder) / name).string();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Registry{};
  VISQ_ASSIGN(const std::string content, read_file(path, kMaxBytes));
  auto registry = Registry::parse(content);
  if (!registry)
    return fail(registry.error(),
                fmt::format("the model registry {}: {}", path, registry.error().message));
  return registry;
}

}  // namespace

std::string int8_name(const std::string& onnx) {
  constexpr std::string_view kExtension = ".onnx";
  return onnx.substr(0, onnx.size() - std::min(onnx.size(), kExtension.size())) + ".int8.onnx";
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Registry> Registry::parse(std::string_view json) {
  if (json.size() > kMaxBytes)
    return fail(EBADMSG, fmt::format("it is larger than {} bytes", kMaxBytes));
  const JsonDocument document(json);
  const Json& root = document.root();
  const auto models = root.is_object() ? root.find("models") : root.end();
  if (!root.is_object() || models == root.end() || !models->is_array())
    return fail(EBADMSG, "it is not a JSON object with a list \"models\"");
  Registry registry;
  for (const Json& item : *models) {
    VISQ_ASSIGN(RegistryEntry entry, read_entry(item, registry.entries_.size() + 1));
    registry.entries_.push_back(std::move(entry));
  }
  return registry;
}

Result<Registry> Registry::beside(const std::string& folder) {
  VISQ_ASSIGN(Registry registry, read_registry(folder, "registry.json"));
  VISQ_ASSIGN(Registry local, made_here(folder));
  std::erase_if(registry.entries_,
                [&](const RegistryEntry& entry) { return local.find_file(entry.onnx) != nullptr; });
  std::move(local.entries_.begin(), local.entries_.end(), std::back_inserter(registry.entries_));
  return registry;
}

Result<Registry> Registry::made_here(const std::string& folder) {
  return read_registry(folder, "registry.local.json");
}

const RegistryEntry* Registry::find_file(std::string_view file_name) const {
  for (const RegistryEntry& entry : entries_)
    if (entry.onnx == file_name || int8_name(entry.onnx) == file_name) return &entry;
  return nullptr;
}

std::optional<std::string> Registry::hash_of(const RegistryEntry& entry,
                                             std::string_view file_name) {
  if (entry.onnx == file_name) return entry.sha256;
  if (int8_name(entry.onnx) == file_name && !entry.int8_sha256.empty()) return entry.int8_sha256;
  if (const auto it = entry.external_data.find(std::string(file_name));
      it != entry.external_data.end())
    return it->second;
  return std::nullopt;
}

}  // namespace visq
