#include "cli/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/match.h"
#include "cli/presets.h"

namespace visq::cli {
namespace {

// What CLI11 fills, as text: our own checks give the sentences.
struct Raw {
  unsigned width = 0, height = 0, bits = 0;
  std::string pixel_format, aom_ctc, nflx_ctc;
  std::vector<std::string> models, features, feature_params;
  std::string precision, cpumask, gpumask, progress;
  std::string scale, scaler, to_bits, to_pixel_format, sync, frame_rate;
  bool no_prediction = false, version = false;
  bool list_devices = false, list_models = false, verify_models = false;
};

// Hyphens in the names of long options are underscores.
std::vector<std::string> normalised(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.rfind("--", 0) == 0)
      std::replace(argument.begin() + 2, std::find(argument.begin() + 2, argument.end(), '='), '-', '_');
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

void add_input_options(CLI::App& app, Settings& s, Raw& raw) {
  const char* group = "Input";
  app.add_option("-r,--reference", s.reference, "reference video or image; - reads y4m from standard input")->group(group)->type_name("FILE");
  app.add_option("-d,--distorted", s.distorted, "distorted video or image; repeatable: all are compared with the one reference, which is decoded once")->group(group)->type_name("FILE")->allow_extra_args(false);
  app.add_option("-w,--width", raw.width, "width of raw .yuv files")->group(group)->type_name("N");
  app.add_option("-h,--height", raw.height, "height of raw .yuv files")->group(group)->type_name("N");
  app.add_option("-p,--pixel_format", raw.pixel_format, "chroma of raw .yuv files: 400, 420, 422, 444")->group(group)->type_name("N");
  app.add_option("-b,--bitdepth", raw.bits, "bits a sample of raw .yuv files: 8 to 16")->group(group)->type_name("N");
  app.add_option("--frame_rate", raw.frame_rate, "frames a second of raw .yuv files, such as 25 or 30000/1001; a clip that says another is told")->group(group)->type_name("RATE");
  app.add_option("--frame_cnt", s.frame_count, "score at most N frames")->group(group)->type_name("N");
  app.add_option("--frame_skip_ref", s.skip_reference, "skip the first N frames of the reference")->group(group)->type_name("N");
  app.add_option("--frame_skip_dist", s.skip_distorted, "skip the first N frames of the distorted video")->group(group)->type_name("N");
  app.add_flag("--no_reference", s.no_reference, "score the distorted video by itself, with metrics and models that need no reference")->group(group);
  app.add_option("--scale", raw.scale, "bring the clips to one size: auto (the largest), reference, distorted (to that one's) or WxH")->group(group)->type_name("SIZE");
  app.add_option("--scaler", raw.scaler, "how: bicubic (default), lanczos or bilinear")->group(group)->type_name("NAME");
  app.add_option("--to_bitdepth", raw.to_bits, "bring the clips to one depth: auto (the largest), 8, 9, 10, 12, 14 or 16")->group(group)->type_name("N");
  app.add_option("--to_pixel_format", raw.to_pixel_format, "bring the clips to one chroma format: auto (the reference's), 420, 422 or 444")->group(group)->type_name("N");
  app.add_option("--sync", raw.sync, "auto: find the frames at which the clips begin alike, up to 100 apart, and tell of dropped and repeated ones")->group(group)->type_name("auto");
  app.add_flag("--shortest", s.shortest, "a clip that ends before the other is no error")->group(group);
}

void add_metric_options(CLI::App& app, Settings& s, Raw& raw) {
  const char* group = "Metrics";
  app.add_option("-m,--model", raw.models,
                 "VMAF model, repeatable: version=V or path=P, then :name=N :disable_clip :enable_transform "
                 ":metric.option=value (default: version=vmaf_v0.6.1)")->group(group)->type_name("SPEC")->allow_extra_args(false);
  app.add_option("--feature", raw.features, "metric, repeatable: NAME or NAME=option=value:option=value")->group(group)->type_name("SPEC")->allow_extra_args(false);
  app.add_option("--feature_params", raw.feature_params, "options of a metric: NAME:option=value")->group(group)->type_name("SPEC")->allow_extra_args(false);
  app.add_option("--aom_ctc", raw.aom_ctc, "models and metrics of AOM's common test conditions, v1.0 to v7.0")->group(group)->type_name("VERSION");
  app.add_option("--nflx_ctc", raw.nflx_ctc, "models and metrics of Netflix's common test conditions, v1.0")->group(group)->type_name("VERSION");
  app.add_flag("-n,--no_prediction", raw.no_prediction, "score the metrics only, no VMAF model")->group(group);
  app.add_option("--subsample", s.subsample, "score every N-th frame")->group(group)->type_name("N");
}

void add_learned_options(CLI::App& app, Settings& s) {
  const char* group = "Learned models (tiny models and metrics such as lpips)";
  app.add_option("--tiny_model", s.tiny.models, "tiny ONNX model, repeatable: a file, or an ID of the model store's registry")->group(group)->type_name("PATH|ID")->allow_extra_args(false);
  app.add_option("--tiny_codec", s.tiny.codec, "codec of the distorted clip, for models that ask: libx264, hevc, ...")->group(group)->type_name("NAME");
  app.add_option("--tiny_preset", s.tiny.preset, "preset of that codec: medium, p4, ... or a number from 0 (fastest) to 9")->group(group)->type_name("NAME");
  app.add_option("--tiny_crf", s.tiny.crf, "its crf")->group(group)->type_name("N");
  app.add_option("--tiny_quant", s.tiny.quant, "none, or int8: the quantised files")->group(group)->type_name("MODE");
  app.add_option("--tiny_device", s.tiny.device, "where they run: auto, cpu, cuda, cuda:1, openvino, rocm, coreml, ...")->group(group)->type_name("DEVICE");
  app.add_option("--tiny_threads", s.tiny.threads, "threads inside one run (default 0: within --threads)")->group(group)->type_name("N")->check(CLI::Range(0, 1024));
  app.add_flag("--tiny_fp16", s.tiny.fp16, "float16 where model or device has it")->group(group);
  app.add_flag("--tiny_model_verify", s.tiny.verify, "refuse models that the registry beside them does not list")->group(group);
}

void add_output_options(CLI::App& app, Settings& s, Raw& raw) {
  const char* group = "Output";
  app.add_option("-o,--output", s.output, "write the scores to a file; - is standard output")->group(group)->type_name("FILE");
  for (const char* format : {"--xml", "--json", "--csv", "--sub"})  // output_format() reads them
    app.add_flag_callback(format, [] {}, "format of the output; without one its extension decides, else XML")->group(group);
  app.add_option("--report", s.report, "write a page to look at: curves, worst frames, rate and quality")->group(group)->type_name("FILE.html");
  app.add_option("--curve", s.curves, "name the rate-quality curve of a distorted video, once for each -d, in their order")->group(group)->type_name("NAME")->allow_extra_args(false);
  app.add_option("--precision", raw.precision, "digits of scores: legacy (6 decimals), N decimals, or max")->group(group)->type_name("P");
  app.add_option("--window", s.window, "also report the worst mean of N consecutive scored frames")->group(group)->type_name("N");
  app.add_option("--progress", raw.progress, "json: progress and messages as JSON on standard error, an object a line")->group(group)->type_name("json");
  app.add_flag("-q,--quiet", s.quiet, "no progress and no summary")->group(group);
}

void add_machine_options(CLI::App& app, Settings& s, Raw& raw) {
  const char* group = "Machine";
  app.add_option("--threads", s.threads, "threads that score (default 0: all cores)")->group(group)->type_name("N");
  app.add_option("-c,--cpumask", raw.cpumask, "disable instruction sets: 1 SSE2, 2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512; -1 all")->group(group)->type_name("MASK");
  app.add_option("--gpumask", raw.gpumask, "not zero: no GPU")->group(group)->type_name("MASK");
  app.add_flag("-v,--version", raw.version, "print the version")->group(group);
}

void add_inventory_options(CLI::App& app, Raw& raw) {
  const char* group = "Instead of scoring (with --json: as JSON)";
  app.add_flag("--list_devices", raw.list_devices, "what this build and this machine can score on")->group(group);
  app.add_flag("--list_models", raw.list_models, "the models: where they are, whether they are the right ones, what they need")->group(group);
  app.add_flag("--verify_models", raw.verify_models, "check every file of the model store, and signatures; exit code 3 when one is wrong")->group(group);
}

Task task_of(const Raw& raw) {
  if (raw.list_devices) return Task::list_devices;
  if (raw.list_models) return Task::list_models;
  return raw.verify_models ? Task::verify_models : Task::score;
}

Result<std::uint64_t> mask(const std::string& text, const char* option) {
  if (text.empty()) return 0u;
  char* end = nullptr;
  errno = 0;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 0);
  if (*end != '\0' || errno != 0) return fail(EINVAL, fmt::format("{}: \"{}\" is not a number such as 48, 0x30 or -1", option, text));
  return value;
}

Result<int> precision(const std::string& text) {
  if (text.empty() || text == "legacy") return 0;
  if (text == "max") return -1;
  char* end = nullptr;
  const long digits = std::strtol(text.c_str(), &end, 10);
  if (*end == '\0' && digits >= 1 && digits <= 17) return static_cast<int>(digits);
  return fail(EINVAL, fmt::format("--precision: \"{}\" is not legacy, max or a number from 1 to 17", text));
}

// Zero where the text is no positive number.
double positive_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : 0;
}

