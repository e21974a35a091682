#include "job/session.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "job/features.h"
#include "job/roles.h"
#include "job/specs.h"
#include "job/store.h"
#include "job/tiny_models.h"

namespace visq::job {
namespace {

Status check(int code, ErrorKind kind) {
  if (code == 0) return {};
  return fail(-code, vmaf_last_error(), kind);
}

// A version that is not built in may have come to the model store since.
std::string text_of(const ModelSpec& spec) {
  const auto file = spec.version.empty() || is_built_in(spec.version)
                        ? std::nullopt
                        : find_in_model_store("vmaf/" + spec.version + ".json");
  const std::size_t at = spec.text.find(spec.version);
  const std::string key = "version=";
  if (!file) return spec.text;
  const bool keyed = at >= key.size() && spec.text.compare(at - key.size(), key.size(), key) == 0;
  const std::size_t from = keyed ? at - key.size() : at;
  return spec.text.substr(0, from) + "path=" + model_part(*file) +
         spec.text.substr(at + spec.version.size());
}

Status use_model(VmafContext* context, const ModelSpec& spec) {
  const int code = vmaf_use_model(context, text_of(spec).c_str());
  if (code == 0) return {};
  const ErrorKind kind = kind_of(-code, vmaf_last_error_kind());
  const char* advice = kind == ErrorKind::model ? " (./setup gets the models)" : "";
  return fail(-code, std::string(vmaf_last_error()) + advice, kind);
}

// The clip's frames a second, where a metric asks for them and nobody says otherwise.
void fill_frame_rate(const std::string& metric, double rate, OptionMap& given) {
  for (const VmafOptionInfo* option : options_with_role(metric, "frame_rate"))
    if (rate > 0 && given.count(option->name) == 0) given[option->name] = fmt::format("{}", rate);
}

std::string needless() {
  std::string names;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    if (metric->needs_reference == 0) names += fmt::format("{}, ", metric->name);
  return names.substr(0, names.size() - 2);
}

// After each of what is scored was added: `from` says which it was.
Status check_reference(const Job& job, VmafContext* context, const std::string& from) {
  const char* name = nullptr;
  if (job.has_reference() || vmaf_needs_reference(context, &name) == 0) return {};
  return fail(EINVAL,
              fmt::format("{}: {}{} needs a reference; {} and tiny models of kind nr do without",
                          job.option("no_reference", "true"), name, from, needless()),
              ErrorKind::usage);
}

std::string with_options(const FeatureSpec& feature) {
  std::string text;
  for (const auto& [key, value] : feature.options)
    text += fmt::format("{}{}={}", text.empty() ? " with " : ", ", key, value);
  return text;
}

// Of an optional metric: its network, or what would run it.
bool is_missing(const Error& error) {
  return error.kind == ErrorKind::model || error.code == ENOSYS;
}

// The names of scores are known once the clips are.
bool goes_by_size(const Job& job) {
  return std::any_of(job.models.begin(), job.models.end(),
                     [](const ModelSpec& spec) { return spec.goes_by_size(); });
}

Status set_thresholds(const Job& job, VmafContext* context) {
  for (const auto& [score, value] : job.thresholds)
    if (const int code = vmaf_set_output_threshold(context, score.c_str(), value); code != 0)
      return fail(-code,
                  fmt::format("{}: {}", job.option("threshold", fmt::format("{}:{}", score, value)),
                              vmaf_last_error()),
                  ErrorKind::usage);
  return {};
}

Result<context> open_context(const Job& job) {
  // Front ends tell errors themselves, once; warnings come through the library's log.
  const unsigned threads = job.thread_count();
  try {
    return context({VMAF_LOG_LEVEL_WARNING, threads == 1 ? 0 : threads,  // one thread: this one
                    job.subsample, job.cpumask, job.gpumask});
  } catch (const error& e) {
    return fail(e.code(), e.what(), ErrorKind::usage);
  }
}

// Of several clips each writes its maps into a folder of its own, by its number.
FeatureSpec feature_of(const Job& job, FeatureSpec feature, std::size_t clip) {
  if (job.distorted.size() == 1) return feature;
  for (const MapFolder& folder : map_folders_of(feature))
    feature.options[folder.option] =
        (std::filesystem::path(folder.path) / std::to_string(clip + 1)).string();
  return feature;
}

}  // namespace

Result<Session> Session::open(const Job& job, std::size_t clip, const Compared& compared,
                              const MapReceiver* maps) {
  VISQ_ASSIGN(visq::context made, open_context(job));
  Session session(std::move(made));
  VmafContext* const context = session.context();
  VISQ_TRY(check(vmaf_set_output_precision(context, job.precision), ErrorKind::usage));
  VISQ_TRY(check(vmaf_set_output_window(context, job.window), ErrorKind::usage));
  VISQ_TRY(check(vmaf_set_memory_limit(context, std::uint64_t{job.memory_megabytes} << 20),
                 ErrorKind::usage));
  if (maps != nullptr)
    VISQ_TRY(check(vmaf_set_map_callback(context, maps->metric.c_str(), maps->take, maps->user),
                   ErrorKind::usage));
  for (const ModelSpec& wanted : job.models) {
    VISQ_ASSIGN(ModelSpec of_size, model_for(wanted, compared.height));
    const ModelSpec& spec = session.models_.emplace_back(std::move(of_size));
    VISQ_TRY(use_model(context, spec));
    VISQ_TRY(check_reference(job, context, fmt::format(" (of model {})", spec.label())));
  }
  VISQ_TRY(use_tiny_models(session.context_, job));
  VISQ_TRY(check_reference(job, context, " (of a tiny model)"));
  for (const FeatureSpec& feature : job.features) {
    const Status used = session.use(feature_of(job, feature, clip), compared.frames_a_second);
    if (!used && feature.optional && is_missing(used.error())) {
      session.left_out_.push_back(
          fmt::format("{} is left out: {}", feature.name, used.error().message));
      continue;
    }
    VISQ_TRY(used);
    VISQ_TRY(check_reference(job, context, with_options(feature)));
  }
  if (compared.height > 0 || !goes_by_size(job)) VISQ_TRY(set_thresholds(job, context));
  if (job.range) VISQ_TRY(check(vmaf_set_frame_range(context, *job.range), ErrorKind::usage));
  return session;
}

Status Session::use(const FeatureSpec& feature, double frames_a_second) {
  FeatureSpec filled = feature;
  fill_frame_rate(filled.name, frames_a_second, filled.options);
  return use_feature(context_, std::move(filled));
}

bool waits_for_clips(const Job& job) {
  return goes_by_size(job) ||
         std::any_of(job.features.begin(), job.features.end(), [](const FeatureSpec& feature) {
           return !options_with_role(feature.name, "frame_rate").empty();
         });
}

Result<Sessions> open_sessions(const Job& job, const Compared& compared) {
  Sessions sessions;
  for (std::size_t i = 0; i < job.distorted.size(); ++i) {
    VISQ_ASSIGN(Session session, Session::open(job, i, compared));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace visq::job
