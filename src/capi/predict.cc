// Scores of models, for those who ask.
#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "capi/context.h"
#include "capi/log.h"
#include "capi/model.h"

namespace visq::capi {
namespace {

// Calls f(index) for the frames of lo..hi that subsampling leaves.
template <typename F>
Status for_frames(const VmafContext& context, unsigned lo, unsigned hi, F&& f) {
  if (lo > hi)
    return fail(EINVAL,
                fmt::format("cannot pool frames {} to {}: the first is after the last", lo, hi),
                ErrorKind::usage);
  const unsigned step = std::max(1u, context.engine.config().subsample);
  for (std::uint64_t i = (std::uint64_t{lo} + step - 1) / step * step; i <= hi; i += step)
    VISQ_TRY(f(static_cast<unsigned>(i)));
  return {};
}

// The columns of the model's scores, which frame `index` has now.
Result<std::vector<std::size_t>> scored_at(VmafContext& context,
                                           std::shared_ptr<const ScoreModel> model,
                                           unsigned index) {
  VISQ_ASSIGN(BoundModel bound, context.engine.bind(std::move(model)));
  VISQ_TRY(context.engine.score(bound, index));
  return std::move(bound.outputs);
}

// Likewise for all frames of lo..hi.
Result<std::vector<std::size_t>> scored(VmafContext& context,
                                        std::shared_ptr<const ScoreModel> model, unsigned lo,
                                        unsigned hi) {
  VISQ_ASSIGN(BoundModel bound, context.engine.bind(std::move(model)));
  VISQ_TRY(for_frames(context, lo, hi, [&](unsigned i) { return context.engine.score(bound, i); }));
  return std::move(bound.outputs);
}

Result<double> model_score(VmafContext& context, const VmafModel& model, unsigned index) {
  VISQ_ASSIGN(const auto columns, scored_at(context, model.model, index));
  return context.engine.score_at(columns[0], index);
}

Result<double> model_pooled(VmafContext& context, const VmafModel& model, VmafPoolingMethod method,
                            unsigned lo, unsigned hi) {
  VISQ_ASSIGN(const auto columns, scored(context, model.model, lo, hi));
  return pooled(context, columns[0], method, lo, hi);
}

// What the members say together; `read` gives the value of a column.
template <typename Read>
Result<VmafModelCollectionScore> collection_score(std::span<const std::size_t> columns,
                                                  Read&& read) {
  const auto statistics = columns.last(BootstrapModel::kStatistics);
  VmafModelCollectionScore score{};
  score.type = VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP;
  VISQ_ASSIGN(score.bootstrap.bagging_score, read(statistics[0]));
  VISQ_ASSIGN(score.bootstrap.stddev, read(statistics[1]));
  VISQ_ASSIGN(score.bootstrap.ci.p95.lo, read(statistics[2]));
  VISQ_ASSIGN(score.bootstrap.ci.p95.hi, read(statistics[3]));
  return score;
}

Result<VmafModelCollectionScore> collection_at(VmafContext& context,
                                               const VmafModelCollection& collection,
                                               unsigned index) {
  VISQ_ASSIGN(const auto columns, scored_at(context, collection.model, index));
  return collection_score(
      columns, [&](std::size_t column) { return context.engine.score_at(column, index); });
}

Result<VmafModelCollectionScore> collection_pooled(VmafContext& context,
                                                   const VmafModelCollection& collection,
                                                   VmafPoolingMethod method, unsigned lo,
                                                   unsigned hi) {
  VISQ_ASSIGN(const auto columns, scored(context, collection.model, lo, hi));
  return collection_score(
      columns, [&](std::size_t column) { return pooled(context, column, method, lo, hi); });
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
  return guarded(*vmaf, [&] { return finish(vmaf->engine.use_features(*model->model)); });
}

int vmaf_use_features_from_model_collection(VmafContext* vmaf,
                                            VmafModelCollection* model_collection) {
  if (vmaf == nullptr || model_collection == nullptr)
    return report(EINVAL,
                  "vmaf_use_features_from_model_collection needs a context and a collection");
  return guarded(*vmaf,
                 [&] { return finish(vmaf->engine.use_features(*model_collection->model)); });
}

int vmaf_score_at_index(VmafContext* vmaf, VmafModel* model, double* score, unsigned index) {
  if (vmaf == nullptr || model == nullptr || score == nullptr)
    return report(EINVAL, "vmaf_score_at_index needs a context, a model and a place for the score");
  return guarded(*vmaf, [&] { return deliver(model_score(*vmaf, *model, index), score); });
}

int vmaf_score_at_index_model_collection(VmafContext* vmaf, VmafModelCollection* model_collection,
                                         VmafModelCollectionScore* score, unsigned index) {
  if (vmaf == nullptr || model_collection == nullptr || score == nullptr)
    return report(EINVAL,
                  "vmaf_score_at_index_model_collection needs a context, a collection and a place "
                  "for the score");
  return guarded(*vmaf,
                 [&] { return deliver(collection_at(*vmaf, *model_collection, index), score); });
}

int vmaf_score_pooled(VmafContext* vmaf, VmafModel* model, enum VmafPoolingMethod pool_method,
                      double* score, unsigned index_low, unsigned index_high) {
  if (vmaf == nullptr || model == nullptr || score == nullptr)
    return report(EINVAL, "vmaf_score_pooled needs a context, a model and a place for the score");
  return guarded(*vmaf, [&] {
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
  return guarded(*vmaf, [&] {
    return deliver(collection_pooled(*vmaf, *model_collection, pool_method, index_low, index_high),
                   score);
  });
}

}  // extern "C"
