// Scores of models: computed when they are first asked for, and stored.
#include <fmt/format.h>

#include "capi/context.h"
#include "capi/log.h"
#include "capi/model.h"

namespace visq::capi {
namespace {

Result<const Descriptor*> provider_of(const VmafModelData& model, const ModelFeature& feature) {
  if (const Descriptor* metric = find_metric_of_feature(feature.name)) return metric;
  return fail(EINVAL,
              fmt::format("model {} needs feature \"{}\", which no metric of this build provides",
                          model.name, feature.name));
}

Status use_features(VmafContext& context, const VmafModelData& model) {
  for (const ModelFeature& feature : model.features) {
    VISQ_ASSIGN(const Descriptor* metric, provider_of(model, feature));
    VISQ_TRY(context.engine.use(*metric, feature.options));
  }
  return {};
}

// The column under which a model's feature is stored, given the options of the model.
Result<std::size_t> column_of(VmafContext& context, const VmafModelData& model,
                              const ModelFeature& feature) {
  const auto provider = provider_of(model, feature);
  std::string stored = feature.name;
  if (provider) {
    VISQ_ASSIGN(const Options options,
                Options::parse((*provider)->name, (*provider)->options, feature.options));
    for (const FeatureInfo& info : (*provider)->features)
      if (info.name == feature.name) stored = stored_name(info, options);
  }
  if (const auto column = context.engine.table().find(stored)) return *column;
  return fail(EINVAL,
              fmt::format("model {} needs feature \"{}\", which is not scored in this context",
                          model.name, stored));
}

// A model's features and its own column within one context.
struct Binding {
  const VmafModelData* model = nullptr;
  std::vector<std::size_t> features;
  std::size_t score = 0;
};

Result<Binding> bind(VmafContext& context, const VmafModel& model) {
  const auto [owner, fresh] = context.model_ids.try_emplace(model.data.name, model.id);
  if (owner->second != model.id)
    return fail(EINVAL,
                fmt::format("two models of this context are named \"{}\"; give each its own name",
                            model.data.name));
  Binding binding{&model.data, {}, 0};
  for (const ModelFeature& feature : model.data.features) {
    VISQ_ASSIGN(const std::size_t column, column_of(context, model.data, feature));
    binding.features.push_back(column);
  }
  binding.score =
      context.engine.table().column({model.data.name, model.data.name, ColumnPhase::model, true});
  return binding;
}

Result<std::vector<double>> features_at(VmafContext& context, const Binding& binding,
                                        unsigned index) {
  std::vector<double> values;
  for (const std::size_t column : binding.features) {
    VISQ_ASSIGN(const double value, score_at(context, column, index));
    values.push_back(value);
  }
  return values;
}

Status store_once(VmafContext& context, std::size_t column, unsigned index, double value) {
  ScoreTable& table = context.engine.table();
  if (table.get(column, index)) return {};
  return table.set(column, index, value);
}

Status predict(VmafContext& context, const Binding& binding, unsigned index) {
  if (context.engine.table().get(binding.score, index)) return {};
  VISQ_ASSIGN(const auto values, features_at(context, binding, index));
  return context.engine.table().set(binding.score, index, binding.model->predict(values));
}

// Calls f(index) for the frames of lo..hi that subsampling leaves.
template <typename F>
Status for_frames(const VmafContext& context, unsigned lo, unsigned hi, F&& f) {
  if (lo > hi)
    return fail(EINVAL,
                fmt::format("cannot pool frames {} to {}: the first is after the last", lo, hi));
  const unsigned step = std::max(1u, context.engine.config().subsample);
  for (std::uint64_t i = (std::uint64_t{lo} + step - 1) / step * step; i <= hi; i += step)
    VISQ_TRY(f(static_cast<unsigned>(i)));
  return {};
}

Result<double> model_score(VmafContext& context, const VmafModel& model, unsigned index) {
  std::lock_guard lock(context.predictions);
  VISQ_ASSIGN(const Binding binding, bind(context, model));
  VISQ_TRY(predict(context, binding, index));
  return *context.engine.table().get(binding.score, index);
}

Result<double> model_pooled(VmafContext& context, const VmafModel& model, VmafPoolingMethod method,
                            unsigned lo, unsigned hi) {
  std::lock_guard lock(context.predictions);
  VISQ_ASSIGN(const Binding binding, bind(context, model));
  VISQ_TRY(for_frames(context, lo, hi, [&](unsigned i) { return predict(context, binding, i); }));
  return pooled(context, binding.score, method, lo, hi);
}

// The four columns of a bootstrap collection.
struct Ensemble {
  std::vector<Binding> members;
  std::size_t bagging = 0, deviation = 0, low = 0, high = 0;
};

Result<Ensemble> bind(VmafContext& context, const VmafModelCollection& collection) {
  Ensemble ensemble;
  for (const VmafModel& member : collection.members) {
    VISQ_ASSIGN(Binding binding, bind(context, member));
    ensemble.members.push_back(std::move(binding));
  }
  const auto column = [&](std::string_view suffix) {
    const std::string name = fmt::format("{}_{}", collection.name, suffix);
    return context.engine.table().column({name, name, ColumnPhase::model, true});
  };
  ensemble.bagging = column("bagging");
  ensemble.deviation = column("stddev");
  ensemble.low = column("ci_p95_lo");
  ensemble.high = column("ci_p95_hi");
  return ensemble;
}

Status predict(VmafContext& context, const Ensemble& ensemble, unsigned index) {
  std::vector<double> raw;
  for (const Binding& member : ensemble.members) {
    VISQ_ASSIGN(const auto values, features_at(context, member, index));
    raw.push_back(member.model->raw(values));
    VISQ_TRY(store_once(context, member.score, index, member.model->finish(raw.back())));
  }
  const BootstrapScore score = bootstrap_score(std::move(raw), *ensemble.members.front().model);
  VISQ_TRY(store_once(context, ensemble.bagging, index, score.bagging));
  VISQ_TRY(store_once(context, ensemble.deviation, index, score.standard_deviation));
  VISQ_TRY(store_once(context, ensemble.low, index, score.low));
  return store_once(context, ensemble.high, index, score.high);
}

template <typename Read>
Result<VmafModelCollectionScore> collection_score(const Ensemble& ensemble, Read&& read) {
  VmafModelCollectionScore score{};
  score.type = VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP;
  VISQ_ASSIGN(score.bootstrap.bagging_score, read(ensemble.bagging));
  VISQ_ASSIGN(score.bootstrap.stddev, read(ensemble.deviation));
  VISQ_ASSIGN(score.bootstrap.ci.p95.lo, read(ensemble.low));
  VISQ_ASSIGN(score.bootstrap.ci.p95.hi, read(ensemble.high));
  return score;
}

Result<VmafModelCollectionScore> collection_at(VmafContext& context,
                                               const VmafModelCollection& collection,
                                               unsigned index) {
  std::lock_guard lock(context.predictions);
  VISQ_ASSIGN(const Ensemble ensemble, bind(context, collection));
  VISQ_TRY(predict(context, ensemble, index));
  return collection_score(ensemble,
                          [&](std::size_t column) { return score_at(context, column, index); });
}

Result<VmafModelCollectionScore> collection_pooled(VmafContext& context,
                                                   const VmafModelCollection& collection,
                                                   VmafPoolingMethod method, unsigned lo,
                                                   unsigned hi) {
  std::lock_guard lock(context.predictions);
  VISQ_ASSIGN(const Ensemble ensemble, bind(context, collection));
  VISQ_TRY(for_frames(context, lo, hi, [&](unsigned i) { return predict(context, ensemble, i); }));
  return collection_score(
      ensemble, [&](std::size_t column) { return pooled(context, column, method, lo, hi); });
}

template <typename T>
int deliver(const Result<T>& result, T* place) {
  if (!result) return report(result.error());
  *place = *result;
  return 0;
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_use_features_from_model(VmafContext* vmaf, VmafModel* model) {
  if (vmaf == nullptr || model == nullptr)
    return report(EINVAL, "vmaf_use_features_from_model needs a context and a model");
  return guarded([&] { return finish(use_features(*vmaf, model->data)); });
}

int vmaf_use_features_from_model_collection(VmafContext* vmaf,
                                            VmafModelCollection* model_collection) {
  if (vmaf == nullptr || model_collection == nullptr)
    return report(EINVAL,
                  "vmaf_use_features_from_model_collection needs a context and a collection");
  return guarded([&] {
    for (const VmafModel& member : model_collection->members)
      if (const Status status = use_features(*vmaf, member.data); !status)
        return report(status.error());
    return 0;
  });
}

int vmaf_score_at_index(VmafContext* vmaf, VmafModel* model, double* score, unsigned index) {
  if (vmaf == nullptr || model == nullptr || score == nullptr)
    return report(EINVAL, "vmaf_score_at_index needs a context, a model and a place for the score");
  return guarded([&] { return deliver(model_score(*vmaf, *model, index), score); });
}

int vmaf_score_at_index_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                         VmafModelCollectionScore* score, unsigned index) {
  if (vmaf == nullptr || model_collection == nullptr || score == nullptr)
    return report(EINVAL,
                  "vmaf_score_at_index_model_collection needs a context, a collection and a place "
                  "for the score");
  return guarded([&] { return deliver(collection_at(*vmaf, *model_collection, index), score); });
}

int vmaf_score_pooled(VmafContext* vmaf, VmafModel* model, enum VmafPoolingMethod pool_method,
                      double* score, unsigned index_low, unsigned index_high) {
  if (vmaf == nullptr || model == nullptr || score == nullptr)
    return report(EINVAL, "vmaf_score_pooled needs a context, a model and a place for the score");
  return guarded([&] {
    return deliver(model_pooled(*vmaf, *model, pool_method, index_low, index_high), score);
  });
}

int vmaf_score_pooled_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                       enum VmafPoolingMethod pool_method,
                                       VmafModelCollectionScore* score, unsigned index_low,
                                       unsigned index_high) {
  if (vmaf == nullptr || model_collection == nullptr || score == nullptr)
    return report(EINVAL,
                  "vmaf_score_pooled_model_collection needs a context, a collection and a place "
                  "for the score");
  return guarded([&] {
    return deliver(collection_pooled(*vmaf, *model_collection, pool_method, index_low, index_high),
                   score);
  });
}

}  // extern "C"
