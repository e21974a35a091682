// Tiny models: small ONNX networks that score a frame from its features or from its pictures.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "dnn/run/picture_model.h"
#include "models/codec.h"

namespace visq {

struct TinyModelSettings {
  Inference inference;
  CodecContext codec;
  int threads = 1;  // of the context
  Log log;
};

// One ONNX file of a tiny model, and how its input was made.
struct TinyModelFile : NetworkFile {
  std::string name;
  Scaler scaler = Scaler::none;
  std::optional<CodecBlock> codec;
};

// A network from a row of features to one value.
class FeatureModel {
 public:
  static Result<FeatureModel> open(LoadedModel model, const TinyModelSettings& settings);

  const std::vector<std::string>& features() const { return model_.sidecar->features; }
  TinyModelFile file() const;
  Result<double> score(std::span<const double> values) const;  // in the order of features()

 private:
  FeatureModel() = default;
  Status bind_inputs(const CodecContext& codec);
  Status bind_output();

  LoadedModel model_;
  std::string features_input_, codec_input_, output_;
  std::optional<CodecBlock> codec_;
};

class TinyModel {
 public:
  // The first input of the ONNX file decides: rank 2 is a row of features, rank 4 a picture. A
  // .json file with "members" is an ensemble of models of features. Errors name the file.
  static Result<std::shared_ptr<const TinyModel>> open(const std::string& path,
                                                       const TinyModelSettings& settings);

  const std::string& name() const { return name_; }
  const std::vector<TinyModelFile>& files() const { return files_; }
  bool takes_codec() const;

  // Of a model of pictures; nullptr otherwise. Its score is outputs()[0].
  const PictureModel* pictures() const { return pictures_.get(); }
  bool needs_reference() const { return needs_reference_; }

  // Of a model of features: the features of all members, each once.
  const std::vector<std::string>& features() const { return features_; }

  // The names of what is scored: the model's own; an ensemble's mean, then NAME_stddev (the
  // members' sample deviation) and the ends of the 95 % interval, NAME_ci_p95_lo and
  // NAME_ci_p95_hi.
  std::vector<std::string> outputs() const;
  Result<std::vector<double>> score(std::span<const double> features) const;

 private:
  TinyModel() = default;
  Status open_onnx(const std::string& path, const TinyModelSettings& settings);
  Status open_pictures(const std::string& path, const LoadedModel& model,
                       const TinyModelSettings& settings);
  Status open_ensemble(const std::string& path, const TinyModelSettings& settings);
  Status add_member(LoadedModel model, const TinyModelSettings& settings);

  std::string name_;
  std::vector<TinyModelFile> files_;
  std::unique_ptr<PictureModel> pictures_;
  bool needs_reference_ = true;
  std::vector<FeatureModel> members_;
  std::vector<std::vector<std::size_t>> places_;  // of each member's features in features_
  std::vector<std::string> features_;
  bool is_ensemble_ = false;
  double interval_z_ = 0;
};

}  // namespace visq
