// Tiny models: small ONNX networks that score a frame from its features or from its pictures.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "dnn/run/picture_model.h"
#include "models/codec.h"
#include "models/score_model.h"

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

  std::vector<ModelInput> inputs() const;
  TinyModelFile file() const;
  Result<double> score(std::span<const double> values) const;  // in the order of inputs()

 private:
  FeatureModel() = default;
  Status bind_inputs(const CodecContext& codec);
  Status bind_output();

  LoadedModel model_;
  Sidecar sidecar_;  // the model's, which it must have
  std::string features_input_, codec_input_, output_;
  std::optional<CodecBlock> codec_;
};

class TinyModel {
 public:
  // The first input of the ONNX file decides: rank 2 is a row of features, rank 4 a picture. A
  // .json file is the manifest of an ensemble of models of features. Errors name the file.
  static Result<std::shared_ptr<const TinyModel>> open(const std::string& path,
                                                       const TinyModelSettings& settings);
  // An ensemble from what its manifest says.
  static Result<std::shared_ptr<const TinyModel>> open_ensemble(const std::string& path,
                                                                std::string_view manifest,
                                                                const TinyModelSettings& settings);

  const std::string& name() const { return name_; }
  const std::vector<TinyModelFile>& files() const { return files_; }
  bool takes_codec() const;

  // One of them is set. The score of a model of pictures is called name().
  const PictureModel* pictures() const { return pictures_.get(); }
  const std::shared_ptr<const ScoreModel>& features() const { return features_; }

  bool needs_reference() const { return needs_reference_; }  // of a model of pictures

 private:
  TinyModel() = default;
  Status open_onnx(const std::string& path, const TinyModelSettings& settings);
  Status open_pictures(ModelFile file, const TinyModelSettings& settings);
  Status open_features(ModelFile file, const TinyModelSettings& settings);
  Status open_members(const std::string& path, std::string_view json,
                      const TinyModelSettings& settings);

  std::string name_;
  std::vector<TinyModelFile> files_;
  std::unique_ptr<PictureModel> pictures_;
  bool needs_reference_ = true;
  std::shared_ptr<const ScoreModel> features_;
};

// Whether a .json file is the manifest of an ensemble of tiny models: it has "members".
bool is_ensemble_manifest(std::string_view json);

}  // namespace visq
