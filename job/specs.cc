#include "job/specs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "job/clip_options.h"
#include "job/store.h"
#include "job/tiny_models.h"
#include "job/words.h"
#include "visq/visq.hpp"

namespace visq::job {
namespace {

struct KeyValue {
  std::string key, value;
  bool has_value;
};

KeyValue key_value(const std::string& part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string::npos) return {part, "", false};
  return {part.substr(0, equals), part.substr(equals + 1), true};
}

// ---- words ----

constexpr Word<io::Scaler> kScalers[] = {{"bicubic", io::Scaler::bicubic},
                                         {"lanczos", io::Scaler::lanczos},
                                         {"bilinear", io::Scaler::bilinear}};
// Matrix, transfer and range, by their numbers in H.273.
const Word<ColourWords> kColours[] = {{"full", {{}, {}, VMAF_COLOR_RANGE_FULL}},
                                      {"limited", {{}, {}, VMAF_COLOR_RANGE_LIMITED}},
                                      {"bt601", {6, {}, {}}},
                                      {"bt709", {1, {}, {}}},
                                      {"bt2020", {9, {}, {}}},
                                      {"fcc", {4, {}, {}}},
                                      {"smpte240m", {7, {}, {}}},
                                      {"ycgco", {8, {}, {}}},
                                      {"sdr", {{}, 1, {}}},
                                      {"pq", {{}, 16, {}}},
                                      {"hlg", {{}, 18, {}}}};
constexpr Word<VmafPixelFormat> kRawFormats[] = {{"400", VMAF_PIX_FMT_YUV400P},
                                                 {"420", VMAF_PIX_FMT_YUV420P},
                                                 {"422", VMAF_PIX_FMT_YUV422P},
                                                 {"444", VMAF_PIX_FMT_YUV444P}};
constexpr Word<VmafPixelFormat> kFormats[] = {{"auto", VMAF_PIX_FMT_UNKNOWN},
                                              {"420", VMAF_PIX_FMT_YUV420P},
                                              {"422", VMAF_PIX_FMT_YUV422P},
                                              {"444", VMAF_PIX_FMT_YUV444P}};
constexpr Word<unsigned> kDepths[] = {{"auto", 0}, {"8", 8},   {"9", 9},  {"10", 10},
                                      {"12", 12},  {"14", 14}, {"16", 16}};
constexpr Word<ScaleTo::Mode> kScales[] = {{"auto", ScaleTo::largest},
                                           {"reference", ScaleTo::reference},
                                           {"distorted", ScaleTo::distorted}};
constexpr Word<bool> kSync[] = {{"auto", true}};
constexpr Word<bool> kQuants[] = {{"none", false}, {"int8", true}};
constexpr Word<CutInto::Mode> kShots[] = {{"detect", CutInto::detected}};
constexpr Word<int> kPrecisions[] = {{"legacy", 0}, {"max", -1}};

// ---- numbers ----

std::optional<std::uint64_t> number_of_any_base(std::string_view text) {
  const bool hexadecimal = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
  if (!hexadecimal) return parse_number<std::uint64_t>(text);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 2, end, value, 16);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

Result<std::uint64_t> mask(const std::string& text) {
  const bool negative = text.rfind('-', 0) == 0;
  const auto value = number_of_any_base(std::string_view(text).substr(negative ? 1 : 0));
  if (value) return negative ? -*value : *value;
  return wrong(fmt::format("\"{}\" is not a number such as 48, 0x30 or -1", text));
}

Status set_precision(Job& job, const std::string& text) {
  if (const auto* word = find(kPrecisions, text)) {
    job.precision = word->value;
    return {};
  }
  const auto digits = parse_number<int>(text);
  if (!digits || *digits < 1 || *digits > 17)
    return wrong(fmt::format("\"{}\" is not legacy, max or a number from 1 to 17", text));
  job.precision = *digits;
  return {};
}

Status add_threshold(Job& job, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto value = colon == std::string::npos
                         ? std::nullopt
                         : parse_number<double>(std::string_view(text).substr(colon + 1));
  if (colon == 0 || !value || !std::isfinite(*value))
    return wrong(fmt::format("\"{}\" is not SCORE:VALUE, such as vmaf:70", text));
  job.thresholds.push_back({text.substr(0, colon), *value});
  return {};
}

// Zero where the text is no positive number.
double positive_number(std::string_view text) {
  return std::max(0.0, plain_number<double>(text).value_or(0));
}

// "25", "29.97", "30000/1001" or "30000:1001"
Status set_frame_rate(Job& job, const std::string& text) {
  const std::string_view whole = text;
  const std::size_t middle = std::min(text.find_first_of("/:"), text.size());
  const double over = positive_number(whole.substr(0, middle));
  const double under = middle == text.size() ? 1 : positive_number(whole.substr(middle + 1));
  if (!(under > 0 && over >= 0.001 * under && over <= 10000 * under))
    return wrong(fmt::format(
        "\"{}\" is not a rate from 0.001 to 10000 such as 25, 29.97 or 30000/1001", text));
  job.frame_rate = {static_cast<int>(std::lround(1000 * over / under)), 1000};
  if (job.raw) job.raw->rate = job.frame_rate;
  return {};
}

Status set_scale(Job& job, const std::string& text) {
  if (const auto* word = find(kScales, text)) {
    job.scale = {word->value, 0, 0};
    return {};
  }
  constexpr unsigned kMost = 32768;
  const std::size_t middle = std::min(text.find('x'), text.size());
  const auto width = plain_number<unsigned>(std::string_view(text).substr(0, middle));
  const auto height =
      plain_number<unsigned>(std::string_view(text).substr(std::min(middle + 1, text.size())));
  if (!width || !height || *width < 1 || *height < 1 || *width > kMost || *height > kMost)
    return wrong(fmt::format(
        "\"{}\" is not auto, reference, distorted or WIDTHxHEIGHT (each 1 to {})", text, kMost));
  job.scale = {ScaleTo::size, *width, *height};
  return {};
}

// ---- options that are words or texts ----

Status set_scaler(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.scaler, choice(kScalers, text));
  return {};
}

