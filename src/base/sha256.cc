#include "base/sha256.h"

#include <cerrno>
#include <mutex>
#include <new>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/library.h"

namespace visq {
namespace {

struct Crypto {
  decltype(&OSSL_LIB_CTX_new) new_library = nullptr;
  decltype(&OSSL_LIB_CTX_free) free_library = nullptr;
  decltype(&EVP_MD_fetch) fetch = nullptr;
  decltype(&EVP_MD_CTX_new) make = nullptr;
  decltype(&EVP_MD_CTX_free) free = nullptr;
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
      library.find("OSSL_LIB_CTX_new", c.new_library) &&
      library.find("OSSL_LIB_CTX_free", c.free_library) && library.find("EVP_MD_fetch", c.fetch) &&
      library.find("EVP_DigestInit_ex", c.begin) && library.find("EVP_DigestUpdate", c.update) &&
      library.find("EVP_DigestFinal_ex", c.end) && library.find("EVP_EncodeBlock", c.encode) &&
      library.find("ERR_set_mark", c.mark) && library.find("ERR_pop_to_mark", c.forget);
  return c;
}

const Crypto& crypto() {
  static const Crypto library = load();
  return library;
}

// Of a library context of ours: where memory is short, libcrypto's own is left half made, and
// crashes whoever uses it.
EVP_MD* algorithm() {
  static std::mutex mutex;
  static EVP_MD* sha256 = nullptr;
  const std::lock_guard lock(mutex);
  if (sha256 != nullptr) return sha256;
  OSSL_LIB_CTX* const own = crypto().new_library();
  if (own != nullptr) sha256 = crypto().fetch(own, "SHA256", nullptr);
  if (sha256 == nullptr) crypto().free_library(own);
  return sha256;
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
  EVP_MD* const sha256 = context == nullptr ? nullptr : algorithm();
  const bool begun = sha256 != nullptr && crypto().begin(digest(context), sha256, nullptr) == 1;
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
