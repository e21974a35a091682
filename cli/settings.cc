#include "cli/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/numbers.h"
#include "cli/match.h"
#include "cli/options.h"
#include "cli/presets.h"

namespace visq::cli {
namespace {

Task task_of(const Raw& raw) {
  if (raw.list_devices) return Task::list_devices;
  if (raw.list_models) return Task::list_models;
  return raw.verify_models ? Task::verify_models : Task::score;
}

Result<std::uint64_t> mask(const std::string& text, const char* option) {
  if (text.empty()) return 0u;
  const bool negative = text.front() == '-';
  std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  const int base = hexadecimal ? 16 : digits.starts_with('0') ? 8 : 10;  // as C writes numbers
  if (hexadecimal) digits.remove_prefix(2);
  const char* const to = digits.data() + digits.size();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), to, value, base);
  if (error != std::errc{} || end != to)
    return fail(EINVAL,
                fmt::format("{}: \"{}\" is not a number such as 48, 0x30 or -1", option, text));
  return negative ? ~value + 1 : value;  // -1: all bits
}

Result<int> precision(const std::string& text) {
  if (text.empty() || text == "legacy") return 0;
  if (text == "max") return -1;
  if (const auto digits = parse_number<int>(text); digits && *digits >= 1 && *digits <= 17)
    return *digits;
  return fail(EINVAL,
              fmt::format("--precision: \"{}\" is not legacy, max or a number from 1 to 17", text));
}

// Zero where the text is no positive number.
double positive_number(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : 0;
}

// "25", "29.97", "30000/1001" or "30000:1001"
Result<io::FrameRate> frame_rate(const std::string& text) {
  if (text.empty()) return io::FrameRate{};
  const std::string_view whole = text;
  const std::size_t middle = std::min(text.find_first_of("/:"), text.size());
  const double over = positive_number(whole.substr(0, middle));
  const double under = middle == text.size() ? 1 : positive_number(whole.substr(middle + 1));
  if (under > 0 && over >= 0.001 * under && over <= 10000 * under)
    return io::FrameRate{static_cast<int>(std::lround(1000 * over / under)), 1000};
  return fail(
      EINVAL,
      fmt::format(
          "--frame_rate: \"{}\" is not a rate from 0.001 to 10000 such as 25, 29.97 or 30000/1001",
          text));
}

Result<std::optional<io::RawFormat>> raw_format(const Raw& raw, const io::FrameRate& rate) {
  if (raw.width == 0 && raw.height == 0 && raw.pixel_format.empty() && raw.bits == 0)
    return std::nullopt;
  std::string missing;
  const auto need = [&](bool there, const char* option) {
    missing += there ? "" : missing.empty() ? option : std::string(", ") + option;
  };
  need(raw.width != 0, "--width");
  need(raw.height != 0, "--height");
  need(!raw.pixel_format.empty(), "--pixel_format");
  need(raw.bits != 0, "--bitdepth");
  if (!missing.empty())
    return fail(EINVAL, fmt::format("raw .yuv input needs all of --width, --height, --pixel_format "
                                    "and --bitdepth: {} is missing",
                                    missing));
  static const std::map<std::string, VmafPixelFormat> kFormats{{"400", VMAF_PIX_FMT_YUV400P},
                                                               {"420", VMAF_PIX_FMT_YUV420P},
                                                               {"422", VMAF_PIX_FMT_YUV422P},
                                                               {"444", VMAF_PIX_FMT_YUV444P}};
  const auto format = kFormats.find(raw.pixel_format);
  if (format == kFormats.end())
    return fail(EINVAL, fmt::format("--pixel_format: \"{}\" is not 400, 420, 422 or 444",
                                    raw.pixel_format));
  if (raw.bits < 8 || raw.bits > 16)
    return fail(EINVAL, fmt::format("--bitdepth: {} is not from 8 to 16", raw.bits));
  return io::RawFormat{raw.width, raw.height, format->second, raw.bits, rate};
}

Status read_scale(const Raw& raw, Settings& s) {
  static const std::map<std::string, io::Scaler> kScalers{{"", io::Scaler::bicubic},
                                                          {"bicubic", io::Scaler::bicubic},
                                                          {"lanczos", io::Scaler::lanczos},
                                                          {"bilinear", io::Scaler::bilinear}};
  if (!raw.scale.empty()) {
    VISQ_ASSIGN(s.scale, parse_scale(raw.scale));
  }
  const auto scaler = kScalers.find(raw.scaler);
  if (scaler == kScalers.end())
    return fail(EINVAL,
                fmt::format("--scaler: \"{}\" is not bicubic, lanczos or bilinear", raw.scaler));
  if (!raw.scaler.empty() && raw.scale.empty())
    return fail(EINVAL, "--scaler says how to scale, and --scale, which asks for it, is missing");
  s.scaler = scaler->second;
  return {};
}

