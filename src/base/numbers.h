// Numbers in text, read alike under every locale of the host.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace visq {

namespace detail {

template <std::integral T>
std::from_chars_result read_number(const char* from, const char* to, T& value) {
  return std::from_chars(from, to, value);
}

template <std::floating_point T>
std::from_chars_result read_number(const char* from, const char* to, T& value) {
  const bool negative = from != to && *from == '-';
  const std::string_view digits(from + negative, static_cast<std::size_t>(to - from - negative));
  if (!digits.starts_with("0x") && !digits.starts_with("0X"))
    return std::from_chars(from, to, value);
  // from_chars knows no prefix: it would take "0x-1" and "0xinf".
  if (digits.find_first_of("0123456789abcdefABCDEF.", 2) != 2)
    return {from, std::errc::invalid_argument};
  const auto read = std::from_chars(digits.data() + 2, to, value, std::chars_format::hex);
  if (negative) value = -value;
  return read;
}

}  // namespace detail

// The number that the whole text is; nothing for other text, and for a number that T cannot hold.
// White space and a + may stand before it, as for strtod. A whole number is decimal. A real one is
// what strtod takes in the C locale: "1e3", ".5", hexadecimal "0x1p-3", "inf", "infinity", "nan".
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  const char *const start = text.data(), *const end = start + text.size();
  T value{};
  const auto read = detail::read_number(start, end, value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace visq
