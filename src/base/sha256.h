// SHA-256, and base64 beside it, by libcrypto. It is loaded when something is first hashed: most
// runs hash nothing, and it would be half of the start of a short one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace visq {

class Sha256 {
 public:
  Sha256();
  bool available() const { return context_ != nullptr; }  // false: libcrypto cannot be loaded
  void add(const void* data, std::size_t size);
  std::string hex();  // of all that was added, in lower case; "" where it is not available

 private:
  std::shared_ptr<void> context_;
};

// In lower case; "", which is no hash, where libcrypto cannot be loaded.
std::string sha256_hex(std::string_view bytes);

std::string base64(std::string_view bytes);  // "" where libcrypto cannot be loaded

}  // namespace visq
