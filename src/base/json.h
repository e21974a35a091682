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
  explicit JsonDocument(std::string_view text) {
    Builder builder(tree_.root);
    if (Json::sax_parse(text.begin(), text.end(), &builder)) return;
    take_apart(tree_.root);
    tree_.root = Json(Json::value_t::discarded);
  }
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  const Json& root() const { return tree_.root; }

 private:
  using DomBuilder = nlohmann::detail::json_sax_dom_parser<Json>;
  class Builder : public DomBuilder {
   public:
    explicit Builder(Json& to) : DomBuilder(to, false) {}
    bool start_object(std::size_t size) {
      return ++depth_ <= kMaxDepth && DomBuilder::start_object(size);
    }
    bool start_array(std::size_t size) {
      return ++depth_ <= kMaxDepth && DomBuilder::start_array(size);
    }
    bool end_object() { return --depth_ >= 0 && DomBuilder::end_object(); }
    bool end_array() { return --depth_ >= 0 && DomBuilder::end_array(); }

   private:
    int depth_ = 0;
  };
  struct Tree {
    Json root;
    ~Tree() { take_apart(root); }
  };

  // A value whose parts have no parts is destroyed without memory.
  static void take_apart(Json& value) noexcept {
    if (auto* const members = value.get_ptr<Json::object_t*>()) {
      for (auto& [name, part] : *members) take_apart(part);
      members->clear();
    } else if (auto* const parts = value.get_ptr<Json::array_t*>()) {
      for (Json& part : *parts) take_apart(part);
      parts->clear();
    }
  }

  Tree tree_;
};

}  // namespace visq
