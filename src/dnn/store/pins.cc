#include "dnn/store/pins.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "dnn/store/registry.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr std::uint64_t kMaxBytes = 1 << 20;

std::string text(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// Below the store, by plain names.
bool stays_inside(const std::string& file) {
  const fs::path path(file);
  if (file.empty() || path.is_absolute()) return false;
  for (const fs::path& part : path)
    if (part == ".." || part == "." || part.empty()) return false;
  return true;
}

Status add_file(const Json& item, Pins& pins) {
  if (!item.is_object()) return fail(EBADMSG, "one of its files is not an object");
  const std::string file = text(item, "file"), sha256 = text(item, "sha256");
  if (!stays_inside(file))
    return fail(EBADMSG,
                fmt::format("its file \"{}\" is not a path inside the store", file.substr(0, 200)));
  if (!is_sha256(sha256))
    return fail(EBADMSG, fmt::format("the sha256 of {} is not 64 hexadecimal digits", file));
  pins.emplace(file, Pin{sha256, text(item, "license")});
  return {};
}

Status add_files(const Json& root, Pins& pins) {
  const auto files = root.find("files");
  if (files == root.end()) return {};
  if (!files->is_array()) return fail(EBADMSG, "its \"files\" are not a list");
  for (const Json& item : *files) VISQ_TRY(add_file(item, pins));
  return {};
}

// What was made on this machine is held to the registry of such models alone.
Status drop_made_here(const std::string& store, Pins& pins) {
  VISQ_ASSIGN(const Registry local, Registry::made_here((fs::path(store) / "tiny").string()));
  for (const RegistryEntry& entry : local.entries()) {
    pins.erase("tiny/" + entry.onnx);
    if (!entry.int8_sha256.empty()) pins.erase("tiny/" + int8_name(entry.onnx));
  }
  return {};
}

void add_entry(const RegistryEntry& entry, Pins& pins) {
  const auto add = [&](const std::string& file, const std::string& sha256) {
    pins.emplace("tiny/" + file, Pin{sha256, entry.license});
  };
  add(entry.onnx, entry.sha256);
  if (!entry.int8_sha256.empty()) add(int8_name(entry.onnx), entry.int8_sha256);
  for (const auto& [file, sha256] : entry.external_data) add(file, sha256);
}

}  // namespace

Result<Pins> parse_pins(std::string_view json) {
  if (json.size() > kMaxBytes)
    return fail(EBADMSG, fmt::format("it is larger than {} bytes", kMaxBytes));
  const JsonDocument document(json);
  const Json& root = document.root();
  if (!root.is_object()) return fail(EBADMSG, "it is not a JSON object");
  Pins pins;
  VISQ_TRY(add_files(root, pins));
  return pins;
}

Result<Pins> pins_of_store(const std::string& store) {
  for (const fs::path& path :
       {fs::path(store) / "registry.json", fs::path(store) / "../registry.json"}) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    VISQ_ASSIGN(const std::string content, read_file(path.string(), kMaxBytes));
    auto pins = parse_pins(content);
    if (!pins)
      return fail(pins.error(),
                  fmt::format("the list of models {}: {}", path.lexically_normal().string(),
                              pins.error().message));
    VISQ_TRY(drop_made_here(store, *pins));
    return pins;
  }
  return Pins{};
}

Result<Pins> pins_of_models(const std::string& store) {
  VISQ_ASSIGN(const Registry registry, Registry::beside((fs::path(store) / "tiny").string()));
  Pins pins;
  for (const RegistryEntry& entry : registry.entries()) add_entry(entry, pins);
  return pins;
}

}  // namespace visq
