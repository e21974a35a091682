// One comparison: a context of the library, its models and its metrics.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/args/settings.h"

namespace visq::cli {

struct CloseContext {
  void operator()(VmafContext* p) const { vmaf_close(p); }
};
struct DestroyModel {
  void operator()(VmafModel* p) const { vmaf_model_destroy(p); }
};
struct DestroyCollection {
  void operator()(VmafModelCollection* p) const { vmaf_model_collection_destroy(p); }
};

struct LoadedModel {
  std::unique_ptr<VmafModel, DestroyModel> model;
  std::unique_ptr<VmafModelCollection, DestroyCollection> collection;  // of a bootstrap model
};

class Session {
 public:
  // Errors carry the exit code: kModelError or kUsageError.
  static Result<Session> open(const Settings& settings);

  VmafContext* context() const { return context_.get(); }

  // After the last frame: makes the scores of the models.
  Status predict(std::uint64_t frames) const;

 private:
  Status load(const ModelSpec& spec);
  Status use(const FeatureSpec& feature) const;

  std::unique_ptr<VmafContext, CloseContext> context_;
  std::vector<LoadedModel> models_;
};

}  // namespace visq::cli
