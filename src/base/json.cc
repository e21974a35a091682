#include "base/json.h"

#include "base/json_text.h"

namespace visq {
namespace {

using Json = JsonDocument::Json;
using DomBuilder = nlohmann::detail::json_sax_dom_parser<Json>;
class Builder : public DomBuilder {
 public:
  explicit Builder(Json& to) : DomBuilder(to, false) {}
  bool start_object(std::size_t size) {
    return ++depth_ <= JsonDocument::kMaxDepth && DomBuilder::start_object(size);
  }
  bool start_array(std::size_t size) {
    return ++depth_ <= JsonDocument::kMaxDepth && DomBuilder::start_array(size);
  }
  bool end_object() { return --depth_ >= 0 && DomBuilder::end_object(); }
  bool end_array() { return --depth_ >= 0 && DomBuilder::end_array(); }

 private:
  int depth_ = 0;
};

// A value whose parts have no parts is destroyed without memory.
void take_apart(Json& value) noexcept {
  if (auto* const members = value.get_ptr<Json::object_t*>()) {
    for (auto& [name, part] : *members) take_apart(part);
    members->clear();
  } else if (auto* const parts = value.get_ptr<Json::array_t*>()) {
    for (Json& part : *parts) take_apart(part);
    parts->clear();
  }
}

}  // namespace

JsonDocument::JsonDocument(std::string_view text) {
  Builder builder(tree_.root);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return;
  take_apart(tree_.root);
  tree_.root = Json(Json::value_t::discarded);
}

JsonDocument::Tree::~Tree() { take_apart(root); }

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace visq