Status set_depth(Job& job, const std::string& text) {
  VISQ_ASSIGN(const unsigned bits, choice(kDepths, text));
  if (bits == 0)
    job.common_depth = true;
  else
    job.to_bits = bits;
  return {};
}

Status set_pixel_format(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.to_pixel_format, choice(kFormats, text));
  return {};
}

// "full,bt601": each word says one thing.
Status set_colour(ColourWords& colour, const std::string& text) {
  colour = {};
  for (const std::string& word : split(text, ',')) {
    VISQ_ASSIGN(const ColourWords said, choice(kColours, word));
    if ((said.matrix && colour.matrix) || (said.transfer && colour.transfer) ||
        (said.range && colour.range))
      return wrong(fmt::format("\"{}\" in \"{}\" contradicts a word before it", word, text));
    if (said.matrix) colour.matrix = said.matrix;
    if (said.transfer) colour.transfer = said.transfer;
    if (said.range) colour.range = said.range;
  }
  return {};
}

Status set_reference_colour(Job& job, const std::string& text) {
  return set_colour(job.colour_reference, text);
}

Status set_distorted_colour(Job& job, const std::string& text) {
  return set_colour(job.colour_distorted, text);
}

Status set_sync(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.sync, choice(kSync, text));
  return {};
}

Status set_quant(Job& job, const std::string& text) {
  VISQ_TRY(choice(kQuants, text));
  job.tiny.quant = text;
  return {};
}

// The one word, a number of frames, or else a file.
Status set_shots(Job& job, const std::string& text) {
  if (const auto* word = find(kShots, text)) {
    job.shots = {word->value, "", 0};
    return {};
  }
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
    job.shots = {CutInto::listed, text, 0};
    return text.empty() ? wrong("detect, a file or a number of frames is expected") : Status();
  }
  const auto frames = parse_number<unsigned>(text);
  if (!frames || *frames == 0)
    return wrong(fmt::format("shots of {} frames are not possible", text));
  job.shots = {CutInto::equal, "", *frames};
  return {};
}

// "100:199", or "100:" up to the end.
Status set_range(Job& job, const std::string& text) {
  const std::string_view whole = text;
  const std::size_t colon = std::min(whole.find(':'), whole.size());
  const std::string_view end = whole.substr(std::min(colon + 1, whole.size()));
  const auto first = plain_number<unsigned>(whole.substr(0, colon));
  const auto last = end.empty() ? kEndOfClip : plain_number<unsigned>(end);
  if (colon == whole.size() || !first || !last || *first > *last || *last > kEndOfClip)
    return wrong(fmt::format(
        "\"{}\" is not FIRST:LAST, such as 100:199 for the frames from 100 to 199, or FIRST:",
        text));
  job.range = {*first, *last};
  return {};
}

Status set_cpumask(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.cpumask, mask(text));
  return {};
}

