#include "dnn/store/model_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/sha256.h"
#include "dnn/store/pins.h"
#include "dnn/store/registry.h"

namespace visq {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLoops = 16;

constexpr std::string_view kAllowedOperators[] = {"Abs",
                                                  "Add",
                                                  "AveragePool",
                                                  "BatchNormalization",
                                                  "BitShift",
                                                  "Cast",
                                                  "Clip",
                                                  "Concat",
                                                  "Constant",
                                                  "ConstantOfShape",
                                                  "Conv",
                                                  "ConvInteger",
                                                  "ConvTranspose",
                                                  "DequantizeLinear",
                                                  "Div",
                                                  "Dropout",
                                                  "DynamicQuantizeLinear",
                                                  "Elu",
                                                  "Erf",
                                                  "Exp",
                                                  "Expand",
                                                  "Flatten",
                                                  "Gather",
                                                  "GatherND",
                                                  "Gelu",
                                                  "Gemm",
                                                  "GlobalAveragePool",
                                                  "GlobalMaxPool",
                                                  "HardSigmoid",
                                                  "HardSwish",
                                                  "Identity",
                                                  "If",
                                                  "InstanceNormalization",
                                                  "LayerNormalization",
                                                  "LeakyRelu",
                                                  "Log",
                                                  "Loop",
                                                  "MatMul",
                                                  "MatMulInteger",
                                                  "Max",
                                                  "MaxPool",
                                                  "Mean",
                                                  "Min",
                                                  "Mul",
                                                  "Neg",
                                                  "PRelu",
                                                  "Pad",
                                                  "Pow",
                                                  "QuantizeLinear",
                                                  "Reciprocal",
                                                  "ReduceMax",
                                                  "ReduceMean",
                                                  "ReduceMin",
                                                  "ReduceProd",
                                                  "ReduceSum",
                                                  "Relu",
                                                  "Reshape",
                                                  "Resize",
                                                  "ScatterND",
                                                  "Selu",
                                                  "Shape",
                                                  "Sigmoid",
                                                  "Slice",
                                                  "Softmax",
                                                  "Softplus",
                                                  "Softsign",
                                                  "Sqrt",
                                                  "Squeeze",
                                                  "Sub",
                                                  "Sum",
                                                  "Tanh",
                                                  "Transpose",
                                                  "Unsqueeze"};

Result<fs::path> resolve(const std::string& path) {
  std::error_code error;
  fs::path resolved = fs::canonical(path, error);
  if (error) return fail(ENOENT, fmt::format("there is no model file {}", path));
  if (!fs::is_regular_file(resolved, error))
    return fail(ENOENT, fmt::format("the model {} is not a regular file", path));
  return resolved;
}

// The model's folder. In a jail it is opened from there, so that what is read lies in it whatever
// is renamed meanwhile.
Result<Descriptor> open_folder(const fs::path& folder, const char* jail) {
  Descriptor root(uninterrupted([&] {
    return ::open(jail == nullptr ? folder.c_str() : jail, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  std::error_code error;
  const fs::path walls = jail == nullptr ? folder : fs::canonical(jail, error);
  if (jail != nullptr && (error || !root.is_open()))
    return fail(
        EACCES,
        fmt::format("VMAF_TINY_MODEL_DIR names {}, which is not a folder; no model can be opened",
                    jail));
  if (jail == nullptr && root.is_open()) return root;
  auto opened = open_beneath(root, folder.lexically_relative(walls).string());
  if (opened) return opened;
  return fail(EACCES, fmt::format("the model's folder {} is outside VMAF_TINY_MODEL_DIR ({})",
                                  folder.string(), walls.string()));
}

Status check_location(const std::string& location) {
  const fs::path path(location);
  if (!location.empty() && !path.is_absolute() && !path.has_parent_path() && location != ".." &&
      location != ".")
    return {};
  return fail(
      EBADMSG,
      fmt::format("its external data \"{}\" is not the plain name of a file in the model's folder",
                  location.substr(0, 200)));
}

Status load_external(const Descriptor& folder, const std::string& name, ModelFile& model,
                     std::uint64_t& budget) {
  auto file = open_beneath(folder, name);
  if (!file && file.error().code == ENOENT)
    return fail(EBADMSG, fmt::format("its external data {} is missing", name));
  if (!file)
    return fail(EBADMSG, fmt::format("its external data {} leads out of the model's folder", name));
  VISQ_ASSIGN(std::string bytes,
              read_file(*std::move(file), budget, fmt::format("its external data {}", name)));
  budget -= bytes.size();
  model.external_data.push_back({name, std::move(bytes)});
  return {};
}

Status check_span(const OnnxExternalTensor& tensor, const std::string& bytes) {
  const bool inside =
      tensor.offset <= bytes.size() && tensor.length <= bytes.size() - tensor.offset;
  if (inside) return {};
  return fail(EBADMSG,
              fmt::format("its tensor {} reaches beyond the {} bytes of its external data {}",
                          tensor.name, bytes.size(), tensor.location));
}

Status load_external_data(const Descriptor& folder, ModelFile& model) {
  std::uint64_t budget =
      kMaxModelBytes - std::min<std::uint64_t>(kMaxModelBytes, model.bytes.size());
  for (const OnnxExternalTensor& tensor : model.info.external) {
    VISQ_TRY(check_location(tensor.location));
    const auto known = [&](const ModelFile::Data& data) { return data.name == tensor.location; };
    auto data = std::find_if(model.external_data.begin(), model.external_data.end(), known);
    if (data == model.external_data.end()) {
      VISQ_TRY(load_external(folder, tensor.location, model, budget));
      data = model.external_data.end() - 1;
    }
    VISQ_TRY(check_span(tensor, data->bytes));
  }
  return {};
}

Status check_hash(const RegistryEntry& entry, const std::string& file, const std::string& sha256) {
  const auto expected = Registry::hash_of(entry, file);
  if (!expected || *expected == sha256) return {};
  return fail(EKEYREJECTED,
              fmt::format("{} has sha256 {}, and the registry lists {}", file, sha256, *expected));
}

// What the file may hold: its entry's limit, if that entry pins the file's hash.
std::uint64_t limit_of(const RegistryEntry* entry, const std::string& file) {
  return entry != nullptr && entry->onnx == file ? entry->max_bytes : kMaxModelBytes;
}

Status check_registry(const ModelFileRules& rules, const RegistryEntry* entry, ModelFile& model) {
  const std::string file = fs::path(model.path).filename().string();
  // A line that has no hash of the quantised file does not list it.
  if (entry == nullptr || !Registry::hash_of(*entry, file)) {
    if (!rules.must_be_registered) return {};
    return fail(EKEYREJECTED,
                "no registry.json beside it lists it, and only listed models may run");
  }
  VISQ_TRY(check_hash(*entry, file, model.sha256));
  for (const auto& data : model.external_data)
    VISQ_TRY(check_hash(*entry, data.name, sha256_hex(data.bytes)));
  model.registered = true;
  model.smoke = entry->smoke;
  return {};
}

Status check_pin(const Pins& pins, const std::string& file, const std::string& sha256) {
  const auto [begin, end] = pins.equal_range("tiny/" + file);
  for (auto pin = begin; pin != end; ++pin)
    if (pin->second.sha256 != sha256)
      return fail(EKEYREJECTED,
                  fmt::format("{} has sha256 {}, and the list of the model store has {}", file,
                              sha256, pin->second.sha256));
  return {};
}

// The list of a store has external data too, which registries of models often leave out.
Status check_store(const fs::path& path, const ModelFile& model) {
  if (path.parent_path().filename() != "tiny") return {};
  VISQ_ASSIGN(const Pins pins, pins_of_store(path.parent_path().parent_path().string()));
  VISQ_TRY(check_pin(pins, path.filename().string(), model.sha256));
  for (const auto& data : model.external_data)
    VISQ_TRY(check_pin(pins, data.name, sha256_hex(data.bytes)));
  return {};
}

Result<ModelFile> open_resolved(const fs::path& path, const ModelFileRules& rules) {
  VISQ_ASSIGN(const Descriptor folder, open_folder(path.parent_path(), rules.jail));
  VISQ_ASSIGN(Descriptor file, open_beneath(folder, path.filename().string()));
  ModelFile model;
  model.path = path.string();
  VISQ_ASSIGN(const Registry registry, Registry::beside(path.parent_path().string()));
  const std::string name = path.filename().string();
  const RegistryEntry* entry = registry.find_file(name);
  VISQ_ASSIGN(model.bytes, read_file(std::move(file), limit_of(entry, name),
                                     fmt::format("the file {}", model.path)));
  VISQ_ASSIGN(model.model, parse_onnx(model.bytes));
  VISQ_ASSIGN(model.info, scan_onnx(*model.model));
  VISQ_TRY(check_operators(model.info));
  VISQ_TRY(load_external_data(folder, model));
  model.sha256 = sha256_hex(model.bytes);
  if (model.sha256.empty())
    return fail(ENOSYS, "its sha256 cannot be known: libcrypto cannot be loaded");
  VISQ_TRY(check_registry(rules, entry, model));
  VISQ_TRY(check_store(path, model));
  return model;
}

}  // namespace

ModelFileRules rules_from_environment() { return {false, std::getenv("VMAF_TINY_MODEL_DIR")}; }

Status check_operators(const OnnxInfo& info) {
  int loops = 0;
  for (const OnnxNode& node : info.nodes) {
    if (!node.domain.empty() && node.domain != "ai.onnx")
      return fail(EPERM,
                  fmt::format("operator {} of node \"{}\" is from the domain {}, which may not run",
                              node.op, node.name, node.domain));
    if (std::find(std::begin(kAllowedOperators), std::end(kAllowedOperators), node.op) ==
        std::end(kAllowedOperators))
      return fail(EPERM,
                  fmt::format("operator {} of node \"{}\" is not on the list of those that may run",
                              node.op, node.name));
    if (node.op == "Loop" && ++loops > kMaxLoops)
      return fail(EPERM, fmt::format("it has more than {} Loop nodes", kMaxLoops));
  }
  return {};
}

Result<ModelFile> open_model_file(const std::string& path, const ModelFileRules& rules) {
  VISQ_ASSIGN(const fs::path resolved, about(ErrorKind::model, resolve(path)));
  auto model = about(ErrorKind::model, open_resolved(resolved, rules));
  if (!model) return fail(model.error(), fmt::format("model {}: {}", path, model.error().message));
  return model;
}

Result<OnnxInfo> describe_model_file(const std::string& path) {
  VISQ_ASSIGN(const std::string bytes, read_file(path, kMaxModelBytes));
  VISQ_ASSIGN(const OnnxModel model, parse_onnx(bytes));
  return scan_onnx(*model);
}

std::string content_key(const ModelFile& file) {
  std::string key = file.sha256;
  for (const auto& data : file.external_data)
    key += fmt::format(" {} {}", data.name, sha256_hex(data.bytes));
  return key;
}

}  // namespace visq
