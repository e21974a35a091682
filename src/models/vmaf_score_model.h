// VMAF's models as models of a context: one support vector machine, and the others of a bootstrap
// collection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/score_model.h"
#include "models/vmaf_model.h"

namespace visq {

class SvmModel final : public ScoreModel {
 public:
  SvmModel(VmafModelData data, std::uint64_t id);

  const VmafModelData& data() const { return data_; }
  Result<std::vector<double>> score(std::span<const double> values) const override;

 private:
  VmafModelData data_;
  std::vector<std::size_t> places_;
};

// Its scores: those of each member; then NAME_bagging (their mean), NAME_stddev (their deviation)
// and the ends of the 95 % interval, NAME_ci_p95_lo and NAME_ci_p95_hi.
class BootstrapModel final : public ScoreModel {
 public:
  static constexpr std::size_t kStatistics = 4;  // the last outputs

  // At least one member; the collection's main model is none.
  BootstrapModel(std::string name, std::vector<VmafModelData> members, std::uint64_t id);

  const std::vector<VmafModelData>& members() const { return members_; }
  Result<std::vector<double>> score(std::span<const double> values) const override;

 private:
  std::vector<VmafModelData> members_;
  std::vector<std::vector<std::size_t>> places_;  // of each member's features in inputs()
};

// What a file or a built-in version holds.
struct VmafModels {
  std::shared_ptr<const SvmModel> main;
  std::shared_ptr<const BootstrapModel> others;  // of a bootstrap collection; nullptr otherwise
};

// Errors name the model, and are of kind `model`.
Result<VmafModels> load_vmaf_models(const std::string& path, const ModelSettings& settings);
Result<VmafModels> builtin_vmaf_models(const std::string& version, const ModelSettings& settings);
// The two steps of load_vmaf_models, for whoever looks at the content first.
Result<std::string> read_model_json(const std::string& path);
Result<VmafModels> read_vmaf_models(std::string_view json, std::string_view path,
                                    const ModelSettings& settings);

}  // namespace visq