Status set_gpumask(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.gpumask, mask(text));
  return {};
}

// ---- names of metrics and models ----

constexpr const char* kDefaultModel = "vmaf_v0.6.1";

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() > end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

// What a model of that name is for the library; nothing: the name is that of a metric.
std::optional<std::string> named_model(const std::string& name) {
  if (ends_with(name, ".json"))
    return fmt::format("path={}:name={}", model_part(name),
                       model_part(std::filesystem::path(name).stem().string()));
  const std::string version = name == "vmaf" ? kDefaultModel : name;
  if (name == "auto") return name;
  const bool known = name == "vmaf" || is_built_in(version) ||
                     (name.rfind("vmaf_", 0) == 0 && find_in_model_store("vmaf/" + name + ".json"));
  if (!known) return std::nullopt;
  return fmt::format("version={}:name={}", version, name);
}

}  // namespace

std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 < words.size() ? ", " : " or ", words[i]);
  return text;
}

Result<FeatureSpec> parse_feature_spec(const std::string& text) {
  const KeyValue head = key_value(text);
  FeatureSpec spec{head.key, {}};
  if (spec.name.empty())
    return wrong(fmt::format("\"{}\" does not begin with a metric's name", text));
  if (!head.has_value) return spec;
  for (const std::string& part : split(head.value, ':')) {
    const KeyValue item = key_value(part);
    if (item.key.empty() || !item.has_value)
      return wrong(
          fmt::format("\"{}\" in \"{}\" is not option=value; NAME or "
                      "NAME=option=value:option=value is expected",
                      part, text));
    spec.options[item.key] = item.value;
  }
  return spec;
}

std::string model_part(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == ':' ? std::string("\\:") : std::string(1, c);
  return text;
}

namespace {

Result<ModelSpec> model_described(const std::string& text) {
  if (text.find('\0') != text.npos)
    return wrong(fmt::format("model \"{}\" is followed by a NUL", text.c_str()));
  char* told = nullptr;
  if (vmaf_describe_model_spec(text.c_str(), &told) != 0) return wrong(vmaf_last_error());
  const owned<char> owner(told);
  const auto json = nlohmann::json::parse(told);
  return ModelSpec{text, json["name"], json["version"], json["path"], json["named"]};
}

}  // namespace

Result<ModelSpec> parse_model_spec(const std::string& text) {
  VISQ_ASSIGN(ModelSpec spec, model_described(text));
  VISQ_ASSIGN(ModelSpec small, model_for(spec, 0));
  spec.name = std::move(small.name);
  return spec;
}

Result<ModelSpec> model_for(const ModelSpec& spec, unsigned height) {
  if (!spec.goes_by_size()) return spec;
  constexpr unsigned kLargeHeight = 1440;
  const std::string version = height < kLargeHeight ? kDefaultModel : "vmaf_4k_v0.6.1";
  std::string text = spec.text + ":version=" + version;  // what is said last counts
  if (!spec.named) text += ":name=" + version;
  VISQ_ASSIGN(ModelSpec of_size, model_described(text));
  if (of_size.goes_by_size())
    return wrong(
        fmt::format("model \"{}\" ends with a backslash, and a part of it may not", spec.text));
  return of_size;
}

std::span<const TextOption> text_options() {
  static const std::vector<TextOption> list{
      {"scale", words_of(kScales), set_scale},
      {"scaler", words_of(kScalers), set_scaler},
      {"to_bitdepth", words_of(kDepths), set_depth},
      {"to_pixel_format", words_of(kFormats), set_pixel_format},
      {"colour_ref", {}, set_reference_colour},
      {"colour_dist", {}, set_distorted_colour},
      {"sync", words_of(kSync), set_sync},
      {"stream_ref", {}, set_reference_stream},
      {"stream_dist", {}, set_distorted_stream},
      {"crop_ref", {}, set_reference_crop},
      {"crop_dist", {}, set_distorted_crop},
      {"damaged", damaged_words(), set_damaged},
      {"film_grain", film_grain_words(), set_film_grain},
      {"interlaced", interlaced_words(), set_interlaced},
      {"frame_rate", {}, set_frame_rate},
      {"tiny_quant", words_of(kQuants), set_quant},
      {"precision", words_of(kPrecisions), set_precision},
      {"threshold", {}, add_threshold},
      {"shots", words_of(kShots), set_shots},
      {"range", {}, set_range},
      {"cpumask", {}, set_cpumask},
      {"gpumask", {}, set_gpumask}};
  return list;
}

