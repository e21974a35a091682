#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/nearest.h"
#include "capi/context.h"
#include "capi/log.h"
#include "capi/picture.h"
#include "collect/pool.h"
#include "libvmaf/visq.h"

namespace visq::capi {

tl::expected<const ScoreTable::Named*, std::string> named(
    std::span<const ScoreTable::Named> columns, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& column : columns) {
    if (column.printed == name) return &column;
    names.push_back(column.printed);
  }
  const std::string_view near = nearest(name, names);
  return tl::unexpected(near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
}

Result<std::size_t> find_feature(const VmafContext& context, std::string_view name) {
  const ScoreTable& table = context.engine.table();
  if (const auto column = table.find(name)) return *column;
  const auto columns = table.reported_columns();
  const auto found = named(columns, name);
  if (!found)
    return fail(EINVAL, fmt::format("no feature \"{}\" was scored{}", name, found.error()),
                ErrorKind::usage);
  return (*found)->id;
}

Result<double> pooled(VmafContext& context, std::size_t column, VmafPoolingMethod method,
                      unsigned lo, unsigned hi) {
  if (method <= VMAF_POOL_METHOD_UNKNOWN || method >= VMAF_POOL_METHOD_NB)
    return fail(EINVAL, fmt::format("there is no pooling method {}", static_cast<int>(method)),
                ErrorKind::usage);
  const Status waited = context.engine.wait(hi);
  auto score =
      about(ErrorKind::usage, pool(context.engine.table(), column, static_cast<PoolMethod>(method),
                                   {lo, hi, context.engine.config().subsample}));
  if (!score && !waited) return tl::unexpected<Error>(waited.error());  // why it is missing
  return score;
}

}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

namespace {

int deliver(const Result<double>& result, double* score) {
  if (!result) return report(result.error());
  *score = *result;
  return 0;
}

// The column that has the name, as it is stored or as reports print it.
std::optional<std::size_t> column_named(const ScoreTable& table, std::string_view name) {
  if (const auto column = table.find(name)) return column;
  for (const ScoreTable::Named& column : table.columns())
    if (column.printed == name) return column.id;
  return std::nullopt;
}

}  // namespace

extern "C" {

int vmaf_import_feature_score(VmafContext* vmaf, const char* feature_name, double value,
                              unsigned index) {
  if (vmaf == nullptr || feature_name == nullptr)
    return report(EINVAL, "vmaf_import_feature_score needs a context and a name");
  return guarded(*vmaf, [&] {
    ScoreTable& table = vmaf->engine.table();
    const auto known = column_named(table, feature_name);
    const std::size_t column =
        known ? *known : table.column({feature_name, feature_name, ColumnPhase::frame, true});
    return finish(about(ErrorKind::usage, table.set(column, index, value)));
  });
}

int vmaf_feature_score_at_index(VmafContext* vmaf, const char* feature_name, double* score,
                                unsigned index) {
  if (vmaf == nullptr || feature_name == nullptr || score == nullptr)
    return report(EINVAL,
                  "vmaf_feature_score_at_index needs a context, a name and a place for the score");
  return guarded(*vmaf, [&] {
    const auto column = find_feature(*vmaf, feature_name);
    if (!column) return report(column.error());
    return deliver(vmaf->engine.score_at(*column, index), score);
  });
}

int vmaf_for_each_score(VmafContext* vmaf, unsigned index, VmafScoreCallback callback, void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_for_each_score needs a context and a callback");
  return guarded(*vmaf, [&] {
    const ScoreTable& table = vmaf->engine.table();
    for (const auto& column : table.reported_columns())
      if (const auto score = table.get(column.id, index))
        callback(user, column.printed.c_str(), *score);
    return 0;
  });
}

int vmaf_for_each_kept(VmafContext* vmaf, unsigned index, VmafKeptCallback callback, void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_for_each_kept needs a context and a callback");
  return guarded(*vmaf, [&] {
    const ScoreTable& table = vmaf->engine.table();
    std::map<std::size_t, std::string> printed;
    for (const auto& column : table.columns()) printed[column.id] = column.printed;
    for (const auto& [column, name] : table.stored_columns())
      if (const auto score = table.get(column, index))
        callback(user, name.c_str(), printed[column].c_str(), *score);
    return 0;
  });
}

int vmaf_end_imported(VmafContext* vmaf, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                      unsigned h, unsigned frames) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_end_imported needs a context");
  return guarded(*vmaf, [&] {
    const auto format = checked_format(pix_fmt, bpc, w, h);
    if (!format) return report(format.error());
    return finish(vmaf->engine.conclude(*format, frames));
  });
}

int vmaf_for_each_aggregate(VmafContext* vmaf, VmafScoreCallback callback, void* user) {
  if (vmaf == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_for_each_aggregate needs a context and a callback");
  return guarded(*vmaf, [&] {
    for (const ClipScore& score : vmaf->engine.table().aggregates())
      callback(user, score.name.c_str(), score.value);
    return 0;
  });
}

int vmaf_feature_score_pooled(VmafContext* vmaf, const char* feature_name,
                              enum VmafPoolingMethod pool_method, double* score, unsigned index_low,
                              unsigned index_high) {
  if (vmaf == nullptr || feature_name == nullptr || score == nullptr)
    return report(EINVAL,
                  "vmaf_feature_score_pooled needs a context, a name and a place for the score");
  return guarded(*vmaf, [&] {
    const auto column = find_feature(*vmaf, feature_name);
    if (!column) return report(column.error());
    return deliver(pooled(*vmaf, *column, pool_method, index_low, index_high), score);
  });
}

}  // extern "C"
