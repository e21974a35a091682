#include "job/session.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "base/nearest.h"
#include "job/roles.h"
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
std::string path_of(const ModelSpec& spec) {
  if (!spec.path.empty() || is_built_in(spec.version)) return spec.path;
  return find_in_model_store("vmaf/" + spec.version + ".json").value_or("");
}

int load_model(const ModelSpec& spec, LoadedModel& loaded) {
  VmafModelConfig config{spec.name.c_str(), spec.flags};
  const std::string path = path_of(spec);
  VmafModel* model = nullptr;
  VmafModelCollection* collection = nullptr;
  int code = path.empty() ? vmaf_model_load(&model, &config, spec.version.c_str())
                          : vmaf_model_load_from_path(&model, &config, path.c_str());
  const std::string first = vmaf_last_error();
  if (code != 0 && first.find("is a collection") != std::string::npos)
    code = path.empty()
               ? vmaf_model_collection_load(&model, &collection, &config, spec.version.c_str())
               : vmaf_model_collection_load_from_path(&model, &collection, &config, path.c_str());
  loaded.model.reset(model);
  loaded.collection.reset(collection);
  return code;
}

// The library passes over metrics that a model does not use, and so over misspelt ones.
Status check_metric(const std::string& name) {
  std::vector<std::string_view> names;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    names.emplace_back(metric->name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  const std::string_view near = nearest(name, names);
  return fail(EINVAL,
              fmt::format("a model's option: there is no metric \"{}\" to give one{}", name,
                          near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)),
              ErrorKind::usage);
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

// Of a metric that was not made.
ErrorKind kind_of(const error& e) {
  if (e.kind() == VMAF_ERROR_OUTPUT) return ErrorKind::output;
  return e.code() == EINVAL || e.code() == ENOSYS ? ErrorKind::usage : ErrorKind::model;
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
  if (maps != nullptr)
    VISQ_TRY(check(vmaf_set_map_callback(context, maps->metric.c_str(), maps->take, maps->user),
                   ErrorKind::usage));
  for (const ModelSpec& spec : job.models) {
    VISQ_TRY(session.load(spec));
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

Status Session::load(const ModelSpec& spec) {
  LoadedModel loaded;
  if (const int code = load_model(spec, loaded); code != 0)
    return fail(-code, fmt::format("{} (./setup gets the models)", vmaf_last_error()),
                ErrorKind::model);
  for (const FeatureSpec& overload : spec.overloads) {
    VISQ_TRY(check_metric(overload.name));
    VmafModelCollection* collection = loaded.collection.get();
    VmafFeatureDictionary* const given = options_of(overload.options).release();
    const int code =
        collection == nullptr
            ? vmaf_model_feature_overload(loaded.model.get(), overload.name.c_str(), given)
            : vmaf_model_collection_feature_overload(loaded.model.get(), &collection,
                                                     overload.name.c_str(), given);
    VISQ_TRY(check(code, ErrorKind::model));
  }
  VISQ_TRY(check(vmaf_use_features_from_model(context(), loaded.model.get()), ErrorKind::model));
  if (loaded.collection != nullptr)
    VISQ_TRY(check(vmaf_use_features_from_model_collection(context(), loaded.collection.get()),
                   ErrorKind::model));
  models_.push_back(std::move(loaded));
  return {};
}

Status Session::use(const FeatureSpec& feature, double frames_a_second) {
  OptionMap given = feature.options;
  VISQ_TRY(find_networks(feature.name, given));
  fill_frame_rate(feature.name, frames_a_second, given);
  try {
    context_.use(feature.name.c_str(), options_of(given));
  } catch (const error& e) {
    return fail(e.code(), e.what(), kind_of(e));
  }
  return {};
}

Status Session::predict(std::uint64_t frames) const {
  for (const LoadedModel& loaded : models_) {
    double score = 0;
    const auto last = static_cast<unsigned>(frames - 1);
    VISQ_TRY(check(
        vmaf_score_pooled(context(), loaded.model.get(), VMAF_POOL_METHOD_MEAN, &score, 0, last),
        ErrorKind::processing));
    VmafModelCollectionScore spread{};
    if (loaded.collection != nullptr)
      VISQ_TRY(check(vmaf_score_pooled_model_collection(context(), loaded.collection.get(),
                                                        VMAF_POOL_METHOD_MEAN, &spread, 0, last),
                     ErrorKind::processing));
  }
  return {};
}

Status Session::predict_frame(unsigned index) const {
  for (const LoadedModel& loaded : models_) {
    double score = 0;
    VISQ_TRY(check(vmaf_score_at_index(context(), loaded.model.get(), &score, index),
                   ErrorKind::processing));
    VmafModelCollectionScore spread{};
    if (loaded.collection != nullptr)
      VISQ_TRY(check(
          vmaf_score_at_index_model_collection(context(), loaded.collection.get(), &spread, index),
          ErrorKind::processing));
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
