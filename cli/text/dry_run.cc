#include "cli/text/dry_run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/counted.h"
#include "base/shown.h"
#include "cli/align.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/page/provenance.h"
#include "job/roles.h"
#include "job/run.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr double kProbeSeconds = 2;         // that a measurement may take
constexpr std::uint64_t kMostFrames = 500;  // of a measurement
constexpr std::uint64_t kSyncFrames = 300;  // of a clip: enough for the largest offset

std::string clip_text(const job::Job& job, job::Side side, const std::string& path) {
  const auto reader = job::open_file(job, side, path, interruption());
  if (!reader) return shown(path);
  const io::StreamInfo& info = (*reader)->info();
  std::string text = fmt::format("{}: {}", shown(path), describe(info));
  if (info.rate.num > 0) text += fmt::format(", {:.6g} frames a second", info.rate.per_second());
  return text + (info.frames ? ", " + counted(*info.frames, "frame")
                             : ", frames not told by the container");
}

std::string options_text(const job::OptionMap& options) {
  std::string text;
  for (const auto& [key, value] : options) text += fmt::format(" {}={}", shown(key), shown(value));
  return text;
}

std::string list(const Words& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

std::string models_text(const job::Job& job, const std::vector<job::ModelSpec>& chosen) {
  Words models, metrics;
  for (const job::ModelSpec& spec : chosen) models.push_back(shown(spec.text));
  for (const job::FeatureSpec& feature : job.features)
    metrics.push_back(shown(feature.name) + options_text(feature.options));
  std::string text = fmt::format("models     {}\nmetrics    {}\n", list(models), list(metrics));
  Words tiny;
  for (const std::string& model : job.tiny.models) tiny.push_back(shown(model));
  if (!tiny.empty()) text += fmt::format("tiny       {}\n", list(tiny));
  return text;
}

const char* format_name(VmafOutputFormat format) {
  switch (format) {
    case VMAF_OUTPUT_FORMAT_JSON:
      return "JSON";
    case VMAF_OUTPUT_FORMAT_CSV:
      return "CSV";
    case VMAF_OUTPUT_FORMAT_SUB:
      return "SUB";
    default:
      return "XML";
  }
}

std::string file_text(const std::string& path, const char* format) {
  std::error_code unknown;
  const bool there = path != "-" && fs::exists(path, unknown);
  return fmt::format("{} ({}{})", path == "-" ? "standard output" : shown(path), format,
                     there ? "; what is there is overwritten" : "");
}

// What metrics themselves write: maps.
Words written_by_metrics(const Settings& s) {
  Words paths;
  for (const job::FeatureSpec& feature : s.job.features)
    for (const job::MapFolder& folder : job::map_folders_of(feature))
      paths.push_back(
          fmt::format("{} ({} of {})", shown(folder.path), folder.option, feature.name));
  return paths;
}

std::string outputs_text(const Settings& s) {
  Words files;
  if (!s.output.empty()) files.push_back(file_text(s.output, format_name(s.format)));
  if (!s.report.empty()) files.push_back(file_text(s.report, "HTML page"));
  for (const std::string& path : written_by_metrics(s)) files.push_back(path);
  return fmt::format("writes     {}\n", files.empty() ? "no file" : list(files));
}

job::Job without_files(job::Job job) {
  for (job::FeatureSpec& feature : job.features)
    for (const job::MapFolder& folder : job::map_folders_of(feature))
      feature.options.erase(folder.option);
  return job;
}

struct Probe {
  double seconds = 0;        // of opening, scoring and finishing
  std::uint64_t frames = 0;  // scored, of all clips together
  std::optional<std::uint64_t> expected;
  std::string compared, scores, machine, range;
  std::vector<job::ModelSpec> models;
  Words remarks, conversions;
};

std::string machine_text(const job::Job& job, VmafContext* context) {
  const auto made = made_with(context);
  const auto& environment = made["environment"];
  const unsigned threads = job.thread_count();
  std::string text = fmt::format("{} on {} ({})", counted(threads, "thread"),
                                 environment.value("cpu", "an unknown processor"),
                                 environment.value("cpu_target", "unknown"));
  for (const auto& model : made["tiny_models"])
    text += fmt::format(", {} on {}", model.value("name", "a network"),
                        model.value("device", "an unknown device"));
  return text;
}

std::string scores_text(VmafContext* context) {
  Words names;
  vmaf_for_each_pooled(
      context,
      [](void* user, const VmafPooledScore* s) {
        static_cast<Words*>(user)->push_back(shown(s->name));
      },
      &names);
  return list(names);
}

// The frames that count, and how many others their scores need.
std::string range_text(const job::Run& run) {
  unsigned before = 0, after = 0;
  vmaf_frames_around(run.clips.front().session.context(), &before, &after);
  std::string text = "all";
  if (const auto& range = run.job.range)
    text = range->last == job::kEndOfClip ? fmt::format("{} to the end", range->first)
                                          : fmt::format("{} to {}", range->first, range->last);
  return fmt::format("{}; a part (--range) needs {} before it and {} after", text, before, after);
}

// Scores that many frames of each clip.
Result<Probe> measure(job::Job job, std::uint64_t frames) {
  job.shots = {};  // whose cost is measured by itself
  const auto start = std::chrono::steady_clock::now();
  VISQ_ASSIGN(job::Sessions sessions, open_sessions(job));
  VISQ_ASSIGN(job::Run run, open(job, std::move(sessions), {interruption()}));
  Probe probe;
  probe.expected = run.expected_frames();
  probe.range = range_text(run);
  job.range.reset();  // which a part of it does not reach the end of
  run.to_read.last =
      std::min(run.to_read.last, run.to_read.first + static_cast<unsigned>(frames) - 1);
  const std::lock_guard turn(*run.turn);
  score_frames(run);
  finish(run);
  settle(run);
  probe.frames = run.complete_frames();
  VISQ_TRY(run.first_error());
  probe.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const job::Clip& clip = run.clips.front();
  probe.compared = describe(clip.reader->info());
  for (const job::Clip& each : run.clips)
    for (std::string& sentence : conversions_of(run, each))
      if (std::find(probe.conversions.begin(), probe.conversions.end(), sentence) ==
          probe.conversions.end())
        probe.conversions.push_back(std::move(sentence));
  probe.scores = scores_text(clip.session.context());
  probe.machine = machine_text(job, clip.session.context());
  probe.models = clip.session.models();
  probe.remarks = run.remarks;
  return probe;
}

// First as few frames as can be scored, then as many as take about kProbeSeconds: a start-up counts
// less among many.
Result<Probe> measure(const Settings& settings) {
  const job::Job job = without_files(settings.job);
  const std::uint64_t few = 2 * std::max<std::uint64_t>(1, job.subsample);
  VISQ_ASSIGN(Probe first, measure(job, few));
  const double rate = static_cast<double>(few) / std::max(first.seconds, 1e-6);
  const auto frames =
      std::clamp(static_cast<std::uint64_t>(rate * kProbeSeconds), few, kMostFrames);
  if (frames < 2 * few) return first;
  return measure(job, frames);
}

std::string duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{}:{:02} min", static_cast<long>(seconds) / 60,
                     static_cast<long>(seconds) % 60);
}

