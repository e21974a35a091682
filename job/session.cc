#include "job/session.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

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

options options_of(const OptionMap& map) {
  options list;
  for (const auto& [key, value] : map) list.set(key.c_str(), value.c_str());
  return list;
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

// What the library says of its last error, where it says it, else what its code says.
ErrorKind kind_of(int code, VmafErrorKind kind) {
  if (kind != VMAF_ERROR_PROCESSING) return static_cast<ErrorKind>(kind);
  return code == EINVAL || code == ENOSYS ? ErrorKind::usage : ErrorKind::model;
}

Status use_model(VmafContext* context, const ModelSpec& spec) {
  const int code = vmaf_use_model(context, text_of(spec).c_str());
  if (code == 0) return {};
  const ErrorKind kind = kind_of(-code, vmaf_last_error_kind());
  const char* advice = kind == ErrorKind::model ? " (./setup gets the models)" : "";
  return fail(-code, std::string(vmaf_last_error()) + advice, kind);
}

// Of learned metrics, where neither an option nor the environment names the file.
Status find_networks(const std::string& metric, OptionMap& given) {
  for (const VmafOptionInfo* option : options_with_role(metric, "model_file")) {
    const char* named = option->environment ? std::getenv(option->environment) : nullptr;
    if (given.count(option->name) != 0 || (named != nullptr && *named != '\0') ||
        option->store_file == nullptr)
      continue;
    const auto found = find_in_model_store(option->store_file);
    if (!found)
      return fail(ENOENT,
                  fmt::format("metric {} needs its model, and the model store has none: run "
                              "./setup, or name one with its option {}=FILE",
                              metric, option->name),
                  ErrorKind::model);
    given[option->name] = *found;
  }
  return {};
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

Result<Session> Session::open(const Job& job, std::size_t clip, double frames_a_second,
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
  for (const ModelSpec& spec : job.models) {
    VISQ_TRY(use_model(context, spec));
    VISQ_TRY(check_reference(job, context, fmt::format(" (of model {})", spec.label())));
  }
  VISQ_TRY(use_tiny_models(context, job));
  VISQ_TRY(check_reference(job, context, " (of a tiny model)"));
  for (const FeatureSpec& feature : job.features) {
    VISQ_TRY(session.use(feature_of(job, feature, clip), frames_a_second));
    VISQ_TRY(check_reference(job, context, with_options(feature)));
  }
  return session;
}

Status Session::use(const FeatureSpec& feature, double frames_a_second) {
  OptionMap given = feature.options;
  VISQ_TRY(find_networks(feature.name, given));
  fill_frame_rate(feature.name, frames_a_second, given);
  try {
    context_.use(feature.name.c_str(), options_of(given));
  } catch (const error& e) {
    return fail(e.code(), e.what(), kind_of(e.code(), e.kind()));
  }
  return {};
}

bool wants_frame_rate(const Job& job) {
  return std::any_of(job.features.begin(), job.features.end(), [](const FeatureSpec& feature) {
    return !options_with_role(feature.name, "frame_rate").empty();
  });
}

Result<Sessions> open_sessions(const Job& job, double frames_a_second) {
  Sessions sessions;
  for (std::size_t i = 0; i < job.distorted.size(); ++i) {
    VISQ_ASSIGN(Session session, Session::open(job, i, frames_a_second));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace visq::job
