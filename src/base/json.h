// JSON that somebody else wrote. The library that reads it needs memory to destroy a value with
// parts, and ends the process where there is none; here nothing but reading needs memory.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace visq {

// Comparing a value with `==` makes a copy, which is destroyed: these do not.
inline bool is_text(const nlohmann::json& value, std::string_view text) {
  return value.is_string() && value.get_ref<const std::string&>() == text;
}
inline bool is_true(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

class JsonDocument {
 public:
  using Json = nlohmann::json;

  // Of text that is not JSON, or has more than kMaxDepth parts within each other, the root is
  // discarded (is_discarded).
  static constexpr int kMaxDepth = 64;
  explicit JsonDocument(std::string_view text);
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  const Json& root() const { return tree_.root; }

 private:
  struct Tree {
    Json root;
    ~Tree();
  };

  Tree tree_;
};

}  // namespace visq