const TextOption* text_option(std::string_view name) {
  for (const TextOption& option : text_options())
    if (option.name == name) return &option;
  return nullptr;
}

std::vector<std::string_view> raw_pixel_formats() { return words_of(kRawFormats); }

Status set_raw_format(Job& job, const RawWords& words) {
  if (words.width == 0 && words.height == 0 && words.pixel_format.empty() && words.bits == 0)
    return {};
  std::string missing;
  const auto need = [&](bool there, const char* option) {
    if (!there) missing += (missing.empty() ? "" : ", ") + job.option(option);
  };
  need(words.width != 0, "width");
  need(words.height != 0, "height");
  need(!words.pixel_format.empty(), "pixel_format");
  need(words.bits != 0, "bitdepth");
  if (!missing.empty())
    return wrong(fmt::format("raw .yuv input needs all of {}, {}, {} and {}: {} is missing",
                             job.option("width"), job.option("height"), job.option("pixel_format"),
                             job.option("bitdepth"), missing));
  const auto format = choice(kRawFormats, words.pixel_format);
  if (!format)
    return wrong(fmt::format("{}: {}", job.option("pixel_format"), format.error().message));
  if (words.bits < 8 || words.bits > 16)
    return wrong(fmt::format("{}: {} is not from 8 to 16", job.option("bitdepth"), words.bits));
  constexpr unsigned kMost = 32768;
  if (words.width > kMost || words.height > kMost)
    return wrong(fmt::format("raw frames of {}x{} are not possible: sides are 1 to {}", words.width,
                             words.height, kMost));
  job.raw = io::RawFormat{words.width, words.height, *format, words.bits, job.frame_rate};
  return {};
}

Status check(const Job& job) {
  if (job.models.empty() && job.features.empty() && job.tiny.models.empty())
    return wrong("nothing to score: at least one metric or model is needed");
  const bool converts = job.scale.mode != ScaleTo::none || job.to_bits || job.to_pixel_format;
  if (!job.has_reference() && (job.sync || converts))
    return wrong(fmt::format("{}, {}, {} and {} bring clips to their reference: there is none",
                             job.option("scale"), job.option("to_bitdepth"),
                             job.option("to_pixel_format"), job.option("sync")));
  if (!job.has_reference() && job.shots.mode == CutInto::detected)
    return wrong(fmt::format("{} finds the shots of a reference: there is none",
                             job.option("shots", "detect")));
  if (job.range && job.shots.mode == CutInto::detected)
    return wrong(
        fmt::format("{} needs the whole clip to find shots, and {} leaves it a part: name "
                    "a list of shots instead",
                    job.option("shots", "detect"), job.option("range")));
  if (job.range && job.frame_count != 0 && job.range->last != kEndOfClip &&
      job.range->last >= job.frame_count)
    return wrong(
        fmt::format("{}: of {} frames the last is frame {}",
                    job.option("range", fmt::format("{}:{}", job.range->first, job.range->last)),
                    job.frame_count, job.frame_count - 1));
  if (job.scaler && job.scale.mode == ScaleTo::none)
    return wrong(fmt::format("{} says how to scale, and {}, which asks for it, is missing",
                             job.option("scaler"), job.option("scale")));
  if (job.tiny.codec.empty() && (!job.tiny.preset.empty() || job.tiny.crf))
    return wrong(fmt::format("{} and {} are of a codec: name it with {}", job.option("tiny_preset"),
                             job.option("tiny_crf"), job.option("tiny_codec")));
  return {};
}

Status add_metric(Job& job, const std::string& name, const OptionMap& options) {
  const std::string head = key_value(name).key;
  if (is_tiny_model(name)) {
    if (!options.empty()) return wrong(fmt::format("tiny model {} has no options", name));
    job.tiny.models.push_back(name);
    return {};
  }
  const bool spelled = head == "version" || head == "path";
  if (auto text = spelled ? std::optional(name) : named_model(name)) {
    for (const auto& [key, value] : options) *text += fmt::format(":{}={}", key, model_part(value));
    auto model = parse_model_spec(*text);
    if (!model)
      return fail(model.error(), fmt::format("model {}: {}", name, model.error().message));
    job.models.push_back(*std::move(model));
    return {};
  }
  auto feature = parse_feature_spec(name);
  if (!feature) return fail(feature.error(), "metric " + feature.error().message);
  for (const auto& [key, value] : options) feature->options[key] = value;
  job.features.push_back(*std::move(feature));
  return {};
}

}  // namespace visq::job