// What --sync will take in the run: as long for each frame as it took here.
double sync_seconds(const job::Job& job, const job::Alignment& alignment) {
  if (alignment.whole) return alignment.seconds;
  std::uint64_t frames = 0;
  const auto add = [&](job::Side side, const std::string& path) {
    const auto reader = job::open_file(job, side, path, interruption());
    frames += reader ? (*reader)->info().frames.value_or(0) : 0;
  };
  add(job::Side::reference, job.reference);
  for (const std::string& path : job.distorted) add(job::Side::distorted, path);
  return alignment.seconds * static_cast<double>(std::max(frames, alignment.frames)) /
         static_cast<double>(alignment.frames);
}

std::string estimate_text(const Settings& s, const Probe& probe,
                          const std::optional<job::Alignment>& alignment) {
  const double each = probe.seconds / static_cast<double>(probe.frames);
  const std::string measured = fmt::format("measured here: {} in {}",
                                           counted(probe.frames, "frame"), duration(probe.seconds));
  std::string text = probe.expected
                         ? fmt::format("about {} for {}; {}",
                                       duration(each * static_cast<double>(*probe.expected)),
                                       counted(*probe.expected, "frame"), measured)
                         : fmt::format(
                               "about {} for every 1000 frames, of which the containers do not say "
                               "how many there are; {}",
                               duration(1000 * each), measured);
  if (alignment)
    text += fmt::format("; before, --sync reads the clips in {}",
                        probe.expected ? "about " + duration(sync_seconds(s.job, *alignment))
                                       : "their whole length");
  if (!s.report.empty()) text += "; --report reads them once more, after";
  return text;
}