// "25", "29.97", "30000/1001" or "30000:1001"
Result<io::FrameRate> frame_rate(const std::string& text) {
  if (text.empty()) return io::FrameRate{};
  const std::string_view whole = text;
  const std::size_t middle = std::min(text.find_first_of("/:"), text.size());
  const double over = positive_number(whole.substr(0, middle));
  const double under = middle == text.size() ? 1 : positive_number(whole.substr(middle + 1));
  if (under > 0 && over >= 0.001 * under && over <= 10000 * under) return io::FrameRate{static_cast<int>(std::lround(1000 * over / under)), 1000};
  return fail(EINVAL, fmt::format("--frame_rate: \"{}\" is not a rate from 0.001 to 10000 such as 25, 29.97 or 30000/1001", text));
}

Result<std::optional<io::RawFormat>> raw_format(const Raw& raw, const io::FrameRate& rate) {
  if (raw.width == 0 && raw.height == 0 && raw.pixel_format.empty() && raw.bits == 0) return std::nullopt;
  if (raw.width == 0 || raw.height == 0 || raw.pixel_format.empty() || raw.bits == 0)
    return fail(EINVAL, "raw .yuv input needs all of --width, --height, --pixel_format and --bitdepth");
  static const std::map<std::string, VmafPixelFormat> kFormats{{"400", VMAF_PIX_FMT_YUV400P}, {"420", VMAF_PIX_FMT_YUV420P},
                                                               {"422", VMAF_PIX_FMT_YUV422P}, {"444", VMAF_PIX_FMT_YUV444P}};
  const auto format = kFormats.find(raw.pixel_format);
  if (format == kFormats.end())
    return fail(EINVAL, fmt::format("--pixel_format: \"{}\" is not 400, 420, 422 or 444", raw.pixel_format));
  if (raw.bits < 8 || raw.bits > 16) return fail(EINVAL, fmt::format("--bitdepth: {} is not from 8 to 16", raw.bits));
  return io::RawFormat{raw.width, raw.height, format->second, raw.bits, rate};
}

