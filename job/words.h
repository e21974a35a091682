// Values of options that are words, or made of few parts.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/result.h"
#include "job/specs.h"

namespace visq::job {

inline tl::unexpected<Error> wrong(std::string sentence) {
  return fail(EINVAL, std::move(sentence), ErrorKind::usage);
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(separator, from)) != std::string::npos; from = at + 1)
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

template <typename T>
struct Word {
  std::string_view word;
  T value;
};

template <typename T, std::size_t N>
std::vector<std::string_view> words_of(const Word<T> (&words)[N]) {
  std::vector<std::string_view> list;
  for (const Word<T>& word : words) list.push_back(word.word);
  return list;
}

template <typename T, std::size_t N>
const Word<T>* find(const Word<T> (&words)[N], const std::string& text) {
  const auto found = std::find_if(std::begin(words), std::end(words),
                                  [&](const Word<T>& w) { return w.word == text; });
  return found == std::end(words) ? nullptr : found;
}

template <typename T, std::size_t N>
Result<T> choice(const Word<T> (&words)[N], const std::string& text) {
  if (const Word<T>* found = find(words, text)) return found->value;
  return wrong(fmt::format("\"{}\" is not {}", text, listed(words_of(words))));
}

// Digits, and for a real number a point; without the spaces, signs and exponents that parse_number
// takes.
template <typename T>
std::optional<T> plain_number(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos ? parse_number<T>(text)
                                                                         : std::nullopt;
}

}  // namespace visq::job