std::string sync_text(const std::optional<job::Alignment>& alignment) {
  if (!alignment) return "";
  const std::string found = alignment->beginnings.empty() ? "all clips begin with the same frame"
                                                          : shown(list(alignment->beginnings));
  return fmt::format(
      "sync       {}{}\n", found,
      alignment->whole
          ? ""
          : fmt::format(" (by the first {} frames of each; the run looks at all)", kSyncFrames));
}

// The list of shots is read, and what finding them costs is measured.
Result<std::string> shots_text(const job::Job& job) {
  VISQ_TRY(listed_shots(job));
  if (job.shots.mode != job::CutInto::detected) return std::string();
  VISQ_ASSIGN(const double cost, detection_cost(job));
  return fmt::format(
      "shots      found by TransNet V2, once for all clips: {:.1f} ms of one core a frame, which "
      "the estimate leaves out\n",
      1000 * cost);
}

std::string plan_text(const Settings& s) {
  const job::Job& job = s.job;
  std::string text = s.title.empty() ? "" : shown(s.title) + "\n";
  text += job.has_reference()
              ? fmt::format("reference  {}\n", clip_text(job, job::Side::reference, job.reference))
              : "reference  none\n";
  for (const std::string& path : job.distorted)
    text += fmt::format("distorted  {}\n", clip_text(job, job::Side::distorted, path));
  return text;
}

}  // namespace

Status dry_run(const Settings& settings, const Messages& messages) {
  VISQ_TRY(check_outputs(settings));
  VISQ_TRY(job::check_files(settings.job, "--dry_run scores some of them beforehand"));
  VISQ_ASSIGN(const std::string shots, shots_text(settings.job));
  Settings aligned = settings;
  std::optional<job::Alignment> alignment;
  if (settings.job.sync) {
    VISQ_ASSIGN(alignment, align(aligned, messages, kSyncFrames));
  }
  VISQ_ASSIGN(const Probe probe, measure(aligned));
  if (interrupted()) return interruption_error("interrupted before enough frames were measured");
  if (probe.frames == 0)
    return job::input_error(fmt::format("{} and {} have no frame in common", settings.job.reference,
                                        settings.job.distorted.front()));
  for (const std::string& remark : probe.remarks) messages.warning(remark);
  std::string text = plan_text(settings) + sync_text(alignment);
  for (const std::string& sentence : probe.conversions)
    text += fmt::format("converted  {}\n", sentence);
  text += fmt::format("compared   {}\nframes     {}\n{}scores     {}\nmachine    {}\n",
                      probe.compared, probe.range, models_text(settings.job, probe.models),
                      probe.scores, probe.machine);
  text += shots + outputs_text(settings) +
          fmt::format("estimate   {}\n{}", estimate_text(settings, probe, alignment),
                      settings.title.empty() ? "" : "\n");
  return write_text("-", text);
}

}  // namespace visq::cli
