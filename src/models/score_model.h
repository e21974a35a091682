// What makes scores of scores: a model reads features of a frame and gives values of its own.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/table.h"

namespace visq {

// A feature that a model reads.
struct ModelInput {
  std::string name;                            // "VMAF_integer_feature_adm2_score"
  std::map<std::string, std::string> options;  // of the metric that provides it
  friend bool operator==(const ModelInput&, const ModelInput&) = default;
};

class ScoreModel {
 public:
  virtual ~ScoreModel() = default;

  const std::string& name() const { return name_; }
  const std::vector<ModelInput>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }  // the names of its scores

  // Of everything that its scores follow from: tells models of one name apart.
  std::uint64_t id() const { return id_; }

  // `values` are those of inputs(), the scores those of outputs(), in their orders. Any thread.
  virtual Result<std::vector<double>> score(std::span<const double> values) const = 0;

 protected:
  ScoreModel(std::string name, std::uint64_t id) : name_(std::move(name)), id_(id) {}

  // Adds what is not among the inputs yet; gives the places of all of `wanted` among them.
  std::vector<std::size_t> add_inputs(std::span<const ModelInput> wanted);

  std::string name_;
  std::vector<ModelInput> inputs_;
  std::vector<std::string> outputs_;
  std::uint64_t id_;
};

// Models of features say how good a clip is, and how sure they are of it, which is no quality.
inline Direction direction_of_score(std::string_view output) {
  return output.ends_with("_stddev") ? Direction::descriptive : Direction::higher_is_better;
}

// For id(): what it was so far, and `text`.
std::uint64_t mix(std::uint64_t id, std::string_view text);

// The values at those places.
std::vector<double> picked(std::span<const double> values, std::span<const std::size_t> places);

}  // namespace visq
