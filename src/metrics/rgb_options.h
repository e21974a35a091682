// The options of metrics that look at colour: how samples become R, G and B.
#pragma once

#include "color/rgb.h"
#include "extract/metric.h"

namespace visq {

inline constexpr std::string_view kMatrixChoices[] = {"auto", "bt601", "bt709", "bt2020"};
inline constexpr std::string_view kRangeChoices[] = {"auto", "limited", "full"};
inline constexpr std::string_view kChromaChoices[] = {"nearest", "bilinear"};

inline constexpr OptionInfo kColourMatrix{
    .name = "colour_matrix",
    .help = "matrix of YCbCr pictures; auto: the stream's, else BT.709",
    .type = OptionType::text,
    .text = "auto",
    .choices = kMatrixChoices};
inline constexpr OptionInfo kColourRange{
    .name = "colour_range",
    .help = "range of YCbCr pictures; auto: the stream's, else limited",
    .type = OptionType::text,
    .text = "auto",
    .choices = kRangeChoices};
constexpr OptionInfo chroma_option(std::string_view standard) {
  return {.name = "chroma",
          .help = "how chroma is brought to luma's size",
          .type = OptionType::text,
          .text = standard,
          .choices = kChromaChoices};
}

inline RgbRule rgb_rule(const Options& options) {
  RgbRule rule;
  const std::string& matrix = options.text("colour_matrix");
  if (matrix == "bt601") rule.matrix = Matrix::smpte170m;
  if (matrix == "bt709") rule.matrix = Matrix::bt709;
  if (matrix == "bt2020") rule.matrix = Matrix::bt2020_ncl;
  const std::string& range = options.text("colour_range");
  if (range == "limited") rule.range = Range::limited;
  if (range == "full") rule.range = Range::full;
  rule.chroma =
      options.text("chroma") == "bilinear" ? ChromaUpsampling::bilinear : ChromaUpsampling::nearest;
  return rule;
}

}  // namespace visq
