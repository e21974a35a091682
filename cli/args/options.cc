#include "cli/args/options.h"

#include <charconv>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/nearest.h"

namespace visq::cli {
namespace {

// CLI11 takes "-1" for the largest number there is.
std::string refusal_of_number(const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value <= most) return "";
  return fmt::format("\"{}\" is not a whole number from 0 to {}", text, most);
}

std::string refusal_of_name(const std::string& text) {
  return text.empty() ? "the name of the file is empty (a variable of the shell that is not set?)"
                      : "";
}

// Of --help and the manual page.
struct Group {
  CLI::App& app;
  const char* name;

  template <typename T>
  void value(const char* names, T& place, const char* type, const char* help) const {
    CLI::Option* option = app.add_option(names, place, help)->group(name)->type_name(type);
    if (std::string_view(type).substr(0, 4) == "FILE") option->check(refusal_of_name);
  }
  template <typename T>
  void number(const char* names, T& place, const char* help,
              std::uint64_t most = 1'000'000'000) const {
    app.add_option(names, place, help)
        ->group(name)
        ->type_name("N")
        ->check([most](const std::string& text) { return refusal_of_number(text, most); });
  }
  // Repeatable: one value each time.
  void list(const char* names, std::vector<std::string>& place, const char* type,
            const char* help) const {
    CLI::Option* option =
        app.add_option(names, place, help)->group(name)->type_name(type)->allow_extra_args(false);
    if (std::string_view(type).substr(0, 4) == "FILE") option->check(refusal_of_name);
  }
  void flag(const char* names, bool& place, const char* help) const {
    app.add_flag(names, place, help)->group(name);
  }
};

void add_input_options(CLI::App& app, Settings& s, Raw& raw) {
  const Group group{app, "Input"};
  group.value("-r,--reference", s.reference, "FILE",
              "reference video or image; - reads y4m from standard input");
  group.list("-d,--distorted", s.distorted, "FILE",
             "distorted video or image; repeatable: all are compared with the one reference, which "
             "is decoded once");
  group.number("-w,--width", raw.width, "width of raw .yuv files", 32768);
  group.number("-h,--height", raw.height, "height of raw .yuv files", 32768);
  group.value("-p,--pixel_format", raw.pixel_format, "N",
              "chroma of raw .yuv files: 400, 420, 422, 444");
  group.number("-b,--bitdepth", raw.bits, "bits a sample of raw .yuv files: 8 to 16");
  group.value("--frame_rate", raw.frame_rate, "RATE",
              "frames a second of raw .yuv files, such as 25 or 30000/1001; a clip that says "
              "another is told");
  group.number("--frame_cnt", s.frame_count, "score at most N frames");
  group.number("--frame_skip_ref", s.skip_reference, "skip the first N frames of the reference");
  group.number("--frame_skip_dist", s.skip_distorted,
               "skip the first N frames of the distorted video");
  group.flag("--no_reference", s.no_reference,
             "score the distorted video by itself, with metrics and models that need no reference");
  group.value("--scale", raw.scale, "SIZE",
              "bring the clips to one size: auto (the largest), reference, distorted (to that "
              "one's) or WxH");
  group.value("--scaler", raw.scaler, "NAME", "how: bicubic (default), lanczos or bilinear");
  group.value("--to_bitdepth", raw.to_bits, "N",
              "bring the clips to one depth: auto (the largest), 8, 9, 10, 12, 14 or 16");
  group.value("--to_pixel_format", raw.to_pixel_format, "N",
              "bring the clips to one chroma format: auto (the reference's), 420, 422 or 444");
  group.value("--sync", raw.sync, "auto",
              "auto: find the frames at which the clips begin alike, up to 100 apart, and tell of "
              "dropped and repeated ones");
  group.flag("--shortest", s.shortest, "a clip that ends before the other is no error");
}

void add_metric_options(CLI::App& app, Settings& s, Raw& raw) {
  const Group group{app, "Metrics"};
  group.list(
      "-m,--model", raw.models, "SPEC",
      "VMAF model, repeatable: version=V or path=P, then :name=N :disable_clip :enable_transform "
      ":metric.option=value (default: version=vmaf_v0.6.1)");
  group.list("--feature", raw.features, "SPEC",
             "metric, repeatable: NAME or NAME=option=value:option=value");
  group.list("--feature_params", raw.feature_params, "SPEC",
             "options of a metric: NAME:option=value");
  group.value("--aom_ctc", raw.aom_ctc, "VERSION",
              "models and metrics of AOM's common test conditions, v1.0 to v7.0");
  group.value("--nflx_ctc", raw.nflx_ctc, "VERSION",
              "models and metrics of Netflix's common test conditions, v1.0");
  group.flag("-n,--no_prediction", raw.no_prediction, "score the metrics only, no VMAF model");
  group.number("--subsample", s.subsample, "score every N-th frame");
}

void add_learned_options(CLI::App& app, Settings& s) {
  const Group group{app, "Learned models (tiny models and metrics such as lpips)"};
  group.list("--tiny_model", s.tiny.models, "PATH|ID",
             "tiny ONNX model, repeatable: a file, or an ID of the model store's registry");
  group.value("--tiny_codec", s.tiny.codec, "NAME",
              "codec of the distorted clip, for models that ask: libx264, hevc, ...");
  group.value("--tiny_preset", s.tiny.preset, "NAME",
              "preset of that codec: medium, p4, ... or a number from 0 (fastest) to 9");
  group.value("--tiny_crf", s.tiny.crf, "N", "its crf");
  group.value("--tiny_quant", s.tiny.quant, "MODE", "none, or int8: the quantised files");
  group.value("--tiny_device", s.tiny.device, "DEVICE",
              "where they run: auto, cpu, cuda, cuda:1, openvino, rocm, coreml, ...");
  group.number("--tiny_threads", s.tiny.threads,
               "threads inside one run (default 0: within --threads)", 1024);
  group.flag("--tiny_fp16", s.tiny.fp16, "float16 where model or device has it");
  group.flag("--tiny_model_verify", s.tiny.verify,
             "refuse models that the registry beside them does not list");
}

void add_output_options(CLI::App& app, Settings& s, Raw& raw) {
  const Group group{app, "Output"};
  group.value("-o,--output", s.output, "FILE", "write the scores to a file; - is standard output");
  for (const char* format : {"--xml", "--json", "--csv", "--sub"})  // output_format() reads them
    app.add_flag_callback(
           format, [] {}, "format of the output; without one its extension decides, else XML")
        ->group(group.name);
  group.value("--report", s.report, "FILE.html",
              "write a page to look at: curves, worst frames, rate and quality");
  group.flag("--lpips_map", s.lpips_map,
             "the report also shows where in the worst frames the LPIPS distance lies");
  group.list("--curve", s.curves, "NAME",
             "name the rate-quality curve of a distorted video, once for each -d, in their order");
  group.value("--precision", raw.precision, "P",
              "digits of scores: legacy (6 decimals), N decimals, or max");
  group.number("--window", s.window, "also report the worst mean of N consecutive scored frames");
  group.value("--progress", raw.progress, "json",
              "json: progress and messages as JSON on standard error, an object a line");
  group.flag("-q,--quiet", s.quiet, "no progress and no summary");
}

void add_machine_options(CLI::App& app, Settings& s, Raw& raw) {
  const Group group{app, "Machine"};
  group.number("--threads", s.threads, "threads that score (default 0: all cores)", 1024);
  group.value(
      "-c,--cpumask", raw.cpumask, "MASK",
      "disable instruction sets: 1 SSE2, 2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512; -1 all");
  group.value("--gpumask", raw.gpumask, "MASK", "not zero: no GPU");
  group.value("--config", s.config, "FILE.yaml",
              "jobs from a YAML file that says what the command line can say; options beside it "
              "hold for every job");
  group.flag(
      "--dry_run", s.dry_run,
      "show what would be scored, written and how long it would take; score a few frames for that");
  group.flag("-v,--version", raw.version, "print the version");
}

void add_inventory_options(CLI::App& app, Raw& raw) {
  const Group group{app, "Instead of scoring (with --json: as JSON)"};
  group.flag("--list_devices", raw.list_devices, "what this build and this machine can score on");
  group.flag("--list_models", raw.list_models,
             "the models: where they are, whether they are the right ones, what they need");
  group.flag("--verify_models", raw.verify_models,
             "check every file of the model store, and signatures; exit code 3 when one is wrong");
  group.value("--completion", raw.completion, "SHELL",
              "print the completion script of a shell: bash, zsh or fish");
  group.flag("--man", raw.man, "print the manual page, in roff");
}

struct Choices {
  std::string_view option;
  std::vector<std::string> words;
};

const std::vector<Choices>& all_choices() {
  static const std::vector<Choices> list{
      {"pixel_format", {"400", "420", "422", "444"}},
      {"scale", {"auto", "reference", "distorted"}},
      {"scaler", {"bicubic", "lanczos", "bilinear"}},
      {"to_bitdepth", {"auto", "8", "9", "10", "12", "14", "16"}},
      {"to_pixel_format", {"auto", "420", "422", "444"}},
      {"sync", {"auto"}},
      {"aom_ctc", {"v1.0", "v2.0", "v3.0", "v4.0", "v5.0", "v6.0", "v7.0"}},
      {"nflx_ctc", {"v1.0"}},
      {"tiny_quant", {"none", "int8"}},
      {"precision", {"legacy", "max"}},
      {"progress", {"json"}},
      {"completion", {"bash", "zsh", "fish"}}};
  return list;
}

OptionText text_of(const CLI::Option& option) {
  const bool flag = option.get_expected_max() == 0;
  OptionText text{option.get_group(),
                  {},
                  flag ? "" : option.get_type_name(),
                  option.get_description(),
                  option.get_expected_max() > 1,
                  {}};
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
    if (option->count() > 0)
      given.push_back({option->get_lnames().front(), option->get_expected_max() == 0
                                                         ? std::vector<std::string>{}
                                                         : option->results()});
  return given;
}

Error no_such_option(const std::string& name, const std::vector<OptionText>& options) {
  std::vector<std::string_view> names;
  for (const OptionText& option : options) names.push_back(option.name());
  const std::string_view near = nearest(name, names);
  return {EINVAL, fmt::format("there is no option --{}{}", name,
                              near.empty() ? "" : fmt::format("; did you mean --{}?", near))};
}

}  // namespace visq::cli
