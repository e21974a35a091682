#include "base/shown.h"

#include <fmt/format.h>

namespace visq {
namespace {

// Between what one byte says and what it takes: overlong forms and surrogates are no characters.
bool is_well_formed(std::string_view c) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(c[i]); };
  for (std::size_t i = 1; i < c.size(); ++i)
    if ((at(i) & 0xc0) != 0x80) return false;
  if (c.size() == 3) return (at(0) != 0xe0 || at(1) >= 0xa0) && (at(0) != 0xed || at(1) < 0xa0);
  if (c.size() == 4) return (at(0) != 0xf0 || at(1) >= 0x90) && (at(0) != 0xf4 || at(1) < 0x90);
  return true;
}

// C1, and the marks that turn the direction of what follows.
bool is_control(std::string_view c) {
  if (c.size() == 1) return static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7f;
  if (c.size() == 2) return c[0] == '\xc2' && static_cast<unsigned char>(c[1]) < 0xa0;
  return c.size() == 3 && ((c >= "\u200e" && c <= "\u200f") || (c >= "\u2028" && c <= "\u202e") ||
                           (c >= "\u2066" && c <= "\u2069"));
}

}  // namespace

std::size_t character_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xc2   ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  return size > 0 && size <= text.size() && is_well_formed(text.substr(0, size)) ? size : 0;
}

std::string shown(std::string_view text, std::string_view also) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view c = text.substr(0, size == 0 ? 1 : size);
    text.remove_prefix(c.size());
    if (size > 0 && !is_control(c) && (size > 1 || also.find(c) == also.npos))
      out += c;
    else if (c == "\n")
      out += "\\n";
    else
      for (const char byte : c) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return out;
}

}  // namespace visq