// What clips that do not match are brought to.
Status read_conversion(const Raw& raw, Settings& s) {
  static const std::map<std::string, VmafPixelFormat> kFormats{{"auto", VMAF_PIX_FMT_UNKNOWN},
                                                               {"420", VMAF_PIX_FMT_YUV420P},
                                                               {"422", VMAF_PIX_FMT_YUV422P},
                                                               {"444", VMAF_PIX_FMT_YUV444P}};
  static const std::map<std::string, unsigned> kDepths{{"8", 8},   {"9", 9},   {"10", 10},
                                                       {"12", 12}, {"14", 14}, {"16", 16}};
  VISQ_TRY(read_scale(raw, s));
  if (const auto format = kFormats.find(raw.to_pixel_format); format != kFormats.end())
    s.to_pixel_format = format->second;
  else if (!raw.to_pixel_format.empty())
    return fail(EINVAL, fmt::format("--to_pixel_format: \"{}\" is not auto, 420, 422 or 444",
                                    raw.to_pixel_format));
  if (const auto depth = kDepths.find(raw.to_bits); depth != kDepths.end())
    s.to_bits = depth->second;
  else if (raw.to_bits == "auto")
    s.common_depth = true;
  else if (!raw.to_bits.empty())
    return fail(EINVAL, fmt::format("--to_bitdepth: \"{}\" is not auto, 8, 9, 10, 12, 14 or 16",
                                    raw.to_bits));
  if (!raw.sync.empty() && raw.sync != "auto")
    return fail(EINVAL, fmt::format("--sync: \"{}\" is not auto", raw.sync));
  s.sync = raw.sync == "auto";
  return {};
}

// A preset stands for --model and --feature arguments before those given by themselves.
Status read_preset(const Result<Preset>& preset, Raw& raw, Settings& s) {
  if (!preset) return tl::unexpected<Error>(preset.error());
  raw.models.insert(raw.models.begin(), preset->models.begin(), preset->models.end());
  raw.features.insert(raw.features.begin(), preset->features.begin(), preset->features.end());
  s.common_depth = s.common_depth || preset->common_depth;
  return {};
}

Status read_features(const Raw& raw, Settings& s) {
  for (const std::string& text : raw.features) {
    VISQ_ASSIGN(FeatureSpec spec, parse_feature_spec(text));
    s.features.push_back(std::move(spec));
  }
  for (const std::string& text : raw.feature_params) {
    std::string spec_text = text;
    const std::size_t colon = spec_text.find(':');
    if (colon == std::string::npos)
      return fail(EINVAL, fmt::format("--feature_params: \"{}\" is not NAME:option=value", text));
    spec_text[colon] = '=';
    VISQ_ASSIGN(const FeatureSpec spec, parse_feature_spec(spec_text));
    auto same = std::find_if(s.features.begin(), s.features.end(),
                             [&](const FeatureSpec& f) { return f.name == spec.name; });
    if (same == s.features.end()) same = s.features.insert(same, {spec.name, {}});
    for (const auto& [key, value] : spec.options) same->options[key] = value;
  }
  return {};
}

Status read_models(const Raw& raw, Settings& s) {
  std::set<std::string> names;
  for (const std::string& text : raw.models) {
    VISQ_ASSIGN(ModelSpec spec, parse_model_spec(text));
    if (!names.insert(spec.name).second)
      return fail(
          EINVAL,
          fmt::format("--model: two models are named \"{}\"; give one another name with :name=",
                      spec.name));
    s.models.push_back(std::move(spec));
  }
  if (s.models.empty() && !raw.no_prediction && !s.no_reference) {
    VISQ_ASSIGN(ModelSpec spec, parse_model_spec("version=vmaf_v0.6.1"));
    s.models.push_back(std::move(spec));
  }
  return {};
}

// The last format flag wins; without one the extension of the output decides.
VmafOutputFormat output_format(const std::vector<std::string>& arguments,
                               const std::string& output) {
  static const std::map<std::string, VmafOutputFormat> kFormats{{"xml", VMAF_OUTPUT_FORMAT_XML},
                                                                {"json", VMAF_OUTPUT_FORMAT_JSON},
                                                                {"csv", VMAF_OUTPUT_FORMAT_CSV},
                                                                {"sub", VMAF_OUTPUT_FORMAT_SUB}};
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it)
    if (it->rfind("--", 0) == 0)
      if (const auto format = kFormats.find(it->substr(2)); format != kFormats.end())
        return format->second;
  const std::size_t dot = output.rfind('.');
  const auto format =
      dot == std::string::npos ? kFormats.end() : kFormats.find(output.substr(dot + 1));
  return format == kFormats.end() ? VMAF_OUTPUT_FORMAT_XML : format->second;
}

// Words that a shell would take apart are quoted.
std::string as_typed(const std::vector<std::string>& arguments) {
  std::string command = "vmaf";
  for (const std::string& argument : arguments) {
    const bool plain =
        !argument.empty() &&
        argument.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=:./,+@%") ==
            std::string::npos;
    std::string quoted = "'";
    for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += " " + (plain ? argument : quoted + "'");
  }
  return command;
}

