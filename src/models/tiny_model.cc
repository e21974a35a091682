#include "models/tiny_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/json.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFeatures = 32;
constexpr std::uint64_t kMaxManifestBytes = 1 << 20;

tl::unexpected<Error> refuse(const std::string& path, int code, std::string_view reason) {
  return fail(code, fmt::format("model {}: {}", path, reason), ErrorKind::model);
}

// What models of VMAF's kind call the scores of the integer metrics.
struct Canonical {
  std::string_view name, feature;
};
constexpr Canonical kCanonical[] = {{"adm2", "VMAF_integer_feature_adm2_score"},
                                    {"vif_scale0", "VMAF_integer_feature_vif_scale0_score"},
                                    {"vif_scale1", "VMAF_integer_feature_vif_scale1_score"},
                                    {"vif_scale2", "VMAF_integer_feature_vif_scale2_score"},
                                    {"vif_scale3", "VMAF_integer_feature_vif_scale3_score"},
                                    {"motion2", "VMAF_integer_feature_motion2_score"}};

std::string feature_named(const std::string& name) {
  const auto it = std::find_if(std::begin(kCanonical), std::end(kCanonical),
                               [&](const Canonical& c) { return c.name == name; });
  return it == std::end(kCanonical) ? name : std::string(it->feature);
}

// Names go into reports as they are: letters, digits, _, - and ., not beginning with the last two
// or a digit.
bool is_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto fits = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 128 && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), fits);
}

// The sidecar's, else the stem of the file.
Result<std::string> name_for(const std::string& path, const std::string& said) {
  if (is_name(said)) return said;
  if (!said.empty())
    return refuse(path, EBADMSG,
                  fmt::format("its sidecar names it \"{}\", which cannot be the name of a feature",
                              said.substr(0, 100)));
  std::string stem = fs::path(path).stem().string();
  for (char& c : stem)
    if (!is_name(std::string("_") + c)) c = '_';
  return is_name(stem) ? stem : "_" + stem.substr(0, 100);
}

std::string shape_text(const TensorInfo& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.shape, ","));
}

bool is_row(const TensorInfo& tensor) {
  return tensor.shape.size() == 2 && (tensor.shape[0] == 1 || tensor.shape[0] < 0) &&
         tensor.shape[1] > 0;
}

const TensorInfo* find(const std::vector<TensorInfo>& tensors, std::string_view name) {
  const auto it = std::find_if(tensors.begin(), tensors.end(),
                               [&](const TensorInfo& t) { return t.name == name; });
  return it == tensors.end() ? nullptr : &*it;
}

// One network of features, or an ensemble of them. Its scores: the model's own; an ensemble's mean,
// then NAME_stddev (the members' sample deviation) and the ends of the 95 % interval,
// NAME_ci_p95_lo and NAME_ci_p95_hi.
class FeatureModels final : public ScoreModel {
 public:
  FeatureModels(const std::string& name, FeatureModel alone) : ScoreModel(name, 0) {
    outputs_ = {name};
    add(std::move(alone));
  }
  FeatureModels(const std::string& name, std::vector<FeatureModel> members, double interval_z)
      : ScoreModel(name, 0), interval_z_(interval_z) {
    outputs_ = {name, name + "_stddev", name + "_ci_p95_lo", name + "_ci_p95_hi"};
    for (FeatureModel& member : members) add(std::move(member));
  }

  Result<std::vector<double>> score(std::span<const double> values) const override {
    std::vector<double> scores;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      VISQ_ASSIGN(const double score, members_[m].score(picked(values, places_[m])));
      scores.push_back(score);
    }
    if (!interval_z_) return scores;
    const auto count = static_cast<double>(scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
    double squares = 0;
    for (const double score : scores) squares += (score - mean) * (score - mean);
    const double deviation = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
    const double reach = *interval_z_ * deviation;
    return std::vector{mean, deviation, mean - reach, mean + reach};
  }

 private:
  void add(FeatureModel member) {
    id_ = mix(id_, member.file().sha256);
    places_.push_back(add_inputs(member.inputs()));
    members_.push_back(std::move(member));
  }

  std::vector<FeatureModel> members_;
  std::vector<std::vector<std::size_t>> places_;  // of each member's features in inputs()
  std::optional<double> interval_z_;              // of an ensemble
};

}  // namespace

