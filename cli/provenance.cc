#include "cli/provenance.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <nlohmann/json.hpp>

#include "cli/interrupt.h"
#include "cli/output.h"

namespace visq::cli {

Result<std::string> sha256_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr)
    return fail(errno, fmt::format("{} cannot be opened: {}", path, std::strerror(errno)));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    return fail(EIO, "OpenSSL has no SHA-256");
  std::vector<unsigned char> buffer(1 << 20);
  for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    if (interrupted()) return fail(ECANCELED, fmt::format("{} was not read to its end", path));
    EVP_DigestUpdate(context.get(), buffer.data(), count);
  }
  if (std::ferror(file.get()) != 0) return fail(EIO, fmt::format("{} cannot be read", path));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
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

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

}  // namespace visq::cli
