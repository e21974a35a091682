#include "cli/job/session.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/job/store.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

Status check(int code, ExitCode exit_code) {
  if (code == 0) return {};
  return fail(exit_code, vmaf_last_error());
}

VmafFeatureDictionary* dictionary(const OptionMap& options) {
  VmafFeatureDictionary* dict = nullptr;
  for (const auto& [key, value] : options)
    vmaf_feature_dictionary_set(&dict, key.c_str(), value.c_str());
  return dict;
}

// A version that is not built in may have come to the model store since.
std::string path_of(const ModelSpec& spec) {
  if (!spec.path.empty()) return spec.path;
  const char* version = nullptr;
  for (const void* it = nullptr; (it = vmaf_model_version_next(it, &version)) != nullptr;)
    if (spec.version == version) return "";
  return find_in_model_store("vmaf/" + spec.version + ".json").value_or("");
}

int load_model(const ModelSpec& spec, const std::string& path, VmafModelConfig& config,
               LoadedModel& loaded) {
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
  return fail(kUsageError,
              fmt::format("--model: there is no metric \"{}\" to give an option{}", name,
                          near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

// The networks of learned metrics, where the user names none.
struct Network {
  const char *metric, *variable, *file;
};
constexpr Network kNetworks[] = {
    {"lpips", "VMAF_LPIPS_MODEL_PATH", "tiny/lpips_sq.onnx"},
    {"saliency", "VMAF_SALIENCY_MODEL_PATH", "tiny/saliency_student_v2.onnx"}};

Status find_network(const std::string& metric, OptionMap& options) {
  for (const Network& network : kNetworks) {
    const char* named = std::getenv(network.variable);
    if (metric != network.metric || options.count("model_path") != 0 ||
        (named != nullptr && *named != '\0'))
      continue;
    const auto found = find_in_model_store(network.file);
    if (!found)
      return fail(kModelError,
                  fmt::format("metric {0} needs its model, and the model store has none: run "
                              "./setup, or name one with --feature {0}=model_path=FILE",
                              metric));
    options["model_path"] = *found;
  }
  return {};
}

std::string needless() {
  std::string names;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    if (metric->needs_reference == 0) names += fmt::format("{}, ", metric->name);
  return names.substr(0, names.size() - 2);
}

// After each of what is scored was added: `from` says which it was.
Status check_reference(const Settings& settings, VmafContext* context, const std::string& from) {
  const char* name = nullptr;
  if (!settings.no_reference || vmaf_needs_reference(context, &name) == 0) return {};
  return fail(
      kUsageError,
      fmt::format(
          "--no-reference: {}{} needs a reference; {} and tiny models of kind nr do without", name,
          from, needless()));
}

std::string with_options(const FeatureSpec& feature) {
  std::string text;
  for (const auto& [key, value] : feature.options)
    text += fmt::format("{}{}={}", text.empty() ? " with " : ", ", key, value);
  return text;
}

// Of a metric that was not made: a folder for maps that cannot be written is no fault of the model.
ExitCode why(int code) {
  if (std::string_view(vmaf_last_error()).find("the folder for maps") != std::string_view::npos)
    return kProcessingError;
  return code == -EINVAL || code == -ENOSYS ? kUsageError : kModelError;
}

}  // namespace

Result<Session> Session::open(const Settings& settings) {
  // The command prints errors itself, once; warnings come through the library's log.
  VmafConfiguration config{VMAF_LOG_LEVEL_WARNING, settings.threads, settings.subsample,
                           settings.cpumask, settings.gpumask};
  if (settings.threads == 0) config.n_threads = std::thread::hardware_concurrency();
  if (config.n_threads == 1) config.n_threads = 0;  // one thread: this one
  Session session;
  VmafContext* context = nullptr;
  VISQ_TRY(check(vmaf_init(&context, config), kUsageError));
  session.context_.reset(context);
  VISQ_TRY(check(vmaf_set_output_precision(context, settings.precision), kUsageError));
  VISQ_TRY(check(vmaf_set_output_window(context, settings.window), kUsageError));
  for (const ModelSpec& spec : settings.models) {
    VISQ_TRY(session.load(spec));
    VISQ_TRY(check_reference(settings, context, fmt::format(" (of --model {})", spec.label())));
  }
  VISQ_TRY(use_tiny_models(context, settings.tiny));
  VISQ_TRY(check_reference(settings, context, " (of --tiny-model)"));
  for (const FeatureSpec& feature : settings.features) {
    VISQ_TRY(session.use(feature));
    VISQ_TRY(check_reference(settings, context, with_options(feature)));
  }
  return session;
}

Status Session::load(const ModelSpec& spec) {
  VmafModelConfig config{spec.name.c_str(), spec.flags};
  LoadedModel loaded;
  if (load_model(spec, path_of(spec), config, loaded) != 0)
    return fail(kModelError,
                fmt::format("{} (./setup gets the models; --no_prediction scores without one)",
                            vmaf_last_error()));
  for (const FeatureSpec& overload : spec.overloads) {
    VISQ_TRY(check_metric(overload.name));
    VmafModelCollection* collection = loaded.collection.get();
    const int code = collection == nullptr
                         ? vmaf_model_feature_overload(loaded.model.get(), overload.name.c_str(),
                                                       dictionary(overload.options))
                         : vmaf_model_collection_feature_overload(loaded.model.get(), &collection,
                                                                  overload.name.c_str(),
                                                                  dictionary(overload.options));
    VISQ_TRY(check(code, kModelError));
  }
  VISQ_TRY(check(vmaf_use_features_from_model(context_.get(), loaded.model.get()), kModelError));
  if (loaded.collection != nullptr)
    VISQ_TRY(check(vmaf_use_features_from_model_collection(context_.get(), loaded.collection.get()),
                   kModelError));
  models_.push_back(std::move(loaded));
  return {};
}

Status Session::use(const FeatureSpec& feature) const {
  OptionMap options = feature.options;
  VISQ_TRY(find_network(feature.name, options));
  VmafFeatureDictionary* dict = dictionary(options);
  const int code = vmaf_use_feature(context_.get(), feature.name.c_str(), dict);
  if (code == 0) return {};
  return fail(why(code), vmaf_last_error());
}

Status Session::predict(std::uint64_t frames) const {
  for (const LoadedModel& loaded : models_) {
    double score = 0;
    const auto last = static_cast<unsigned>(frames - 1);
    VISQ_TRY(check(vmaf_score_pooled(context_.get(), loaded.model.get(), VMAF_POOL_METHOD_MEAN,
                                     &score, 0, last),
                   kProcessingError));
    VmafModelCollectionScore spread{};
    if (loaded.collection != nullptr)
      VISQ_TRY(check(vmaf_score_pooled_model_collection(context_.get(), loaded.collection.get(),
                                                        VMAF_POOL_METHOD_MEAN, &spread, 0, last),
                     kProcessingError));
  }
  return {};
}

}  // namespace visq::cli
