#include "cli/args/settings.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/args/options.h"

namespace visq::cli {
namespace {

using job::Job;

Task task_of(const Line& line) {
  if (line.list_devices) return Task::list_devices;
  if (line.list_models) return Task::list_models;
  return line.verify_models ? Task::verify_models : Task::score;
}

Checked misuse(const char* option, std::string sentence) {
  return Misuse{option, std::move(sentence)};
}

Checked checked(const Status& status) {
  if (status) return {};
  return Misuse{"", status.error().message};
}

// Those of presets come before those given by themselves.
Status add_presets(const Line& line, Job& job) {
  std::vector<job::ModelSpec> models;
  std::vector<job::FeatureSpec> features;
  models.reserve(line.models.size());
  features.reserve(line.features.size());
  for (const std::string& text : line.models) {
    VISQ_ASSIGN(job::ModelSpec spec, job::parse_model_spec(text));
    models.push_back(std::move(spec));
  }
  for (const std::string& text : line.features) {
    VISQ_ASSIGN(job::FeatureSpec spec, job::parse_feature_spec(text));
    features.push_back(std::move(spec));
  }
  job.models.insert(job.models.begin(), models.begin(), models.end());
  job.features.insert(job.features.begin(), features.begin(), features.end());
  return {};
}

void add_feature_params(const Line& line, Job& job) {
  for (const job::FeatureSpec& spec : line.feature_params) {
    auto same = std::find_if(job.features.begin(), job.features.end(),
                             [&](const job::FeatureSpec& f) { return f.name == spec.name; });
    if (same == job.features.end()) same = job.features.insert(same, {spec.name, {}});
    for (const auto& [key, value] : spec.options) same->options[key] = value;
  }
}

Checked settle_models(const Line& line, Job& job) {
  std::set<std::string> names;
  for (const job::ModelSpec& spec : job.models)
    if (!names.insert(spec.name).second)
      return misuse("model", fmt::format("--model: two models are named \"{}\"; give one another "
                                         "name with :name=",
                                         spec.name));
  if (!job.models.empty() || line.no_prediction || line.no_reference) return {};
  auto usual = job::parse_model_spec("version=vmaf_v0.6.1");
  if (!usual) return checked(tl::unexpected(usual.error()));
  job.models.push_back(*std::move(usual));
  return {};
}

// What visq scores where nobody says: what has no network is left out, and told.
void add_what_visq_scores(const Line& line, Job& job) {
  const bool said = !job.features.empty() || !job.models.empty() || !job.tiny.models.empty();
  if (line.settings.program == Program::visq && !line.no_reference && !said)
    job.features = {{"psnr", {}}, {"xpsnr", {}}, {"lpips", {}, true}};
}

Checked settle_page(const Line& line, Settings& s) {
  if (!line.report_beside) return {};
  if (s.job.distorted.front() == "-")
    return misuse("report",
                  "--report: standard input has no place beside it for the page; name "
                  "it: --report FILE.html");
  s.report = std::filesystem::path(s.job.distorted.front()).replace_extension(".report.html");
  return {};
}

// The last format flag wins; without one the extension of the output decides.
VmafOutputFormat output_format(const std::vector<std::string>& words, const std::string& output) {
  static const std::map<std::string, VmafOutputFormat> kFormats{{"xml", VMAF_OUTPUT_FORMAT_XML},
                                                                {"json", VMAF_OUTPUT_FORMAT_JSON},
                                                                {"csv", VMAF_OUTPUT_FORMAT_CSV},
                                                                {"sub", VMAF_OUTPUT_FORMAT_SUB}};
  for (auto it = words.rbegin(); it != words.rend(); ++it)
    if (it->rfind("--", 0) == 0)
      if (const auto format = kFormats.find(it->substr(2)); format != kFormats.end())
        return format->second;
  const std::size_t dot = output.rfind('.');
  const auto format =
      dot == std::string::npos ? kFormats.end() : kFormats.find(output.substr(dot + 1));
  return format == kFormats.end() ? VMAF_OUTPUT_FORMAT_XML : format->second;
}

// Words that a shell would take apart are quoted.
std::string as_typed(Program program, const std::vector<std::string>& words) {
  std::string command(name_of(program));
  for (const std::string& word : words) {
    const bool plain =
        !word.empty() &&
        word.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=:./,+@%") ==
            std::string::npos;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += " " + (plain ? word : quoted + "'");
  }
  return command;
}

Checked check_clips(const Line& line, const Job& job) {
  if (line.no_reference && job.has_reference())
    return misuse("no_reference",
                  "--no_reference: there is a reference (-r); leave out one of the two");
  if (line.no_reference && job.distorted.empty())
    return misuse("", "a distorted video (-d) is needed");
  if (!line.no_reference && !job.has_reference() && job.distorted.empty())
    return misuse("", line.settings.program == Program::visq
                          ? "an original and an encode are needed: visq ORIGINAL ENCODE"
                          : "a reference (-r) and a distorted video (-d) are needed");
  if (job.distorted.empty() && line.settings.program == Program::visq)
    return misuse("", fmt::format("{0} is to be compared with nothing: visq ORIGINAL ENCODE names "
                                  "two clips, and there is no program visq-{0} in PATH",
                                  job.reference));
  if (job.distorted.empty())
    return misuse(
        "", fmt::format("a distorted video (-d) is needed, to be compared with {}", job.reference));
  if (!line.no_reference && !job.has_reference())
    return misuse("",
                  fmt::format("a reference (-r) is needed, or --no_reference to score {} by itself",
                              job.distorted.front()));
  const auto inputs =
      std::count(job.distorted.begin(), job.distorted.end(), "-") + (job.reference == "-" ? 1 : 0);
  if (inputs > 1) return misuse("", "only one of reference and distorted can be standard input");
  return {};
}

// Options that need others, or exclude them.
Checked check_outputs(const Line& line, const Settings& s) {
  const Job& job = s.job;
  if (job.models.empty() && job.features.empty() && job.tiny.models.empty())
    return misuse("", fmt::format("nothing to score: {} needs at least one --feature or "
                                  "--tiny-model",
                                  line.no_reference ? "--no_reference" : "--no_prediction"));
  if (!s.curves.empty() && s.curves.size() != job.distorted.size())
    return misuse(
        "curve",
        fmt::format("{} --curve for {} distorted videos: give one for each, in their order",
                    s.curves.size(), job.distorted.size()));
  if (!s.curves.empty() && s.report.empty())
    return misuse("curve", "--curve names a curve of the report: add --report FILE.html");
  if (line.no_reference && !s.report.empty())
    return misuse(
        "report",
        "--report shows clips beside their reference: it cannot do without (--no_reference)");
  if (!s.map_of.empty() && s.report.empty())
    return misuse("",
                  fmt::format("--{}_map is drawn in the report: add --report FILE.html", s.map_of));
  if (s.report == "-")
    return misuse("report", "--report: the page is written to a file, not to standard output");
  if (job.distorted.size() > 1 && !s.output.empty() && s.format != VMAF_OUTPUT_FORMAT_JSON)
    return misuse("",
                  "several distorted videos are reported in one JSON file: add --json, or let the "
                  "name of the output end in .json");
  return {};
}

Checked settle_job(Line& line, const std::vector<std::string>& words) {
  Settings& s = line.settings;
  if (Checked wrong = check_clips(line, s.job)) return wrong;
  if (Checked wrong = checked(set_raw_format(s.job, line.raw))) return wrong;
  if (Checked wrong = checked(add_presets(line, s.job))) return wrong;
  add_feature_params(line, s.job);
  add_what_visq_scores(line, s.job);
  if (Checked wrong = settle_models(line, s.job)) return wrong;
  if (Checked wrong = settle_page(line, s)) return wrong;
  s.format = output_format(words, s.output);
  s.command = as_typed(s.program, words);
  if (Checked wrong = check_outputs(line, s)) return wrong;
  return checked(check(s.job));
}

}  // namespace

Program program_of(int argc, const char* const* argv) {
  const bool is_visq = argc > 0 && std::filesystem::path(argv[0]).filename() == "visq";
  return is_visq ? Program::visq : Program::vmaf;
}

std::string_view name_of(Program program) { return program == Program::visq ? "visq" : "vmaf"; }

ExitCode exit_code_of(const Error& error) {
  if (error.code == ECANCELED) return kInterrupted;
  switch (error.kind) {
    case ErrorKind::usage:
      return kUsageError;
    case ErrorKind::input:
      return kInputError;
    case ErrorKind::model:
      return kModelError;
    case ErrorKind::processing:
    case ErrorKind::output:
      break;
  }
  return kProcessingError;
}

Checked settle(Line& line, const std::vector<std::string>& words) {
  if (line.report_beside && !line.settings.config.empty())
    return misuse("report", "--report names no file: jobs of --config name theirs");
  if (line.list_devices + line.list_models + line.verify_models > 1)
    return misuse("", "--list_devices, --list_models and --verify_models are done one at a time");
  line.settings.task = task_of(line);
  const bool scores = line.settings.task == Task::score && line.settings.config.empty();
  return scores ? settle_job(line, words) : Checked();
}

}  // namespace visq::cli
