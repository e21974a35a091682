// What a misspelt name was meant to be.
#pragma once

#include <span>
#include <string_view>

namespace visq {

// The nearest of `known` to `word` by edit distance, or empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace visq
