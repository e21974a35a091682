#include "cli/page/provenance.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace visq::cli {

Result<std::string> sha256_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr)
    return fail(errno, fmt::format("{} cannot be opened: {}", path, std::strerror(errno)));
  Sha256 hash;
  if (!hash.available()) return fail(EIO, "there is no SHA-256: libcrypto cannot be loaded");
  std::vector<unsigned char> buffer(1 << 20);
  for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    if (interrupted()) return fail(ECANCELED, fmt::format("{} was not read to its end", path));
    hash.add(buffer.data(), count);
  }
  if (std::ferror(file.get()) != 0) return fail(EIO, fmt::format("{} cannot be read", path));
  return hash.hex();
}

nlohmann::ordered_json made_with(VmafContext* context) {
  using Json = nlohmann::ordered_json;
  const auto text = text_of(context, VMAF_OUTPUT_FORMAT_JSON);
  const Json report = text ? Json::parse(*text, nullptr, false) : Json();
  const auto part = [&](const char* key, Json otherwise) {
    return report.is_object() && report.contains(key) ? report[key] : std::move(otherwise);
  };
  return {{"environment", part("environment", Json::object())},
          {"tiny_models", part("tiny_models", Json::array())}};
}

}  // namespace visq::cli