Status read_scale(const Raw& raw, Settings& s) {
  static const std::map<std::string, io::Scaler> kScalers{{"", io::Scaler::bicubic}, {"bicubic", io::Scaler::bicubic}, {"lanczos", io::Scaler::lanczos}, {"bilinear", io::Scaler::bilinear}};
  if (!raw.scale.empty()) {
    VISQ_ASSIGN(s.scale, parse_scale(raw.scale));
  }
  const auto scaler = kScalers.find(raw.scaler);
  if (scaler == kScalers.end()) return fail(EINVAL, fmt::format("--scaler: \"{}\" is not bicubic, lanczos or bilinear", raw.scaler));
  if (!raw.scaler.empty() && raw.scale.empty()) return fail(EINVAL, "--scaler says how to scale, and --scale, which asks for it, is missing");
  s.scaler = scaler->second;
  return {};
}

// What clips that do not match are brought to.
Status read_conversion(const Raw& raw, Settings& s) {
  static const std::map<std::string, VmafPixelFormat> kFormats{{"auto", VMAF_PIX_FMT_UNKNOWN}, {"420", VMAF_PIX_FMT_YUV420P}, {"422", VMAF_PIX_FMT_YUV422P}, {"444", VMAF_PIX_FMT_YUV444P}};
  static const std::map<std::string, unsigned> kDepths{{"8", 8}, {"9", 9}, {"10", 10}, {"12", 12}, {"14", 14}, {"16", 16}};
  VISQ_TRY(read_scale(raw, s));
  if (const auto format = kFormats.find(raw.to_pixel_format); format != kFormats.end()) s.to_pixel_format = format->second;
  else if (!raw.to_pixel_format.empty()) return fail(EINVAL, fmt::format("--to_pixel_format: \"{}\" is not auto, 420, 422 or 444", raw.to_pixel_format));
  if (const auto depth = kDepths.find(raw.to_bits); depth != kDepths.end()) s.to_bits = depth->second;
  else if (raw.to_bits == "auto") s.common_depth = true;
  else if (!raw.to_bits.empty()) return fail(EINVAL, fmt::format("--to_bitdepth: \"{}\" is not auto, 8, 9, 10, 12, 14 or 16", raw.to_bits));
  if (!raw.sync.empty() && raw.sync != "auto") return fail(EINVAL, fmt::format("--sync: \"{}\" is not auto", raw.sync));
  s.sync = raw.sync == "auto";
  if (s.sync && (s.reference == "-" || std::count(s.distorted.begin(), s.distorted.end(), "-") > 0))
    return fail(EINVAL, "--sync reads the clips twice, which standard input does not allow");
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
    if (colon == std::string::npos) return fail(EINVAL, fmt::format("--feature_params: \"{}\" is not NAME:option=value", text));
    spec_text[colon] = '=';
    VISQ_ASSIGN(const FeatureSpec spec, parse_feature_spec(spec_text));
    auto same = std::find_if(s.features.begin(), s.features.end(), [&](const FeatureSpec& f) { return f.name == spec.name; });
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
      return fail(EINVAL, fmt::format("--model: two models are named \"{}\"; give one another name with :name=", spec.name));
    s.models.push_back(std::move(spec));
  }
  if (s.models.empty() && !raw.no_prediction && !s.no_reference) {
    VISQ_ASSIGN(ModelSpec spec, parse_model_spec("version=vmaf_v0.6.1"));
    s.models.push_back(std::move(spec));
  }
  return {};
}