Result<FeatureModel> FeatureModel::open(LoadedModel model, const TinyModelSettings& settings) {
  const std::string path = model.path;
  if (!model.sidecar || model.sidecar->features.empty())
    return refuse(path, EINVAL,
                  fmt::format("its input {} is a row of features, and no sidecar beside it says "
                              "which (feature_order)",
                              shape_text(model.session->inputs()[0])));
  if (model.sidecar->features.size() > kMaxFeatures)
    return refuse(path, EBADMSG,
                  fmt::format("it has {} features; {} are possible", model.sidecar->features.size(),
                              kMaxFeatures));
  FeatureModel opened;
  opened.sidecar_ = *std::move(model.sidecar);
  opened.model_ = std::move(model);
  Status status = about(ErrorKind::model, opened.bind_inputs(settings.codec));
  if (status) status = about(ErrorKind::model, opened.bind_output());
  if (!status)
    return fail(status.error(), fmt::format("model {}: {}", path, status.error().message));
  if (opened.codec_)
    for (const std::string& warning : opened.codec_->warnings)
      settings.log.warning(fmt::format("model {}: {}", path, warning));
  return opened;
}

Status FeatureModel::bind_inputs(const CodecContext& codec) {
  const auto& in = model_.session->inputs();
  if (in.size() > 2 || !std::all_of(in.begin(), in.end(), is_row))
    return fail(ENOTSUP,
                "it takes something else than a row of features and, perhaps, one of the codec");
  const auto& said = sidecar_.input_names;
  const TensorInfo* features = said.empty() ? &in[0] : find(in, said[0]);
  if (features == nullptr)
    return fail(EBADMSG,
                fmt::format("its sidecar names an input \"{}\" that it does not have", said[0]));
  features_input_ = features->name;
  const std::size_t width = static_cast<std::size_t>(features->shape[1]),
                    count = sidecar_.features.size();
  if (width != count)
    return fail(EBADMSG,
                fmt::format("it takes {} features, and its sidecar names {}", width, count));
  if (!sidecar_.mean.empty() && sidecar_.mean.size() != count)
    return fail(EBADMSG, fmt::format("its sidecar has {} means for {} features",
                                     sidecar_.mean.size(), count));
  if (in.size() == 1) return {};
  const TensorInfo& other = features == &in[0] ? in[1] : in[0];
  codec_input_ = other.name;
  VISQ_ASSIGN(codec_, codec_block(sidecar_, static_cast<std::size_t>(other.shape[1]), codec));
  return {};
}

Status FeatureModel::bind_output() {
  const auto& out = model_.session->outputs();
  const auto& said = sidecar_.output_names;
  const TensorInfo* output = said.empty() ? &out.at(0) : find(out, said[0]);
  if (output == nullptr)
    return fail(EBADMSG,
                fmt::format("its sidecar names an output \"{}\" that it does not have", said[0]));
  const bool one = std::all_of(output->shape.begin(), output->shape.end(),
                               [](std::int64_t d) { return d == 1 || d < 0; });
  if (!one)
    return fail(ENOTSUP, fmt::format("its output {} is more than one value", shape_text(*output)));
  output_ = output->name;
  return {};
}

std::vector<ModelInput> FeatureModel::inputs() const {
  std::vector<ModelInput> inputs;
  inputs.reserve(sidecar_.features.size());
  for (const std::string& feature : sidecar_.features)
    inputs.push_back({feature_named(feature), {}});
  return inputs;
}

TinyModelFile FeatureModel::file() const {
  return {network_of(model_), "", sidecar_.scaler_of_features(), codec_};
}

Result<double> FeatureModel::score(std::span<const double> values) const {
  const bool scaled = sidecar_.scaler_of_features() == Scaler::host;
  std::vector<float> row;
  row.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    row.push_back(
        static_cast<float>(scaled ? (values[i] - sidecar_.mean[i]) / sidecar_.std[i] : values[i]));
  std::vector<InputTensor> inputs{
      {features_input_, row.data(), {1, static_cast<std::int64_t>(row.size())}}};
  if (codec_)
    inputs.push_back({codec_input_,
                      codec_->values.data(),
                      {1, static_cast<std::int64_t>(codec_->values.size())}});
  VISQ_ASSIGN(const auto outputs, model_.session->run(inputs, {&output_, 1}));
  if (outputs[0].data.size() != 1)
    return refuse(model_.path, EIO,
                  fmt::format("it gave {} values instead of one", outputs[0].data.size()));
  return outputs[0].data[0];
}

Result<std::shared_ptr<const TinyModel>> TinyModel::open(const std::string& path,
                                                         const TinyModelSettings& settings) {
  if (fs::path(path).extension() == ".json") {
    const auto manifest = read_file(path, kMaxManifestBytes);
    if (!manifest) return fail(manifest.error().code, manifest.error().message, ErrorKind::model);
    return open_ensemble(path, *manifest, settings);
  }
  std::shared_ptr<TinyModel> model(new TinyModel);
  VISQ_TRY(model->open_onnx(path, settings));
  return model;
}

Result<std::shared_ptr<const TinyModel>> TinyModel::open_ensemble(
    const std::string& path, std::string_view manifest, const TinyModelSettings& settings) {
  std::shared_ptr<TinyModel> model(new TinyModel);
  VISQ_TRY(model->open_members(path, manifest, settings));
  return model;
}

