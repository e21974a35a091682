// A VMAF model: features, how they are normalised, an SVM, and what happens to its output
// (spec: the JSON files of github.com/Netflix/vmaf, model/).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "models/score_model.h"
#include "models/svm.h"

namespace visq {

struct ModelFeature : ModelInput {
  double slope = 1, intercept = 0;  // normalised = slope * value + intercept
};

inline constexpr std::size_t kMaxVmafModelBytes = 64 << 20;

struct ScoreTransform {
  bool enabled = false;
  std::array<std::optional<double>, 3> coefficients;  // p0 + p1 s + p2 s^2
  std::vector<std::pair<double, double>> knots;  // piecewise linear, extrapolated beyond its ends
  bool out_lte_in = false, out_gte_in = false;   // keeps the result on that side of the input

  double apply(double score) const;
};

struct ModelSettings {
  std::string name = "vmaf";
  bool disable_clip = false, enable_transform = false, disable_transform = false;
};

class VmafModelData {
 public:
  std::string name;
  std::vector<ModelFeature> features;

  // The SVM's output in the scale of scores, before transform and clip. `values` are the
  // features' scores, in the order of `features`.
  double raw(std::span<const double> values) const;
  // Transform and clip.
  double finish(double raw) const;
  double predict(std::span<const double> values) const { return finish(raw(values)); }

 private:
  friend class ModelReader;
  void correct_chroma(std::span<const double> values, std::vector<double>& normalised) const;

  bool rescale_ = true;  // norm_type linear_rescale
  double slope_ = 1, intercept_ = 0;
  std::optional<std::pair<double, double>> clip_;
  ScoreTransform transform_;
  std::optional<double> chroma_correction_;
  Svm svm_;
};

// One model, or the members "0", "1", ... of a bootstrap collection: the first is named as
// asked, the others NAME_0001 and so on. Errors say what is wrong; the caller adds the file.
Result<std::vector<VmafModelData>> parse_vmaf_model(std::string_view json,
                                                    const ModelSettings& settings);

// What the predictions of a bootstrap collection's members say together.
struct BootstrapScore {
  double bagging, standard_deviation, low, high;  // mean, population deviation, 95 % interval
};

// `raw` are the members' raw predictions (at least one); `finisher` gives transform and clip.
BootstrapScore bootstrap_score(std::vector<double> raw, const VmafModelData& finisher);

}  // namespace visq