// The last format flag wins; without one the extension of the output decides.
VmafOutputFormat output_format(const std::vector<std::string>& arguments, const std::string& output) {
  static const std::map<std::string, VmafOutputFormat> kFormats{{"xml", VMAF_OUTPUT_FORMAT_XML}, {"json", VMAF_OUTPUT_FORMAT_JSON},
                                                                {"csv", VMAF_OUTPUT_FORMAT_CSV}, {"sub", VMAF_OUTPUT_FORMAT_SUB}};
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it)
    if (it->rfind("--", 0) == 0)
      if (const auto format = kFormats.find(it->substr(2)); format != kFormats.end()) return format->second;
  const std::size_t dot = output.rfind('.');
  const auto format = dot == std::string::npos ? kFormats.end() : kFormats.find(output.substr(dot + 1));
  return format == kFormats.end() ? VMAF_OUTPUT_FORMAT_XML : format->second;
}

// Words that a shell would take apart are quoted.
std::string as_typed(const std::vector<std::string>& arguments) {
  std::string command = "vmaf";
  for (const std::string& argument : arguments) {
    const bool plain = !argument.empty() && argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=:./,+@%") == std::string::npos;
    std::string quoted = "'";
    for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += " " + (plain ? argument : quoted + "'");
  }
  return command;
}

