#include "models/vmaf_score_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "models/builtin.h"

namespace visq {
namespace {

std::vector<ModelInput> inputs_of(const VmafModelData& data) {
  return {data.features.begin(), data.features.end()};
}

std::uint64_t id_of(std::string_view json, const ModelSettings& settings) {
  return mix((settings.disable_clip ? 1u : 0u) | (settings.enable_transform ? 2u : 0u) |
                 (settings.disable_transform ? 4u : 0u),
             json);
}

}  // namespace

SvmModel::SvmModel(VmafModelData data, std::uint64_t id)
    : ScoreModel(data.name, id), data_(std::move(data)) {
  places_ = add_inputs(inputs_of(data_));
  outputs_ = {name_};
}

Result<std::vector<double>> SvmModel::score(std::span<const double> values) const {
  return std::vector{data_.predict(picked(values, places_))};
}

BootstrapModel::BootstrapModel(std::string name, std::vector<VmafModelData> members,
                               std::uint64_t id)
    : ScoreModel(std::move(name), id), members_(std::move(members)) {
  for (const VmafModelData& member : members_) {
    places_.push_back(add_inputs(inputs_of(member)));
    outputs_.push_back(member.name);
  }
  for (const char* statistic : {"bagging", "stddev", "ci_p95_lo", "ci_p95_hi"})
    outputs_.push_back(fmt::format("{}_{}", name_, statistic));
}

Result<std::vector<double>> BootstrapModel::score(std::span<const double> values) const {
  std::vector<double> raw, scores;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    raw.push_back(members_[m].raw(picked(values, places_[m])));
    scores.push_back(members_[m].finish(raw.back()));
  }
  const BootstrapScore all = bootstrap_score(std::move(raw), members_.front());
  scores.insert(scores.end(), {all.bagging, all.standard_deviation, all.low, all.high});
  return scores;
}

Result<VmafModels> read_vmaf_models(std::string_view json, std::string_view path,
                                    const ModelSettings& settings) {
  auto parsed = parse_vmaf_model(json, settings);
  if (!parsed)
    return fail(parsed.error().code, fmt::format("model {}: {}", path, parsed.error().message),
                ErrorKind::model);
  const std::uint64_t id = id_of(json, settings);
  VmafModels models{std::make_shared<SvmModel>(std::move(parsed->front()), id), nullptr};
  parsed->erase(parsed->begin());
  if (!parsed->empty())
    models.others =
        std::make_shared<BootstrapModel>(settings.name, *std::move(parsed), mix(id, "bootstrap"));
  return models;
}

Result<std::string> read_model_json(const std::string& path) {
  return about(ErrorKind::model, read_file(path, kMaxVmafModelBytes, "model file"));
}

Result<VmafModels> load_vmaf_models(const std::string& path, const ModelSettings& settings) {
  VISQ_ASSIGN(const std::string json, read_model_json(path));
  return read_vmaf_models(json, path, settings);
}

Result<VmafModels> builtin_vmaf_models(const std::string& version, const ModelSettings& settings) {
  if (const BuiltinModel* model = find_builtin_model(version))
    return read_vmaf_models(model->json, version, settings);
  std::vector<std::string_view> known;
  for (const BuiltinModel& model : builtin_models()) known.push_back(model.version);
  return fail(
      EINVAL,
      known.empty()
          ? fmt::format("there is no built-in model {}: this library was built without models",
                        version)
          : fmt::format("there is no built-in model {}; there are {}", version,
                        fmt::join(known, ", ")),
      ErrorKind::model);
}

}  // namespace visq
