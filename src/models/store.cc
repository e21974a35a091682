#include "models/store.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/sha256.h"
#include "dnn/store/sidecar.h"
#include "models/builtin.h"
#include "models/vmaf_model.h"

namespace visq {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 10000;
constexpr std::uint64_t kMaxFileBytes = 256 << 20;
constexpr std::string_view kVmaf = "vmaf/", kTiny = "tiny/", kJson = ".json", kOnnx = ".onnx";

bool is_in(std::string_view file, std::string_view folder, std::string_view extension) {
  return file.starts_with(folder) && file.ends_with(extension);
}

std::string stem(std::string_view file, std::string_view folder, std::string_view extension) {
  return std::string(file.substr(folder.size(), file.size() - folder.size() - extension.size()));
}

Result<std::set<std::string>> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error))
      names.insert(it->path().lexically_relative(folder).generic_string());
    if (names.size() > kMaxFiles)
      return fail(E2BIG,
                  fmt::format("the model store {} has more than {} files", folder, kMaxFiles));
  }
  if (error)
    return fail(EIO, fmt::format("the model store {} cannot be read: {}", folder, error.message()));
  return names;
}

void describe_vmaf(StoreModel& model, std::string_view json) {
  const auto parsed = parse_vmaf_model(json, {});
  if (!parsed) {
    model.problem = parsed.error().message;
    return;
  }
  for (const ModelFeature& feature : parsed->front().features)
    model.features.push_back(feature.name);
  if (parsed->size() > 1)
    for (const VmafModelData& member : *parsed) model.members.push_back(member.name);
}

void add(StoreModel& model, StoreFile file) {
  model.state = std::max(model.state, file.state);
  if (model.license.empty()) model.license = file.license;
  model.files.push_back(std::move(file));
}

}  // namespace

std::string_view name_of(StoreState state) {
  switch (state) {
    case StoreState::match:
      return "match";
    case StoreState::unpinned:
      return "unpinned";
    case StoreState::missing:
      return "missing";
    case StoreState::mismatch:
      break;
  }
  return "mismatch";
}

Result<Store> Store::read(const std::string& folder, const ModelFileRules& rules) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return fail(ENOENT, fmt::format("there is no model store {}", folder), ErrorKind::usage);
  Store store;
  store.folder_ = folder;
  store.rules_ = rules;
  VISQ_ASSIGN(store.pins_, about(ErrorKind::model, pins_of_store(folder)));
  VISQ_ASSIGN(const Pins models, about(ErrorKind::model, pins_of_models(folder)));
  store.pins_.insert(models.begin(), models.end());
  VISQ_ASSIGN(store.registry_,
              about(ErrorKind::model, Registry::beside((fs::path(folder) / "tiny").string())));
  VISQ_TRY(about(ErrorKind::model, store.read_files()));
  return store;
}

Status Store::read_files() {
  VISQ_ASSIGN(std::set<std::string> names, names_in(folder_));
  names.erase("registry.json");  // the list itself
  for (const std::string& name : names) {
    VISQ_ASSIGN(const std::string content,
                read_file((fs::path(folder_) / name).string(), kMaxFileBytes));
    files_.push_back(check(name, sha256_hex(content)));
    describe(name, content);
  }
  for (const auto& [name, pin] : pins_)
    if (names.insert(name).second)
      files_.push_back({name, "", pin.sha256, pin.license, StoreState::missing});
  std::sort(files_.begin(), files_.end(),
            [](const StoreFile& a, const StoreFile& b) { return a.file < b.file; });
  return {};
}

void Store::describe(const std::string& file, std::string_view content) {
  if (is_in(file, kVmaf, kJson) && find_builtin_model(stem(file, kVmaf, kJson)) == nullptr)
    describe_vmaf(vmaf_[file], content);
  if (!is_in(file, kTiny, kJson)) return;
  auto manifest = Sidecar::parse(content);
  if (manifest && !manifest->members.empty()) ensembles_.emplace(file, *std::move(manifest));
}

StoreFile Store::check(const std::string& name, const std::string& sha256) const {
  StoreFile file{name, sha256, "", "", StoreState::unpinned};
  const auto [begin, end] = pins_.equal_range(name);
  for (auto pin = begin; pin != end; ++pin) {
    if (file.license.empty()) file.license = pin->second.license;
    if (file.state == StoreState::mismatch) continue;
    file.expected = pin->second.sha256;
    file.state = file.expected == sha256 ? StoreState::match : StoreState::mismatch;
  }
  return file;
}

StoreFile Store::file(const std::string& name) const {
  const auto it =
      std::lower_bound(files_.begin(), files_.end(), name,
                       [](const StoreFile& f, const std::string& n) { return f.file < n; });
  if (it != files_.end() && it->file == name) return *it;
  return {name, "", "", "", StoreState::missing};
}

// One that is there or ought to be.
void Store::add_file(StoreModel& model, const std::string& name) const {
  StoreFile found = file(name);
  if (found.state != StoreState::missing || !found.expected.empty()) add(model, std::move(found));
}

