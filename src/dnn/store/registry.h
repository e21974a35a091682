// registry.json, the list of trusted models beside them (spec/dnn.md section 5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace visq {

// The limit of model files, external data included, where no registry has another one.
inline constexpr std::uint64_t kMaxModelBytes = 50 << 20;

struct RegistryEntry {
  std::string id, kind, onnx, sha256, int8_sha256, license, sigstore_bundle;
  std::string sigstore_identity, sigstore_issuer;    // who must have signed; "" leaves it to cosign
  std::map<std::string, std::string> external_data;  // file name -> sha256
  bool smoke = false;                                // a placeholder: its scores mean nothing
  std::uint64_t max_bytes = kMaxModelBytes;          // of the file `onnx` by itself
};

// The quantised variant of "x.onnx": "x.int8.onnx".
std::string int8_name(const std::string& onnx);

// 64 hexadecimal digits in lower case.
bool is_sha256(std::string_view text);

class Registry {
 public:
  // -EBADMSG says what is wrong; at most 1 MiB.
  static Result<Registry> parse(std::string_view json);

  // What is listed in that folder: registry.json, and made_here(), which counts where both list a
  // file. Empty when there is neither.
  static Result<Registry> beside(const std::string& folder);

  // The registry.local.json in that folder: models that were made on this machine (ai/).
  static Result<Registry> made_here(const std::string& folder);

  // By the name of the ONNX file, its quantised variant STEM.int8.onnx included.
  const RegistryEntry* find_file(std::string_view file_name) const;

  // The hash that the registry has for that file of that entry; nullopt when it has none.
  static std::optional<std::string> hash_of(const RegistryEntry& entry, std::string_view file_name);

  const std::vector<RegistryEntry>& entries() const { return entries_; }

 private:
  std::vector<RegistryEntry> entries_;
};

}  // namespace visq