Status TinyModel::open_onnx(const std::string& path, const TinyModelSettings& settings) {
  VISQ_ASSIGN(ModelFile file, open_model_for(path, settings.inference));
  if (file.info.inputs.empty()) return refuse(path, ENOTSUP, "it has no input");
  const std::size_t rank = file.info.inputs[0].shape.size();
  if (rank == 4) return open_pictures(std::move(file), settings);
  if (rank == 2) return open_features(std::move(file), settings);
  return refuse(
      path, ENOTSUP,
      fmt::format("its first input has rank {}; rank 2 (features) and 4 (a picture) are possible",
                  rank));
}

Status TinyModel::open_pictures(ModelFile file, const TinyModelSettings& settings) {
  VISQ_ASSIGN(pictures_, PictureModel::open(std::move(file), settings.inference, settings.threads,
                                            settings.log));
  const LoadedModel& model = pictures_->file();
  const std::string kind = model.sidecar ? model.sidecar->kind : "";
  if (kind == "filter")
    return refuse(
        model.path, ENOTSUP,
        "it is a filter: it makes pictures, not scores (vmaf_dnn_session_run_luma8 runs it)");
  VISQ_ASSIGN(name_, name_for(model.path, model.sidecar ? model.sidecar->name : ""));
  needs_reference_ = pictures_->inputs() == 2 || kind != "nr";
  const auto scaler = model.sidecar ? model.sidecar->scaler_of_pictures() : Scaler::none;
  files_.push_back({network_of(model), name_, scaler, std::nullopt});
  return {};
}

namespace {

// A network of features from its file, and what its sidecar calls it.
struct NamedFeatureModel {
  std::string name;
  FeatureModel model;
};

Result<NamedFeatureModel> open_features_of(ModelFile file, const TinyModelSettings& settings) {
  Inference inference = settings.inference;
  inference.threads = std::max(1, inference.threads);
  VISQ_ASSIGN(LoadedModel model, load_model(std::move(file), inference, settings.log));
  VISQ_ASSIGN(std::string name, name_for(model.path, model.sidecar ? model.sidecar->name : ""));
  VISQ_ASSIGN(FeatureModel opened, FeatureModel::open(std::move(model), settings));
  return NamedFeatureModel{std::move(name), std::move(opened)};
}

Status check_member(const std::string& path, const EnsembleMember& member, const ModelFile& file) {
  if (file.info.inputs.empty() || file.info.inputs[0].shape.size() != 2)
    return refuse(path, ENOTSUP,
                  fmt::format("its member {} is not a model of features", member.onnx));
  // The registry's word is newer than the manifest's.
  if (!file.registered && !member.sha256.empty() && member.sha256 != file.sha256)
    return refuse(path, EKEYREJECTED,
                  fmt::format("its member {} has sha256 {}, and it lists {}", member.onnx,
                              file.sha256, member.sha256));
  return {};
}

}  // namespace

Status TinyModel::open_features(ModelFile file, const TinyModelSettings& settings) {
  VISQ_ASSIGN(NamedFeatureModel opened, open_features_of(std::move(file), settings));
  name_ = std::move(opened.name);
  files_ = {opened.model.file()};
  files_[0].name = name_;
  features_ = std::make_shared<FeatureModels>(name_, std::move(opened.model));
  return {};
}

Status TinyModel::open_members(const std::string& path, std::string_view json,
                               const TinyModelSettings& settings) {
  const auto manifest = Sidecar::parse(json);
  if (!manifest) return refuse(path, manifest.error().code, manifest.error().message);
  if (manifest->members.empty())
    return refuse(path, EINVAL, "it is no ensemble: it has no \"members\"");
  VISQ_ASSIGN(name_, name_for(path, manifest->name));
  if (manifest->smoke)
    settings.log.warning(fmt::format("model {} is a placeholder: its output means nothing", path));
  std::vector<FeatureModel> members;
  for (const EnsembleMember& member : manifest->members) {
    VISQ_ASSIGN(
        ModelFile file,
        open_model_for((fs::path(path).parent_path() / member.onnx).string(), settings.inference));
    VISQ_TRY(check_member(path, member, file));
    VISQ_ASSIGN(NamedFeatureModel opened, open_features_of(std::move(file), settings));
    files_.push_back(opened.model.file());
    files_.back().name = std::move(opened.name);
    members.push_back(std::move(opened.model));
  }
  features_ = std::make_shared<FeatureModels>(name_, std::move(members), manifest->interval_z);
  return {};
}

bool TinyModel::takes_codec() const {
  return std::any_of(files_.begin(), files_.end(),
                     [](const TinyModelFile& file) { return file.codec.has_value(); });
}

bool is_ensemble_manifest(std::string_view json) {
  const JsonDocument document(json);
  return document.root().is_object() && document.root().contains("members");
}

}  // namespace visq
