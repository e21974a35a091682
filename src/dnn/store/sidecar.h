// STEM.json beside STEM.onnx: what a tiny model is fed with and what it makes (spec/dnn.md section
// 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace visq {

// Where (x - mean) / std is done. The rule: the key "scaler" (graph, host) where there is one; else
// feature_mean and feature_std are for us (host); else input_mean and input_std say what the graph
// does by itself (graph) of a feature vector, and are for us of a picture.
enum class Scaler { none, graph, host };

struct EnsembleMember {
  std::string id, onnx, sha256;
};

struct Sidecar {
  std::string name;  // "id", else "name"; empty when it says neither
  std::string kind;  // "fr", "nr", "filter", ...
  std::vector<std::string> input_names, output_names;
  std::vector<std::string> features;
  std::vector<double> mean, std;          // of equal length
  std::optional<Scaler> scaler;           // what the key says
  bool for_features = false;              // mean and std came as feature_mean and feature_std
  std::vector<std::string> encoders;      // the one-hot part of the codec input
  std::vector<std::string> codec_layout;  // "encoder_onehot[NAME]", "preset_norm", "crf_norm"
  int encoder_version = 0;
  std::optional<std::pair<double, double>> crf_range;  // of the training corpus
  double interval_z = 1.959963984540054;               // of an ensemble's interval: 95 %
  std::string quant_mode, int8_sha256;
  std::vector<EnsembleMember> members;  // of an ensemble's manifest
  bool smoke = false;

  Scaler scaler_of_features() const;
  Scaler scaler_of_pictures() const;

  // -EBADMSG says what is wrong; at most 1 MiB.
  static Result<Sidecar> parse(std::string_view json);

  // The one of that ONNX file; of STEM.int8.onnx the one of STEM.onnx when it has none of its own.
  // nullopt when there is none; errors name the file.
  static Result<std::optional<Sidecar>> beside(const std::string& onnx_path);
};

const char* name_of(Scaler scaler);  // "none", "graph", "host"

// "DIR/STEM.int8.onnx" of "DIR/STEM.onnx"; itself when it is one.
std::string int8_path(const std::string& onnx_path);
bool is_int8_path(std::string_view path);

}  // namespace visq
