// An ONNX file that passed every check, in memory: the bytes that were checked are those that run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dnn/onnx/scan.h"
#include "dnn/store/registry.h"

namespace visq {

struct ModelFile {
  std::string path;  // symbolic links resolved
  std::string bytes, sha256;
  OnnxModel model;  // what the bytes hold
  OnnxInfo info;
  struct Data {
    std::string name, bytes;
  };
  std::vector<Data> external_data;
  bool registered = false;  // a registry lists it, and its hashes are right
  bool smoke = false;       // the registry says that its scores mean nothing

  // Gives up what it holds, once nobody needs more than its names.
  void release() {
    model.reset();
    std::string().swap(bytes);
  }
};

struct ModelFileRules {
  bool must_be_registered = false;
  // Models must lie inside this folder when it is set (VMAF_TINY_MODEL_DIR).
  const char* jail = nullptr;
};
ModelFileRules rules_from_environment();

// The checks of spec/dnn.md section 2, in its order; each error names the file and the reason.
Result<ModelFile> open_model_file(const std::string& path, const ModelFileRules& rules);

// What a file says of itself, unchecked.
Result<OnnxInfo> describe_model_file(const std::string& path);

// Equal for models that are the same to the byte.
std::string content_key(const ModelFile& file);

// -EPERM, naming operator and node, for a graph with an operator that may not run.
Status check_operators(const OnnxInfo& info);

}  // namespace visq
