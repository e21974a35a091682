// What a model store holds: a folder with VMAF models in vmaf/ and ONNX models, their sidecars and
// their registry in tiny/.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dnn/onnx/scan.h"
#include "dnn/store/model_file.h"
#include "dnn/store/pins.h"
#include "dnn/store/registry.h"
#include "dnn/store/sidecar.h"

namespace visq {

enum class StoreState { match, unpinned, missing, mismatch };  // from good to bad
std::string_view name_of(StoreState state);

struct StoreFile {
  std::string file;  // below the store, "tiny/lpips_sq.onnx"; "" for one that is built in
  std::string sha256, expected;  // "" for what is missing; "" for what nobody lists
  std::string license;           // "" for what nobody lists
  StoreState state = StoreState::unpinned;
};

struct StoreModel {
  std::string id, kind;  // kind: vmaf, fr, nr, filter, fr_ensemble, ...
  std::string form;      // svm, onnx, ensemble
  std::string license;
  StoreState state = StoreState::match;  // of the worst of its files
  bool smoke = false;                    // a placeholder: its scores mean nothing
  bool built_in = false;
  std::vector<StoreFile> files;  // the model's own first
  std::vector<OnnxValue> inputs, outputs;
  std::vector<std::string> features, encoders, members;
  std::string bundle;   // the signature's, below the store; "" where there is none
  std::string problem;  // what is wrong with it; "" where nothing is
};

class Store {
 public:
  // Reads and hashes every file. -ENOENT when there is no such folder, -EBADMSG for a broken
  // registry.
  static Result<Store> read(const std::string& folder, const ModelFileRules& rules);

  // By name: all that is in the folder, and what a registry lists and is missing.
  const std::vector<StoreFile>& files() const { return files_; }
  // VMAF models first, those that are built in included; then those of tiny/registry.json, then
  // others.
  std::vector<StoreModel> models() const;

  Store() = default;  // of no folder: what is built in

 private:
  Status read_files();
  void describe(const std::string& file, std::string_view content);
  StoreFile check(const std::string& file, const std::string& sha256) const;
  StoreFile file(const std::string& name) const;
  void add_file(StoreModel& model, const std::string& name) const;
  void add_vmaf_models(std::vector<StoreModel>& list) const;
  void add_registered(std::vector<StoreModel>& list) const;
  void add_others(std::vector<StoreModel>& list) const;
  StoreModel vmaf_model(const std::string& version) const;
  StoreModel onnx_model(const std::string& name, const RegistryEntry* entry) const;
  void describe_onnx(StoreModel& model, const std::string& name) const;
  StoreModel ensemble(const StoreFile& manifest, const Sidecar& sidecar) const;

  std::string folder_;
  ModelFileRules rules_;
  Pins pins_;
  Registry registry_;
  std::vector<StoreFile> files_;
  // What files say of themselves, found when they were read.
  std::map<std::string, StoreModel> vmaf_;  // those that are not built in
  std::map<std::string, Sidecar> ensembles_;
};

}  // namespace visq
