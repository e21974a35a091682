#include "models/svm.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/numbers.h"

namespace visq {
namespace {

constexpr std::size_t kMaxSupportVectors = 1'000'000;

// Cuts the text up to `separator` off `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return head;
}

std::string_view next_word(std::string_view& rest) {
  std::string_view word;
  while (!rest.empty() && word.empty()) word = cut(rest, ' ');
  if (!word.empty() && word.back() == '\r') word.remove_suffix(1);
  return word;
}

std::optional<double> finite_number(std::string_view text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace

Status Svm::parse_header_line(std::string_view line) {
  const std::string_view key = next_word(line), value = next_word(line);
  const auto real = finite_number(value);
  if (key == "svm_type")
    is_nu_svr_ = value == "nu_svr";
  else if (key == "kernel_type")
    is_rbf_ = value == "rbf";
  else if (key == "gamma" && real && *real > 0)
    gamma_ = *real;
  else if (key == "rho" && real)
    rho_ = *real;
  else if (key == "total_sv" && real && *real >= 1 &&
           *real <= static_cast<double>(kMaxSupportVectors))
    expected_ = static_cast<std::size_t>(*real);
  else if (key != "nr_class" && key != "probA" && key != "label" && key != "nr_sv")
    return fail(EINVAL,
                fmt::format("the SVM has a header line \"{} {}\" that is unknown or out of range",
                            key.substr(0, 40), value.substr(0, 40)));
  return {};
}

Status Svm::parse_vector(std::string_view line) {
  const std::size_t row = coefficients_.size();
  const auto coefficient = finite_number(next_word(line));
  if (!coefficient)
    return fail(EINVAL,
                fmt::format("support vector {} of the SVM does not start with a number", row + 1));
  coefficients_.push_back(*coefficient);
  vectors_.resize(vectors_.size() + dimensions_);
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    std::string_view value = word;
    const auto index = parse_number<std::size_t>(cut(value, ':'));
    const auto coordinate = finite_number(value);
    if (!index || *index < 1 || *index > dimensions_ || !coordinate)
      return fail(EINVAL, fmt::format("support vector {} of the SVM has \"{}\" where index:value "
                                      "with an index from 1 to {} is expected",
                                      row + 1, word.substr(0, 40), dimensions_));
    vectors_[row * dimensions_ + *index - 1] = *coordinate;
  }
  return {};
}

Result<Svm> Svm::parse(std::string_view text, std::size_t dimensions) {
  Svm svm;
  svm.dimensions_ = dimensions;
  bool header = true;
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    std::string_view words = line;
    const std::string_view first = next_word(words);
    if (first.empty()) continue;
    if (header && first == "SV")
      header = false;
    else if (header)
      VISQ_TRY(svm.parse_header_line(line));
    else if (svm.coefficients_.size() == svm.expected_)
      return fail(EINVAL, "the SVM has more support vectors than its total_sv");
    else
      VISQ_TRY(svm.parse_vector(line));
  }
  if (!svm.is_nu_svr_ || !svm.is_rbf_ || svm.gamma_ == 0)
    return fail(EINVAL, "the SVM is not a nu_svr with an rbf kernel and a gamma");
  if (svm.coefficients_.size() != svm.expected_ || svm.expected_ == 0)
    return fail(EINVAL, fmt::format("the SVM has {} support vectors where its total_sv says {}",
                                    svm.coefficients_.size(), svm.expected_));
  return svm;
}

double Svm::predict(std::span<const double> x) const {
  double sum = 0;
  const double* vector = vectors_.data();
  for (const double coefficient : coefficients_) {
    double distance = 0;
    for (const double value : x) {
      const double difference = value - *vector++;
      distance += difference * difference;
    }
    sum += coefficient * std::exp(-gamma_ * distance);
  }
  return sum - rho_;
}

}  // namespace visq
