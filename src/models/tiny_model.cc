#include "models/tiny_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFeatures = 32;
constexpr std::uint64_t kMaxManifestBytes = 1 << 20;

tl::unexpected<Error> refuse(const std::string& path, int code, std::string_view reason) {
  return fail(code, fmt::format("model {}: {}", path, reason));
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
  opened.model_ = std::move(model);
  Status status = opened.bind_inputs(settings.codec);
  if (status) status = opened.bind_output();
  if (!status) return refuse(path, status.error().code, status.error().message);
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
  const auto& said = model_.sidecar->input_names;
  const TensorInfo* features = said.empty() ? &in[0] : find(in, said[0]);
  if (features == nullptr)
    return fail(EBADMSG,
                fmt::format("its sidecar names an input \"{}\" that it does not have", said[0]));
  features_input_ = features->name;
  const std::size_t width = static_cast<std::size_t>(features->shape[1]),
                    count = model_.sidecar->features.size();
  if (width != count)
    return fail(EBADMSG,
                fmt::format("it takes {} features, and its sidecar names {}", width, count));
  if (!model_.sidecar->mean.empty() && model_.sidecar->mean.size() != count)
    return fail(EBADMSG, fmt::format("its sidecar has {} means for {} features",
                                     model_.sidecar->mean.size(), count));
  if (in.size() == 1) return {};
  const TensorInfo& other = features == &in[0] ? in[1] : in[0];
  codec_input_ = other.name;
  VISQ_ASSIGN(codec_,
              codec_block(*model_.sidecar, static_cast<std::size_t>(other.shape[1]), codec));
  return {};
}

Status FeatureModel::bind_output() {
  const auto& out = model_.session->outputs();
  const auto& said = model_.sidecar->output_names;
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

TinyModelFile FeatureModel::file() const {
  return {network_of(model_), "", model_.sidecar->scaler_of_features(), codec_};
}

Result<double> FeatureModel::score(std::span<const double> values) const {
  const Sidecar& sidecar = *model_.sidecar;
  const bool scaled = sidecar.scaler_of_features() == Scaler::host;
  std::vector<float> row;
  for (std::size_t i = 0; i < values.size(); ++i)
    row.push_back(
        static_cast<float>(scaled ? (values[i] - sidecar.mean[i]) / sidecar.std[i] : values[i]));
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
  std::shared_ptr<TinyModel> model(new TinyModel);
  if (fs::path(path).extension() == ".json")
    VISQ_TRY(model->open_ensemble(path, settings));
  else
    VISQ_TRY(model->open_onnx(path, settings));
  return model;
}

Status TinyModel::open_onnx(const std::string& path, const TinyModelSettings& settings) {
  Inference inference = settings.inference;
  inference.threads = std::max(1, inference.threads);
  VISQ_ASSIGN(LoadedModel model, load_model(path, inference, settings.log));
  if (model.session->inputs().empty() || model.session->outputs().empty())
    return refuse(path, ENOTSUP, "it has no input or no output");
  VISQ_ASSIGN(name_, name_for(model.path, model.sidecar ? model.sidecar->name : ""));
  const TensorInfo first = model.session->inputs()[0];
  if (first.shape.size() == 4) return open_pictures(path, model, settings);
  if (first.shape.size() == 2) return add_member(std::move(model), settings);
  return refuse(
      path, ENOTSUP,
      fmt::format("its first input has rank {}; rank 2 (features) and 4 (a picture) are possible",
                  first.shape.size()));
}

Status TinyModel::open_pictures(const std::string& path, const LoadedModel& model,
                                const TinyModelSettings& settings) {
  const std::string kind = model.sidecar ? model.sidecar->kind : "";
  if (kind == "filter")
    return refuse(
        path, ENOTSUP,
        "it is a filter: it makes pictures, not scores (vmaf_dnn_session_run_luma8 runs it)");
  VISQ_ASSIGN(pictures_, PictureModel::open(path, settings.inference, settings.threads, Log()));
  needs_reference_ = pictures_->inputs() == 2 || kind != "nr";
  const auto scaler = model.sidecar ? model.sidecar->scaler_of_pictures() : Scaler::none;
  files_.push_back({network_of(model), name_, scaler, std::nullopt});
  return {};
}

Status TinyModel::add_member(LoadedModel model, const TinyModelSettings& settings) {
  VISQ_ASSIGN(std::string name, name_for(model.path, model.sidecar ? model.sidecar->name : ""));
  VISQ_ASSIGN(FeatureModel member, FeatureModel::open(std::move(model), settings));
  auto& places = places_.emplace_back();
  for (const std::string& feature : member.features()) {
    auto place = std::find(features_.begin(), features_.end(), feature);
    if (place == features_.end()) place = features_.insert(place, feature);
    places.push_back(static_cast<std::size_t>(place - features_.begin()));
  }
  files_.push_back(member.file());
  files_.back().name = std::move(name);
  members_.push_back(std::move(member));
  return {};
}

Status TinyModel::open_ensemble(const std::string& path, const TinyModelSettings& settings) {
  VISQ_ASSIGN(const std::string json, read_file(path, kMaxManifestBytes));
  const auto manifest = Sidecar::parse(json);
  if (!manifest) return refuse(path, manifest.error().code, manifest.error().message);
  if (manifest->members.empty())
    return refuse(path, EINVAL, "it is no ensemble: it has no \"members\"");
  is_ensemble_ = true;
  interval_z_ = manifest->interval_z;
  VISQ_ASSIGN(name_, name_for(path, manifest->name));
  if (manifest->smoke)
    settings.log.warning(fmt::format("model {} is a placeholder: its output means nothing", path));
  for (const EnsembleMember& member : manifest->members) {
    Inference inference = settings.inference;
    inference.threads = std::max(1, inference.threads);
    VISQ_ASSIGN(LoadedModel model, load_model((fs::path(path).parent_path() / member.onnx).string(),
                                              inference, settings.log));
    if (model.session->inputs().empty() || model.session->inputs()[0].shape.size() != 2)
      return refuse(path, ENOTSUP,
                    fmt::format("its member {} is not a model of features", member.onnx));
    // The registry's word is newer than the manifest's.
    if (!model.registered && !member.sha256.empty() && member.sha256 != model.sha256)
      return refuse(path, EKEYREJECTED,
                    fmt::format("its member {} has sha256 {}, and it lists {}", member.onnx,
                                model.sha256, member.sha256));
    VISQ_TRY(add_member(std::move(model), settings));
  }
  return {};
}

bool TinyModel::takes_codec() const {
  return std::any_of(files_.begin(), files_.end(),
                     [](const TinyModelFile& file) { return file.codec.has_value(); });
}

std::vector<std::string> TinyModel::outputs() const {
  if (!is_ensemble_) return {name_};
  return {name_, name_ + "_stddev", name_ + "_ci_p95_lo", name_ + "_ci_p95_hi"};
}

Result<std::vector<double>> TinyModel::score(std::span<const double> features) const {
  std::vector<double> scores;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    std::vector<double> row;
    for (const std::size_t place : places_[m]) row.push_back(features[place]);
    VISQ_ASSIGN(const double score, members_[m].score(row));
    scores.push_back(score);
  }
  if (!is_ensemble_) return scores;
  const auto count = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
  double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  const double deviation = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
  return std::vector{mean, deviation, mean - interval_z_ * deviation,
                     mean + interval_z_ * deviation};
}

}  // namespace visq
