#include "models/codec.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace visq {
namespace {

constexpr std::string_view kUnknown = "unknown";
constexpr double kTopOrdinal = 9;

// Names of one encoder: what containers, users and the vocabularies call it.
constexpr std::string_view kAliases[][5] = {
    {"libx264", "x264", "h264", "avc", ""},        {"libx265", "x265", "hevc", "h265", ""},
    {"libsvtav1", "svtav1", "svt-av1", "av1", ""}, {"libaom-av1", "libaom", "aom", "", ""},
    {"libvvenc", "vvenc", "vvc", "h266", ""},      {"libvpx-vp9", "vp9", "vpx-vp9", "libvpx", ""}};

struct Preset {
  std::string_view name;
  double ordinal;
};
constexpr Preset kGeneric[] = {{"ultrafast", 0}, {"superfast", 1}, {"veryfast", 2}, {"faster", 3},
                               {"fast", 4},      {"medium", 5},    {"slow", 6},     {"slower", 7},
                               {"veryslow", 8},  {"placebo", 9}};
constexpr Preset kVvenc[] = {{"faster", 1}, {"fast", 3}, {"medium", 5}, {"slow", 7}, {"slower", 8}};
constexpr Preset kVpx[] = {{"realtime", 0}, {"good", 5}, {"best", 9}};
constexpr Preset kNvenc[] = {{"p1", 0}, {"p2", 2}, {"p3", 3}, {"p4", 5},
                             {"p5", 6}, {"p6", 7}, {"p7", 9}};

std::span<const Preset> presets_of(std::string_view encoder) {
  if (encoder == "libvvenc") return kVvenc;
  if (encoder == "libvpx-vp9") return kVpx;
  if (encoder.ends_with("_nvenc")) return kNvenc;
  if (encoder == "libsvtav1") return {};
  return kGeneric;
}

bool is_alias_of(std::string_view name, std::string_view encoder) {
  for (const auto& group : kAliases) {
    const auto has = [&](std::string_view word) {
      return !word.empty() &&
             std::find(std::begin(group), std::end(group), word) != std::end(group);
    };
    if (has(name) && has(encoder)) return true;
  }
  return false;
}

// The one of the vocabulary that the user means.
Result<std::string> find_encoder(const Sidecar& sidecar, const std::string& codec) {
  for (const std::string& encoder : sidecar.encoders)
    if (encoder == codec) return encoder;
  for (const std::string& encoder : sidecar.encoders)
    if (is_alias_of(codec, encoder)) return encoder;
  return fail(EINVAL,
              fmt::format("it does not know the codec \"{}\"; it knows {}", codec,
                          fmt::join(sidecar.encoders, ", ")),
              ErrorKind::usage);
}

std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

// 0 (fastest) to 9 (slowest).
Result<double> ordinal_of(const std::string& encoder, const std::string& preset) {
  const auto known = presets_of(encoder);
  for (const Preset& p : known)
    if (p.name == preset) return p.ordinal;
  const double top = known.empty() ? 13 : kTopOrdinal;  // svtav1 counts further
  if (const auto number = number_in(preset); number && *number >= 0 && *number <= top)
    return std::min(*number, kTopOrdinal);
  std::string names;
  for (const Preset& p : known) names += fmt::format("{}, ", p.name);
  return fail(
      EINVAL,
      fmt::format("it does not know the preset \"{}\" of {}; it knows {}and numbers from 0 to {}",
                  preset, encoder, names, top),
      ErrorKind::usage);
}

std::pair<double, double> crf_range(const Sidecar& sidecar) {
  if (sidecar.crf_range) return *sidecar.crf_range;
  if (sidecar.encoder_version >= 3) return {19, 37};
  return {0, 63};
}

Status fill_norms(const Sidecar& sidecar, const CodecContext& context, CodecBlock& block) {
  if (context.preset.empty())
    block.warnings.push_back("a codec without a preset: its place holds 0");
  else {
    VISQ_ASSIGN(const double ordinal, ordinal_of(block.encoder, context.preset));
    block.preset_norm = ordinal / kTopOrdinal;
  }
  if (sidecar.encoder_version >= 3) {  // trained with one value for all
    block.preset_norm = 0.5;
    if (context.preset.empty()) block.warnings.clear();
  }
  if (!context.crf) {
    block.warnings.push_back("a codec without a crf: its place holds 0");
    return {};
  }
  const auto [low, high] = crf_range(sidecar);
  if (!(*context.crf >= low && *context.crf <= high))
    return fail(
        EINVAL,
        fmt::format("it does not know crf {:g}; it knows {:g} to {:g}", *context.crf, low, high),
        ErrorKind::usage);
  block.crf_norm = (*context.crf - low) / (high - low);
  return {};
}

// What stands at each place of the input.
Result<std::vector<std::string>> layout_of(const Sidecar& sidecar, std::size_t width) {
  std::vector<std::string> layout = sidecar.codec_layout;
  if (layout.empty()) {
    for (const std::string& encoder : sidecar.encoders)
      layout.push_back(fmt::format("encoder_onehot[{}]", encoder));
    if (width == layout.size() + 2) layout.insert(layout.end(), {"preset_norm", "crf_norm"});
  }
  if (layout.size() == width && width > 0) return layout;
  return fail(EBADMSG, fmt::format("its codec input has {} values, and its sidecar describes {}",
                                   width, layout.size()));
}

Result<float> value_at(const std::string& place, const CodecBlock& block) {
  constexpr std::string_view kOneHot = "encoder_onehot[";
  if (place == "preset_norm") return static_cast<float>(block.preset_norm);
  if (place == "crf_norm") return static_cast<float>(block.crf_norm);
  if (!place.starts_with(kOneHot) || !place.ends_with("]"))
    return fail(EBADMSG, fmt::format("its codec_block_layout has an unknown place \"{}\"", place));
  const std::string_view encoder =
      std::string_view(place).substr(kOneHot.size(), place.size() - kOneHot.size() - 1);
  return encoder == block.encoder && !encoder.empty() ? 1.0f : 0.0f;
}

}  // namespace

Result<CodecBlock> codec_block(const Sidecar& sidecar, std::size_t width,
                               const CodecContext& context) {
  VISQ_ASSIGN(const auto layout, layout_of(sidecar, width));
  if (context.codec.empty() && !context.empty())
    return fail(EINVAL, "a preset or a crf means nothing to it without a codec", ErrorKind::usage);
  CodecBlock block;
  if (!context.codec.empty()) {
    VISQ_ASSIGN(block.encoder, find_encoder(sidecar, context.codec));
    VISQ_TRY(fill_norms(sidecar, context, block));
  } else if (std::find(sidecar.encoders.begin(), sidecar.encoders.end(), kUnknown) !=
             sidecar.encoders.end()) {
    block.encoder = kUnknown;
  } else {
    block.warnings.push_back(
        "no codec was given and its vocabulary has none for that: its codec input is all zeros");
  }
  for (const std::string& place : layout) {
    VISQ_ASSIGN(const float value, value_at(place, block));
    block.values.push_back(value);
  }
  return block;
}

}  // namespace visq
