// How many of a thing there are, in words.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace visq {

// "1 frame", "2 frames".
template <std::integral T>
std::string counted(T count, std::string_view thing) {
  std::string text = std::to_string(count);
  text.append(" ").append(thing);
  if (count != 1) text += 's';
  return text;
}

}  // namespace visq
