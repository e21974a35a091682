#include "base/sha256.h"

#include <cerrno>
#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/library.h"

namespace visq {
namespace {

struct Crypto {
  decltype(&EVP_MD_CTX_new) make = nullptr;
  decltype(&EVP_MD_CTX_free) free = nullptr;
  decltype(&EVP_sha256) algorithm = nullptr;
  decltype(&EVP_DigestInit_ex) begin = nullptr;
  decltype(&EVP_DigestUpdate) update = nullptr;
  decltype(&EVP_DigestFinal_ex) end = nullptr;
  decltype(&EVP_EncodeBlock) encode = nullptr;
  decltype(&ERR_set_mark) mark = nullptr;
  decltype(&ERR_pop_to_mark) forget = nullptr;
  bool loaded = false;
};

Crypto load() {
  Crypto c;
  const Library library(VISQ_CRYPTO);
  c.loaded =
      library.find("EVP_MD_CTX_new", c.make) && library.find("EVP_MD_CTX_free", c.free) &&
      library.find("EVP_sha256", c.algorithm) && library.find("EVP_DigestInit_ex", c.begin) &&
      library.find("EVP_DigestUpdate", c.update) && library.find("EVP_DigestFinal_ex", c.end) &&
      library.find("EVP_EncodeBlock", c.encode) && library.find("ERR_set_mark", c.mark) &&
      library.find("ERR_pop_to_mark", c.forget);
  return c;
}

const Crypto& crypto() {
  static const Crypto library = load();
  return library;
}

EVP_MD_CTX* digest(const std::shared_ptr<void>& context) {
  return static_cast<EVP_MD_CTX*>(context.get());
}

}  // namespace

Sha256::Sha256() {
  if (!crypto().loaded) return;
  crypto().mark();  // what fails must not stay in the host's queue of errors
  errno = 0;
  std::shared_ptr<void> context(crypto().make(),
                                [](void* p) { crypto().free(static_cast<EVP_MD_CTX*>(p)); });
  const bool begun =
      context != nullptr && crypto().begin(digest(context), crypto().algorithm(), nullptr) == 1;
  const bool out_of_memory = !begun && errno == ENOMEM;
  crypto().forget();
  if (out_of_memory) throw std::bad_alloc();
  if (begun) context_ = std::move(context);
}

void Sha256::add(const void* data, std::size_t size) {
  if (available()) crypto().update(digest(context_), data, size);
}

std::string Sha256::hex() {
  std::string text;
  if (!available()) return text;
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  crypto().end(digest(context_), bytes, &size);
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

std::string base64(std::string_view bytes) {
  if (!crypto().loaded) return "";
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  crypto().encode(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

}  // namespace visq