Status check_inputs(const Settings& s) {
  if (s.no_reference && !s.reference.empty())
    return fail(EINVAL, "--no-reference: there is a reference (-r); leave out one of the two");
  if (s.no_reference && s.distorted.empty())
    return fail(EINVAL, "a distorted video (-d) is needed");
  if (!s.no_reference && s.reference.empty() && s.distorted.empty())
    return fail(EINVAL, "a reference (-r) and a distorted video (-d) are needed");
  if (s.distorted.empty())
    return fail(EINVAL, fmt::format("a distorted video (-d) is needed, to be compared with {}",
                                    s.reference));
  if (!s.no_reference && s.reference.empty())
    return fail(EINVAL,
                fmt::format("a reference (-r) is needed, or --no_reference to score {} by itself",
                            s.distorted.front()));
  const auto inputs =
      std::count(s.distorted.begin(), s.distorted.end(), "-") + (s.reference == "-" ? 1 : 0);
  if (inputs > 1) return fail(EINVAL, "only one of reference and distorted can be standard input");
  return {};
}

// Options that need others, or exclude them.
Status check_together(const Settings& s) {
  if (s.models.empty() && s.features.empty() && s.tiny.models.empty())
    return fail(EINVAL,
                fmt::format("nothing to score: {} needs at least one --feature or --tiny-model",
                            s.no_reference ? "--no-reference" : "--no_prediction"));
  if (!s.curves.empty() && s.curves.size() != s.distorted.size())
    return fail(EINVAL,
                fmt::format("{} --curve for {} distorted videos: give one for each, in their order",
                            s.curves.size(), s.distorted.size()));
  if (!s.curves.empty() && s.report.empty())
    return fail(EINVAL, "--curve names a curve of the report: add --report FILE.html");
  if (s.no_reference && (s.sync || s.scale.mode != ScaleTo::none || s.to_bits || s.to_pixel_format))
    return fail(EINVAL,
                "--scale, --to_bitdepth, --to_pixel_format and --sync bring clips to their "
                "reference: there is none with --no-reference");
  if (s.no_reference && !s.report.empty())
    return fail(
        EINVAL,
        "--report shows clips beside their reference: it cannot do without (--no-reference)");
  if (s.lpips_map && s.report.empty())
    return fail(EINVAL, "--lpips_map is drawn in the report: add --report FILE.html");
  if (s.report == "-")
    return fail(EINVAL, "--report: the page is written to a file, not to standard output");
  if (s.distorted.size() > 1 && !s.output.empty() && s.format != VMAF_OUTPUT_FORMAT_JSON)
    return fail(EINVAL,
                "several distorted videos are reported in one JSON file: add --json, or let the "
                "name of the output end in .json");
  if (s.tiny.codec.empty() && (!s.tiny.preset.empty() || s.tiny.crf))
    return fail(EINVAL, "--tiny_preset and --tiny_crf are of a codec: name it with --tiny_codec");
  if (!s.tiny.quant.empty() && s.tiny.quant != "none" && s.tiny.quant != "int8")
    return fail(EINVAL, fmt::format("--tiny_quant: \"{}\" is not none or int8", s.tiny.quant));
  return {};
}

Status finish(Raw& raw, const std::vector<std::string>& arguments, Settings& s) {
  VISQ_TRY(check_inputs(s));
  if (!raw.progress.empty() && raw.progress != "json")
    return fail(EINVAL, fmt::format("--progress: \"{}\" is not json", raw.progress));
  s.progress_json = raw.progress == "json";
  VISQ_ASSIGN(s.frame_rate, frame_rate(raw.frame_rate));
  VISQ_ASSIGN(s.raw, raw_format(raw, s.frame_rate));
  VISQ_TRY(read_conversion(raw, s));
  VISQ_ASSIGN(s.cpumask, mask(raw.cpumask, "--cpumask"));
  VISQ_ASSIGN(s.gpumask, mask(raw.gpumask, "--gpumask"));
  VISQ_ASSIGN(s.precision, precision(raw.precision));
  if (!raw.aom_ctc.empty()) VISQ_TRY(read_preset(aom_ctc(raw.aom_ctc), raw, s));
  if (!raw.nflx_ctc.empty()) VISQ_TRY(read_preset(nflx_ctc(raw.nflx_ctc), raw, s));
  VISQ_TRY(read_features(raw, s));
  VISQ_TRY(read_models(raw, s));
  s.format = output_format(arguments, s.output);
  s.command = as_typed(arguments);
  return check_together(s);
}

}  // namespace

Status settle(Raw& raw, const std::vector<std::string>& words, Settings& settings) {
  if (raw.list_devices + raw.list_models + raw.verify_models > 1)
    return fail(EINVAL, "--list_devices, --list_models and --verify_models are done one at a time");
  settings.task = task_of(raw);
  settings.json = std::find(words.begin(), words.end(), "--json") != words.end();
  return settings.task == Task::score && settings.config.empty() ? finish(raw, words, settings)
                                                                 : Status();
}

}  // namespace visq::cli
