#include "cli/args/options.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/nearest.h"
#include "base/numbers.h"
#include "job/presets.h"

namespace visq::cli {
namespace {

using job::Job;
using job::RawWords;
using job::TinySettings;

// Takes a value of an option; its sentence says what is wrong with it.
using Setter = std::function<Status(Line&, const std::string&)>;

struct Row {
  const char* group;
  const char* names;
  const char* value;  // "FILE"; empty: a flag
  const char* help;
  Setter set;
  bool repeatable = false;
  std::vector<std::string_view> choices = {};
};

// ---- where values go ----

Line& part(Line& line, Line*) { return line; }
Settings& part(Line& line, Settings*) { return line.settings; }
Job& part(Line& line, Job*) { return line.settings.job; }
TinySettings& part(Line& line, TinySettings*) { return line.settings.job.tiny; }
RawWords& part(Line& line, RawWords*) { return line.raw; }

template <typename Part, typename T>
T& place(Line& line, T Part::* member) {
  return part(line, static_cast<Part*>(nullptr)).*member;
}

template <typename Part>
Setter text(std::string Part::* member) {
  return [member](Line& line, const std::string& value) {
    place(line, member) = value;
    return Status();
  };
}

template <typename Part>
Setter list(std::vector<std::string> Part::* member) {
  return [member](Line& line, const std::string& value) {
    place(line, member).push_back(value);
    return Status();
  };
}

Status take_file(std::string& file, const std::string& name) {
  if (name.empty())
    return fail(EINVAL, "the name of the file is empty (a variable of the shell that is not set?)");
  file = name;
  return {};
}

template <typename Part>
Setter file(std::string Part::* member) {
  return [member](Line& line, const std::string& value) {
    return take_file(place(line, member), value);
  };
}

Status add_distorted(Line& line, const std::string& value) {
  return take_file(line.settings.job.distorted.emplace_back(), value);
}

template <typename Part>
Setter flag(bool Part::* member) {
  return [member](Line& line, const std::string& value) {
    place(line, member) = value == "true";
    return Status();
  };
}

template <typename Part, typename T>
Setter number(T Part::* member, std::uint64_t most = 1'000'000'000) {
  return [member, most](Line& line, const std::string& text) -> Status {
    const auto value = parse_number<std::uint64_t>(text);
    if (!value || *value > most)
      return fail(EINVAL, fmt::format("\"{}\" is not a whole number from 0 to {}", text, most));
    place(line, member) = static_cast<T>(*value);
    return {};
  };
}

// ---- what has a language of its own ----

Status add_model(Line& line, const std::string& text) {
  VISQ_ASSIGN(job::ModelSpec spec, job::parse_model_spec(text));
  line.settings.job.models.push_back(std::move(spec));
  return {};
}

Status add_feature(Line& line, const std::string& text) {
  VISQ_ASSIGN(job::FeatureSpec spec, job::parse_feature_spec(text));
  line.settings.job.features.push_back(std::move(spec));
  return {};
}

Status add_feature_params(Line& line, const std::string& text) {
  std::string spec_text = text;
  const std::size_t colon = spec_text.find(':');
  if (colon == std::string::npos)
    return fail(EINVAL, fmt::format("\"{}\" is not NAME:option=value", text));
  spec_text[colon] = '=';
  VISQ_ASSIGN(job::FeatureSpec spec, job::parse_feature_spec(spec_text));
  line.feature_params.push_back(std::move(spec));
  return {};
}

// A preset stands for --model and --feature arguments before those given by themselves.
Setter preset(Result<job::Preset> (*find)(const std::string&)) {
  return [find](Line& line, const std::string& version) -> Status {
    VISQ_ASSIGN(const job::Preset preset, find(version));
    line.models.insert(line.models.begin(), preset.models.begin(), preset.models.end());
    line.features.insert(line.features.begin(), preset.features.begin(), preset.features.end());
    line.settings.job.common_depth |= preset.common_depth;
    return {};
  };
}

Status set_crf(Line& line, const std::string& text) {
  line.settings.job.tiny.crf = parse_number<double>(text);
  if (!line.settings.job.tiny.crf) return fail(EINVAL, fmt::format("\"{}\" is not a number", text));
  return {};
}

Setter format(VmafOutputFormat format) {
  return [format](Line& line, const std::string&) {
    line.settings.json |= format == VMAF_OUTPUT_FORMAT_JSON;
    return Status();
  };
}

Setter one_of(std::vector<std::string_view> words, std::string Line::* member) {
  return [words = std::move(words), member](Line& line, const std::string& text) -> Status {
    if (std::find(words.begin(), words.end(), text) == words.end())
      return fail(EINVAL, fmt::format("\"{}\" is not {}", text, job::listed(words)));
    line.*member = text;
    return {};
  };
}

Status set_progress(Line& line, const std::string& text) {
  if (text != "json") return fail(EINVAL, fmt::format("\"{}\" is not json", text));
  line.settings.progress_json = true;
  return {};
}

Status set_summary(Line& line, const std::string& text) {
  const std::vector<std::string_view> words{"asked", "all", "none"};
  if (std::find(words.begin(), words.end(), text) == words.end())
    return fail(EINVAL, fmt::format("\"{}\" is not {}", text, job::listed(words)));
  line.settings.summary_of_all = text == "all";
  line.settings.quiet |= text == "none";
  return {};
}

// An option that a job knows by its name, the last of `names`.
Row job_row(const char* group, const char* names, const char* value, const char* help,
            bool repeatable = false) {
  const std::string_view all = names;
  const job::TextOption* option = job::text_option(all.substr(all.rfind("--") + 2));
  return {group,
          names,
          value,
          help,
          [option](Line& line, const std::string& text) {
            return option->set(line.settings.job, text);
          },
          repeatable,
          option->choices};
}

// The maps of a metric: --METRIC_map.
Row map_row(const char* group, const char* name, const char* help) {
  const std::string_view option = name;
  const std::string metric(option.substr(2, option.rfind("_map") - 2));
  return {group, name, "", help, [metric](Line& line, const std::string& value) {
            line.settings.map_of = value == "true" ? metric : "";
            return Status();
          }};
}

// ---- the table ----

std::vector<Row> input_rows() {
  constexpr const char* kGroup = "Input";
  return {
      {kGroup, "-r,--reference", "FILE",
       "reference video or image; - reads y4m from standard input", file(&Job::reference)},
      {kGroup, "-d,--distorted", "FILE",
       "distorted video or image; repeatable: all are compared with the one reference, which "
       "is decoded once",
       add_distorted, true},
      {kGroup, "-w,--width", "N", "width of raw .yuv files", number(&RawWords::width, 32768)},
      {kGroup, "-h,--height", "N", "height of raw .yuv files", number(&RawWords::height, 32768)},
      {kGroup, "-p,--pixel_format", "N", "chroma of raw .yuv files: 400, 420, 422, 444",
       text(&RawWords::pixel_format), false, job::raw_pixel_formats()},
      {kGroup, "-b,--bitdepth", "N", "bits a sample of raw .yuv files: 8 to 16",
       number(&RawWords::bits)},
      job_row(kGroup, "--frame_rate", "RATE",
              "frames a second of raw .yuv files, such as 25 or 30000/1001; a clip that has "
              "another is reported"),
      {kGroup, "--frame_cnt", "N", "score at most N frames", number(&Job::frame_count)},
      job_row(kGroup, "--range", "A:B",
              "score frames A to B alone, B included, as in the whole clip; A: is up to its end"),
      {kGroup, "--frame_skip_ref", "N", "skip the first N frames of the reference",
       number(&Job::skip_reference)},
      {kGroup, "--frame_skip_dist", "N", "skip the first N frames of the distorted video",
       number(&Job::skip_distorted)},
      {kGroup, "--no_reference", "",
       "score the distorted video by itself, with metrics and models that need no reference",
       flag(&Line::no_reference)}};
}

// How clips are got, and matched where they differ.
std::vector<Row> matching_rows() {
  constexpr const char* kGroup = "Input";
  return {
      job_row(kGroup, "--scale", "SIZE",
              "bring the clips to one size: auto (the largest), reference, distorted (to that "
              "one's) or WxH"),
      job_row(kGroup, "--scaler", "NAME", "how: bicubic (default), lanczos or bilinear"),
      job_row(kGroup, "--to_bitdepth", "N",
              "bring the clips to one depth: auto (the largest), 8, 9, 10, 12, 14 or 16"),
      job_row(kGroup, "--to_pixel_format", "N",
              "bring the clips to one chroma format: auto (the reference's), 420, 422 or 444"),
      job_row(kGroup, "--colour_ref", "WORDS",
              "what the reference's samples mean, whatever its file says: full or limited; bt601, "
              "bt709, bt2020, fcc, smpte240m or ycgco; sdr, pq or hlg; with commas between"),
      job_row(kGroup, "--colour_dist", "WORDS", "the same of the distorted clips"),
      {kGroup, "--strict", "",
       "a clip that is to be converted because range, matrix or RGB differ is an error",
       flag(&Job::strict)},
      job_row(kGroup, "--stream_ref", "N",
              "which of the reference's video streams, from 0 (default: the best)"),
      job_row(kGroup, "--stream_dist", "N", "the same of the distorted clips"),
      job_row(
          kGroup, "--crop_ref", "W:H:X:Y",
          "score only that part of the reference's pictures: W by H from column X and row Y on"),
      job_row(kGroup, "--crop_dist", "W:H:X:Y", "the same of the distorted clips"),
      job_row(
          kGroup, "--damaged", "WHAT",
          "frames that a decoder could only conceal: stop (default), skip (they are listed, and "
          "left out of the statistics) or conceal (listed, and scored as they are)"),
      job_row(kGroup, "--film_grain", "on|off",
              "off: score pictures of AV1 without the grain that their decoder would add"),
      job_row(kGroup, "--interlaced", "treat-as-progressive",
              "take clips that say they are interlaced for progressive"),
      job_row(kGroup, "--sync", "auto",
              "auto: find the frames at which the clips begin alike, up to 100 apart, and tell of "
              "dropped and repeated ones"),
      {kGroup, "--shortest", "", "a clip that ends before the other is no error",
       flag(&Job::shortest)},
      {kGroup, "--allow_playlists", "",
       "read HLS playlists (.m3u8) that are finished, and the files that they name in their folder "
       "and below it",
       flag(&Job::allow_playlists)}};
}

std::vector<Row> metric_rows() {
  constexpr const char* kGroup = "Metrics";
  return {{kGroup, "-m,--model", "SPEC",
           "VMAF model, repeatable: version=V, path=P or auto (by the clips' size), then :name=N "
           ":disable_clip :enable_transform :metric.option=value (default: version=vmaf_v0.6.1)",
           add_model, true},
          {kGroup, "--feature", "SPEC",
           "metric, repeatable: NAME or NAME=option=value:option=value", add_feature, true},
          {kGroup, "--feature_params", "SPEC", "options of a metric: NAME:option=value",
           add_feature_params, true},
          {kGroup, "--aom_ctc", "VERSION",
           "models and metrics of AOM's common test conditions, v1.0 to v7.0", preset(job::aom_ctc),
           false, job::aom_versions()},
          {kGroup,
           "--nflx_ctc",
           "VERSION",
           "models and metrics of Netflix's common test conditions, v1.0",
           preset(job::nflx_ctc),
           false,
           {"v1.0"}},
          {kGroup, "-n,--no_prediction", "", "score the metrics only, no VMAF model",
           flag(&Line::no_prediction)},
          {kGroup, "--subsample", "N", "score every N-th frame", number(&Job::subsample)}};
}

std::vector<Row> learned_rows() {
  constexpr const char* kGroup = "Learned models (tiny models and metrics such as lpips)";
  return {{kGroup, "--tiny_model", "PATH|ID",
           "tiny ONNX model, repeatable: a file, or an ID of the model store's registry",
           list(&TinySettings::models), true},
          {kGroup, "--tiny_codec", "NAME",
           "codec of the distorted clip, for models that ask: libx264, hevc, ...",
           text(&TinySettings::codec)},
          {kGroup, "--tiny_preset", "NAME",
           "preset of that codec: medium, p4, ... or a number from 0 (fastest) to 9",
           text(&TinySettings::preset)},
          {kGroup, "--tiny_crf", "N", "its crf", set_crf},
          job_row(kGroup, "--tiny_quant", "MODE", "none, or int8: the quantised files"),
          {kGroup, "--tiny_device", "DEVICE",
           "where they run: auto, cpu, cuda, cuda:1, openvino, rocm, coreml, ...",
           text(&TinySettings::device)},
          {kGroup, "--tiny_threads", "N", "threads inside one run (default 0: within --threads)",
           number(&TinySettings::threads, 1024)},
          {kGroup, "--tiny_limit_seconds", "N", "time that one run may take (default 600)",
           number(&TinySettings::limit_seconds)},
          {kGroup, "--tiny_limit_mb", "MB",
           "memory that one run may take (default: three quarters of the machine's)",
           number(&TinySettings::limit_megabytes)},
          {kGroup, "--tiny_fp16", "", "float16 where model or device has it",
           flag(&TinySettings::fp16)},
          {kGroup, "--tiny_model_verify", "",
           "refuse models that the registry beside them does not list, or that are not signed",
           flag(&TinySettings::verify)}};
}

std::vector<Row> output_rows() {
  constexpr const char* kGroup = "Output";
  constexpr const char* kFormat =
      "format of the output; without one its extension decides, else "
      "XML";
  return {
      {kGroup, "-o,--output", "FILE", "write the scores to a file; - is standard output",
       file(&Settings::output)},
      {kGroup, "--xml", "", kFormat, format(VMAF_OUTPUT_FORMAT_XML)},
      {kGroup, "--json", "", kFormat, format(VMAF_OUTPUT_FORMAT_JSON)},
      {kGroup, "--csv", "", kFormat, format(VMAF_OUTPUT_FORMAT_CSV)},
      {kGroup, "--sub", "", kFormat, format(VMAF_OUTPUT_FORMAT_SUB)},
      {kGroup, "--report", "FILE.html",
       "write a page to look at: curves, worst frames, rate and quality", file(&Settings::report)},
      map_row(kGroup, "--lpips_map",
              "the report also shows where in the worst frames the LPIPS distance lies"),
      {kGroup, "--curve", "NAME",
       "name the rate-quality curve of a distorted video, once for each -d, in their order",
       list(&Settings::curves), true},
      job_row(kGroup, "--precision", "P",
              "digits of scores: legacy (6 decimals), N decimals, or max"),
      {kGroup, "--window", "N", "also report the worst mean of N consecutive scored frames",
       number(&Job::window)},
      job_row(kGroup, "--threshold", "SCORE:VALUE",
              "also report the share of the frames on the bad side of a value, such as vmaf:70; "
              "repeatable",
              true),
      job_row(kGroup, "--shots", "detect|FILE|N",
              "also report every shot of the reference: found by TransNet V2, begun at the frames "
              "of a list (CSV), or N frames each"),
      {kGroup,
       "--progress",
       "json",
       "json: progress and messages as JSON on standard error, an object a line",
       set_progress,
       false,
       {"json"}},
      {kGroup,
       "--summary",
       "WHICH",
       "asked (default): the scores that were asked for; all: those that models read, too; none: "
       "the same as --quiet",
       set_summary,
       false,
       {"asked", "all", "none"}},
      {kGroup, "-q,--quiet", "", "no progress and no summary", flag(&Settings::quiet)}};
}

std::vector<Row> machine_rows() {
  constexpr const char* kGroup = "Machine";
  return {
      {kGroup, "--threads", "N", "threads that score (default 0: all cores that it may use)",
       number(&Job::threads, 1024)},
      {kGroup, "--memory", "MB",
       "memory that frames in flight should take (default: a quarter of the machine's)",
       number(&Job::memory_megabytes)},
      job_row(
          kGroup, "-c,--cpumask", "MASK",
          "disable instruction sets: 1 SSE2, 2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512; -1 all"),
      job_row(kGroup, "--gpumask", "MASK", "not zero: no GPU"),
      {kGroup, "--config", "FILE.yaml",
       "jobs from a YAML file that says what the command line can say; options beside it "
       "hold for every job",
       file(&Settings::config)},
      {kGroup, "--confine", "",
       "let the kernel refuse whatever the jobs do not name: other files, connections, programs; "
       "for clips of strangers",
       flag(&Settings::confine)},
      {kGroup, "--dry_run", "",
       "show what would be scored, written and how long it would take; score a few frames for that",
       flag(&Settings::dry_run)},
      {kGroup, "-v,--version", "", "print the version", flag(&Line::version)}};
}

std::vector<Row> inventory_rows() {
  constexpr const char* kGroup = "Instead of scoring (with --json: as JSON)";
  const std::vector<std::string_view> shells{"bash", "zsh", "fish"};
  return {
      {kGroup, "--list_devices", "", "what this build and this machine can score on",
       flag(&Line::list_devices)},
      {kGroup, "--list_models", "",
       "the models: where they are, whether they are the right ones, what they need",
       flag(&Line::list_models)},
      {kGroup, "--verify_models", "",
       "check every file of the model store, and signatures; exit code 3 when one is wrong",
       flag(&Line::verify_models)},
      {kGroup, "--completion", "SHELL", "print the completion script of a shell: bash, zsh or fish",
       one_of(shells, &Line::completion), false, shells},
      {kGroup, "--man", "", "print the manual page, in roff", flag(&Line::man)}};
}

const std::vector<Row>& all_rows() {
  static const std::vector<Row> all = [] {
    std::vector<Row> rows;
    for (auto* part : {input_rows, matching_rows, metric_rows, learned_rows, output_rows,
                       machine_rows, inventory_rows})
      for (Row& row : part()) rows.push_back(std::move(row));
    return rows;
  }();
  return all;
}

OptionText text_of(const Row& row) {
  OptionText text{
      row.group, {}, row.value, row.help, row.repeatable, {row.choices.begin(), row.choices.end()}};
  const std::string names = row.names;
  const std::size_t comma = names.find(',');
  if (comma != std::string::npos) text.names.push_back(names.substr(0, comma));
  text.names.push_back(names.substr(comma == std::string::npos ? 0 : comma + 1));
  return text;
}

// Takes a value for CLI11; what is wrong with it is also kept as our own sentence.
std::string take(const Row& row, const std::string& value, Line& line) {
  const bool flag = *row.value == '\0';
  const std::string name(text_of(row).name());
  if (value.find('\0') != value.npos) {
    line.refused = Misuse{name, fmt::format("--{}: \"{}\" is followed by a NUL, which no name or "
                                            "number holds",
                                            name, value.substr(0, value.find('\0')))};
  } else if (flag && value != "true" && value != "false") {
    line.refused = Misuse{name, fmt::format("--{} is a flag: it takes no value", name)};
  } else if (const Status status = row.set(line, value); !status) {
    line.refused = Misuse{name, fmt::format("--{}: {}", name, status.error().message)};
  }
  return line.refused ? line.refused->sentence : "";
}

void add_option(CLI::App& app, const Row& row, Line& line) {
  const std::string help = row.help;
  CLI::Option* option = *row.value == '\0' ? app.add_flag(row.names, help)
                                           : app.add_option(row.names, help)->type_name(row.value);
  option->group(row.group)->check(
      [&row, &line](const std::string& value) { return take(row, value, line); });
  if (row.repeatable)
    option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
}

}  // namespace

void add_options(CLI::App& app, Line& line) {
  for (const Row& row : all_rows()) add_option(app, row, line);
}

std::vector<OptionText> option_texts() {
  std::vector<OptionText> texts;
  for (const Row& row : all_rows()) texts.push_back(text_of(row));
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

std::string no_such_option(const std::string& name, const std::vector<OptionText>& options) {
  std::vector<std::string_view> names;
  names.reserve(options.size());
  for (const OptionText& option : options) names.push_back(option.name());
  const std::string_view near = nearest(name, names);
  return fmt::format("there is no option --{}{}", name,
                     near.empty() ? "" : fmt::format("; did you mean --{}?", near));
}

}  // namespace visq::cli