StoreModel Store::vmaf_model(const std::string& version) const {
  const std::string name = fmt::format("{}{}{}", kVmaf, version, kJson);
  const auto described = vmaf_.find(name);
  StoreModel model;
  if (const BuiltinModel* builtin = find_builtin_model(version)) {
    StoreFile inside = check(name, sha256_hex(builtin->json));
    inside.file.clear();
    add(model, std::move(inside));
    model.built_in = true;
    describe_vmaf(model, builtin->json);
  } else if (described != vmaf_.end()) {
    model = described->second;
  } else {
    model.problem = fmt::format("there is no file {}", (fs::path(folder_) / name).string());
  }
  model.id = version;
  model.kind = "vmaf";
  model.form = "svm";
  if (!model.built_in || file(name).state != StoreState::missing) add_file(model, name);
  return model;
}

void Store::add_vmaf_models(std::vector<StoreModel>& list) const {
  std::set<std::string> versions;
  for (const BuiltinModel& model : builtin_models()) versions.emplace(model.version);
  for (const StoreFile& f : files_)
    if (is_in(f.file, kVmaf, kJson)) versions.insert(stem(f.file, kVmaf, kJson));
  for (const std::string& version : versions) list.push_back(vmaf_model(version));
}

void Store::describe_onnx(StoreModel& model, const std::string& name) const {
  const std::string path = (fs::path(folder_) / "tiny" / name).string();
  auto opened = open_model_file(path, rules_);
  if (!opened) model.problem = opened.error().message;
  // A file that may not run is described all the same.
  const auto info = opened ? Result<OnnxInfo>(opened->info) : describe_model_file(path);
  if (!info) return;
  model.inputs = info->inputs;
  model.outputs = info->outputs;
  std::set<std::string> data;
  for (const OnnxExternalTensor& tensor : info->external) data.insert(tensor.location);
  for (const std::string& location : data) add(model, file(std::string(kTiny) + location));
}

namespace {

void tell_registry(StoreModel& model, const RegistryEntry& entry) {
  model.id = entry.id;
  model.kind = entry.kind;
  model.license = entry.license;
  model.smoke = entry.smoke;
}

void tell_sidecar(StoreModel& model, const Sidecar& sidecar) {
  model.kind = sidecar.kind;
  model.features = sidecar.features;
  model.encoders = sidecar.encoders;
  model.smoke = sidecar.smoke;
}

}  // namespace

StoreModel Store::onnx_model(const std::string& name, const RegistryEntry* entry) const {
  const std::string base = name.substr(0, name.size() - std::min(name.size(), kOnnx.size()));
  StoreModel model;
  model.id = base;
  model.form = "onnx";
  const auto sidecar = Sidecar::beside((fs::path(folder_) / "tiny" / name).string());
  if (const auto& found = sidecar ? *sidecar : std::nullopt) tell_sidecar(model, *found);
  if (entry != nullptr) tell_registry(model, *entry);
  add_file(model, std::string(kTiny) + name);
  describe_onnx(model, name);
  for (const std::string& other : {int8_name(name), base + std::string(kJson)})
    add_file(model, std::string(kTiny) + other);
  if (!sidecar && model.problem.empty()) model.problem = sidecar.error().message;
  if (entry != nullptr && !entry->sigstore_bundle.empty() &&
      file(std::string(kTiny) + entry->sigstore_bundle).state != StoreState::missing)
    model.bundle = std::string(kTiny) + entry->sigstore_bundle;
  return model;
}

void Store::add_registered(std::vector<StoreModel>& list) const {
  for (const RegistryEntry& entry : registry_.entries())
    list.push_back(onnx_model(entry.onnx, &entry));
}

StoreModel Store::ensemble(const StoreFile& manifest, const Sidecar& sidecar) const {
  StoreModel model;
  model.id = stem(manifest.file, kTiny, kJson);
  model.kind = sidecar.kind;
  model.form = "ensemble";
  model.smoke = sidecar.smoke;
  model.features = sidecar.features;
  model.encoders = sidecar.encoders;
  add(model, manifest);
  for (const EnsembleMember& member : sidecar.members) {
    model.members.push_back(member.id);
    StoreFile part = file(std::string(kTiny) + member.onnx);
    if (part.state == StoreState::missing)
      model.problem = fmt::format("its member {} is missing", member.onnx);
    else if (!member.sha256.empty() && member.sha256 != part.sha256 && model.problem.empty())
      model.problem =
          fmt::format("its manifest lists another sha256 for {} than that file has", member.onnx);
    add(model, std::move(part));
  }
  return model;
}

// ONNX files that no entry of tiny/registry.json names, and ensembles.
void Store::add_others(std::vector<StoreModel>& list) const {
  for (const StoreFile& f : files_) {
    if (f.sha256.empty()) continue;  // missing
    const bool is_onnx = is_in(f.file, kTiny, kOnnx);
    const std::string name = f.file.substr(std::min(kTiny.size(), f.file.size()));
    if (is_onnx && registry_.find_file(name) == nullptr) list.push_back(onnx_model(name, nullptr));
    const auto manifest = ensembles_.find(f.file);
    if (manifest != ensembles_.end()) list.push_back(ensemble(f, manifest->second));
  }
}

std::vector<StoreModel> Store::models() const {
  std::vector<StoreModel> list;
  add_vmaf_models(list);
  add_registered(list);
  add_others(list);
  return list;
}

}  // namespace visq