Status finish(Raw& raw, const std::vector<std::string>& arguments, Settings& s) {
  if (s.no_reference && !s.reference.empty()) return fail(EINVAL, "--no-reference: there is a reference (-r); leave out one of the two");
  if (s.no_reference && s.distorted.empty()) return fail(EINVAL, "a distorted video (-d) is needed");
  if (!s.no_reference && (s.reference.empty() || s.distorted.empty())) return fail(EINVAL, "a reference (-r) and a distorted video (-d) are needed");
  const auto inputs = std::count(s.distorted.begin(), s.distorted.end(), "-") + (s.reference == "-" ? 1 : 0);
  if (inputs > 1) return fail(EINVAL, "only one of reference and distorted can be standard input");
  if (!raw.progress.empty() && raw.progress != "json") return fail(EINVAL, fmt::format("--progress: \"{}\" is not json", raw.progress));
  s.progress_json = raw.progress == "json";
  if (s.threads > 1024) return fail(EINVAL, fmt::format("--threads: {} is more than 1024", s.threads));
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
  if (s.models.empty() && s.features.empty() && s.tiny.models.empty())
    return fail(EINVAL, fmt::format("nothing to score: {} needs at least one --feature or --tiny-model", s.no_reference ? "--no-reference" : "--no_prediction"));
  s.format = output_format(arguments, s.output);
  if (!s.curves.empty() && s.curves.size() != s.distorted.size())
    return fail(EINVAL, fmt::format("--curve is given {} times for {} distorted videos: once for each, in their order", s.curves.size(), s.distorted.size()));
  if (s.no_reference && (s.sync || s.scale.mode != ScaleTo::none || s.to_bits || s.to_pixel_format))
    return fail(EINVAL, "--scale, --to_bitdepth, --to_pixel_format and --sync bring clips to their reference: there is none with --no-reference");
  if (s.no_reference && !s.report.empty()) return fail(EINVAL, "--report shows clips beside their reference: it cannot do without (--no-reference)");
  if (s.report == "-") return fail(EINVAL, "--report: the page is written to a file, not to standard output");
  s.command = as_typed(arguments);
  if (s.distorted.size() > 1 && !s.output.empty() && s.format != VMAF_OUTPUT_FORMAT_JSON)
    return fail(EINVAL, "several distorted videos are reported in one JSON file: add --json, or let the name of the output end in .json");
  return {};
}

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 usage, 2 input, 3 model, 4 processing, 130 interrupted.\n\n"
    "Example: vmaf -r source.mp4 -d encode.mp4 --no_prediction --feature lpips --feature psnr -o scores.json\n\n";

}  // namespace

Result<Parsed> parse_arguments(int argc, const char* const* argv) {
  Settings settings;
  Raw raw;
  CLI::App app{"Scores how good a distorted video looks beside its reference.", "vmaf"};
  app.set_help_flag("--help", "print this help");
  app.get_formatter()->column_width(34);
  add_input_options(app, settings, raw);
  add_metric_options(app, settings, raw);
  add_learned_options(app, settings);
  add_output_options(app, settings, raw);
  add_machine_options(app, settings, raw);
  add_inventory_options(app, raw);
  const std::vector<std::string> arguments = normalised(argc, argv);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them in reverse
  } catch (const CLI::CallForHelp&) {
    return Parsed{std::nullopt, app.help() + "\n" + kFooter + metrics_help()};
  } catch (const CLI::ParseError& error) {
    return fail(EINVAL, error.what());
  }
  if (raw.version) return Parsed{std::nullopt, fmt::format("{}\n", vmaf_version())};
  settings.task = task_of(raw);
  settings.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  if (settings.task == Task::score) VISQ_TRY(finish(raw, arguments, settings));
  return Parsed{std::move(settings), ""};
}

}  // namespace visq::cli
