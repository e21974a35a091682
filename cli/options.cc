#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/nearest.h"

namespace visq::cli {
namespace {

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
  app.add_flag("--lpips_map", s.lpips_map, "the report also shows where in the worst frames the LPIPS distance lies")->group(group);
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
  app.add_option("--config", s.config, "jobs from a YAML file that says what the command line can say; options beside it hold for every job")->group(group)->type_name("FILE.yaml");
  app.add_flag("--dry_run", s.dry_run, "show what would be scored, written and how long it would take; score a few frames for that")->group(group);
  app.add_flag("-v,--version", raw.version, "print the version")->group(group);
}

void add_inventory_options(CLI::App& app, Raw& raw) {
  const char* group = "Instead of scoring (with --json: as JSON)";
  app.add_flag("--list_devices", raw.list_devices, "what this build and this machine can score on")->group(group);
  app.add_flag("--list_models", raw.list_models, "the models: where they are, whether they are the right ones, what they need")->group(group);
  app.add_flag("--verify_models", raw.verify_models, "check every file of the model store, and signatures; exit code 3 when one is wrong")->group(group);
  app.add_option("--completion", raw.completion, "print the completion script of a shell: bash, zsh or fish")->group(group)->type_name("SHELL");
  app.add_flag("--man", raw.man, "print the manual page, in roff")->group(group);
}

struct Choices {
  std::string_view option;
  std::vector<std::string> words;
};

const std::vector<Choices>& all_choices() {
  static const std::vector<Choices> list{
      {"pixel_format", {"400", "420", "422", "444"}}, {"scale", {"auto", "reference", "distorted"}}, {"scaler", {"bicubic", "lanczos", "bilinear"}},
      {"to_bitdepth", {"auto", "8", "9", "10", "12", "14", "16"}}, {"to_pixel_format", {"auto", "420", "422", "444"}}, {"sync", {"auto"}},
      {"aom_ctc", {"v1.0", "v2.0", "v3.0", "v4.0", "v5.0", "v6.0", "v7.0"}}, {"nflx_ctc", {"v1.0"}}, {"tiny_quant", {"none", "int8"}},
      {"precision", {"legacy", "max"}}, {"progress", {"json"}}, {"completion", {"bash", "zsh", "fish"}}};
  return list;
}

OptionText text_of(const CLI::Option& option) {
  const bool flag = option.get_expected_max() == 0;
  OptionText text{option.get_group(), {}, flag ? "" : option.get_type_name(), option.get_description(), option.get_expected_max() > 1, {}};
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  for (const Choices& choices : all_choices())
    if (choices.option == text.name()) text.choices = choices.words;
  return text;
}

}  // namespace

void add_options(CLI::App& app, Settings& settings, Raw& raw) {
  add_input_options(app, settings, raw);
  add_metric_options(app, settings, raw);
  add_learned_options(app, settings);
  add_output_options(app, settings, raw);
  add_machine_options(app, settings, raw);
  add_inventory_options(app, raw);
}

std::vector<OptionText> option_texts() {
  Settings settings;
  Raw raw;
  CLI::App app;
  app.set_help_flag("--help", "");
  add_options(app, settings, raw);
  std::vector<OptionText> texts;
  for (const CLI::Option* option : app.get_options())
    if (option != app.get_help_ptr()) texts.push_back(text_of(*option));
  return texts;
}

std::vector<Given> given_options(const CLI::App& app) {
  std::vector<Given> given;
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0) given.push_back({option->get_lnames().front(), option->get_expected_max() == 0 ? std::vector<std::string>{} : option->results()});
  return given;
}

Error no_such_option(const std::string& name, const std::vector<OptionText>& options) {
  std::vector<std::string_view> names;
  for (const OptionText& option : options) names.push_back(option.name());
  const std::string_view near = nearest(name, names);
  return {EINVAL, fmt::format("there is no option --{}{}", name, near.empty() ? "" : fmt::format("; did you mean --{}?", near))};
}

}  // namespace visq::cli
