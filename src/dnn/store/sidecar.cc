#include "dnn/store/sidecar.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace visq {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxItems = 1024;
constexpr std::string_view kInt8 = ".int8.onnx", kOnnx = ".onnx";

// The values under the first of the keys that is there; nullptr when none is.
const Json* first_of(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const auto it = object.find(key); it != object.end() && !it->is_null()) return &*it;
  return nullptr;
}

Status read_text(const Json& object, std::initializer_list<const char*> keys, std::string& out) {
  const Json* value = first_of(object, keys);
  if (value == nullptr) return {};
  if (!value->is_string())
    return fail(EBADMSG, fmt::format("its \"{}\" is not a text", *keys.begin()));
  out = value->get<std::string>();
  return {};
}

// A text, or a list of texts.
Status read_texts(const Json& object, std::initializer_list<const char*> keys,
                  std::vector<std::string>& out) {
  const Json* value = first_of(object, keys);
  if (value == nullptr) return {};
  const Json list = value->is_string() ? Json::array({*value}) : *value;
  const bool right =
      list.is_array() && list.size() <= kMaxItems &&
      std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_string(); });
  if (!right) return fail(EBADMSG, fmt::format("its \"{}\" is not a list of texts", *keys.begin()));
  out = list.get<std::vector<std::string>>();
  return {};
}

Status read_numbers(const Json& object, const char* key, std::vector<double>& out) {
  const Json* value = first_of(object, {key});
  if (value == nullptr) return {};
  const bool right =
      value->is_array() && value->size() <= kMaxItems &&
      std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_number(); });
  if (!right) return fail(EBADMSG, fmt::format("its \"{}\" is not a list of numbers", key));
  out = value->get<std::vector<double>>();
  return {};
}

Status read_scaler(const Json& root, Sidecar& s) {
  s.for_features = first_of(root, {"feature_mean", "feature_std"}) != nullptr;
  VISQ_TRY(read_numbers(root, s.for_features ? "feature_mean" : "input_mean", s.mean));
  VISQ_TRY(read_numbers(root, s.for_features ? "feature_std" : "input_std", s.std));
  if (s.mean.size() != s.std.size())
    return fail(EBADMSG, fmt::format("it has {} means and {} standard deviations", s.mean.size(),
                                     s.std.size()));
  for (const double deviation : s.std)
    if (!(deviation > 0) || !std::isfinite(deviation))
      return fail(EBADMSG, fmt::format("a standard deviation of {} is not possible", deviation));
  std::string word;
  VISQ_TRY(read_text(root, {"scaler"}, word));
  if (word == "graph")
    s.scaler = Scaler::graph;
  else if (word == "host")
    s.scaler = Scaler::host;
  else if (!word.empty())
    return fail(EBADMSG, fmt::format("its \"scaler\" is graph or host, not \"{}\"", word));
  if (s.scaler == Scaler::host && s.mean.empty())
    return fail(EBADMSG, "its \"scaler\" is host, and it has no mean and deviation");
  return {};
}

double number_or(const Json& object, const char* key, double fallback) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<double>() : fallback;
}

Status read_codec(const Json& root, Sidecar& s) {
  VISQ_TRY(read_texts(root, {"encoder_vocab", "codec_vocab"}, s.encoders));
  VISQ_TRY(read_texts(root, {"codec_block_layout"}, s.codec_layout));
  s.encoder_version = static_cast<int>(std::clamp(
      number_or(root, "encoder_vocab_version", number_or(root, "codec_vocab_version", 0)), 0.0,
      1e6));
  const Json* corpus = first_of(root, {"corpus"});
  if (corpus == nullptr || !corpus->is_object() || !corpus->contains("cq_min") ||
      !corpus->contains("cq_max"))
    return {};
  const double low = number_or(*corpus, "cq_min", NAN), high = number_or(*corpus, "cq_max", NAN);
  if (!(low < high))
    return fail(EBADMSG,
                fmt::format("its corpus has crf {} to {}, which is not possible", low, high));
  s.crf_range = {low, high};
  return {};
}

Status read_members(const Json& root, Sidecar& s) {
  const Json* list = first_of(root, {"members"});
  if (list == nullptr) return {};
  if (!list->is_array() || list->empty() || list->size() > 64)
    return fail(EBADMSG, "its \"members\" are not a list of 1 to 64 models");
  for (const Json& item : *list) {
    EnsembleMember member;
    if (!item.is_object()) return fail(EBADMSG, "one of its \"members\" is not an object");
    VISQ_TRY(read_text(item, {"id"}, member.id));
    VISQ_TRY(read_text(item, {"onnx"}, member.onnx));
    VISQ_TRY(read_text(item, {"sha256"}, member.sha256));
    const bool plain = !member.onnx.empty() &&
                       member.onnx.find_first_of("/\\") == std::string::npos && member.onnx != "..";
    if (!plain)
      return fail(EBADMSG, fmt::format("its member \"{}\" is not the plain name of a file",
                                       member.onnx.substr(0, 200)));
    s.members.push_back(std::move(member));
  }
  if (const Json* confidence = first_of(root, {"confidence"});
      confidence != nullptr && confidence->is_object())
    s.interval_z = number_or(*confidence, "gaussian_z", s.interval_z);
  return {};
}

Status read_all(const Json& root, Sidecar& s) {
  VISQ_TRY(read_text(root, {"id", "name"}, s.name));
  VISQ_TRY(read_text(root, {"kind"}, s.kind));
  VISQ_TRY(read_text(root, {"quant_mode"}, s.quant_mode));
  VISQ_TRY(read_text(root, {"int8_sha256"}, s.int8_sha256));
  VISQ_TRY(read_texts(root, {"input_names", "input_name"}, s.input_names));
  VISQ_TRY(read_texts(root, {"output_names", "output_name"}, s.output_names));
  VISQ_TRY(read_texts(root, {"feature_order", "features"}, s.features));
  VISQ_TRY(read_scaler(root, s));
  VISQ_TRY(read_codec(root, s));
  s.smoke = root.value("smoke", Json(false)) == true;
  return read_members(root, s);
}

Result<std::optional<Sidecar>> read_sidecar(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  VISQ_ASSIGN(const std::string content, read_file(path, kMaxBytes));
  auto sidecar = Sidecar::parse(content);
  if (!sidecar)
    return fail(sidecar.error(), fmt::format("the sidecar {}: {}", path, sidecar.error().message));
  return *std::move(sidecar);
}

std::string without(std::string_view path, std::string_view extension) {
  return std::string(
      path.substr(0, path.size() - (path.ends_with(extension) ? extension.size() : 0)));
}

}  // namespace

Scaler Sidecar::scaler_of_features() const {
  if (scaler) return *scaler;
  if (mean.empty()) return Scaler::none;
  return for_features ? Scaler::host : Scaler::graph;
}

Scaler Sidecar::scaler_of_pictures() const {
  if (scaler) return *scaler;
  return mean.empty() ? Scaler::none : Scaler::host;
}

Result<Sidecar> Sidecar::parse(std::string_view json) {
  if (json.size() > kMaxBytes)
    return fail(EBADMSG, fmt::format("it is larger than {} bytes", kMaxBytes));
  const Json root = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!root.is_object()) return fail(EBADMSG, "it is not a JSON object");
  Sidecar sidecar;
  VISQ_TRY(read_all(root, sidecar));
  return sidecar;
}

Result<std::optional<Sidecar>> Sidecar::beside(const std::string& onnx_path) {
  VISQ_ASSIGN(auto own, read_sidecar(without(onnx_path, kOnnx) + ".json"));
  if (own || !is_int8_path(onnx_path)) return own;
  VISQ_ASSIGN(auto full, read_sidecar(without(onnx_path, kInt8) + ".json"));
  if (full && !full->name.empty()) full->name += "_int8";
  return full;
}

const char* name_of(Scaler scaler) {
  switch (scaler) {
    case Scaler::none:
      return "none";
    case Scaler::graph:
      return "graph";
    case Scaler::host:
      break;
  }
  return "host";
}

bool is_int8_path(std::string_view path) { return path.ends_with(kInt8); }

std::string int8_path(const std::string& onnx_path) {
  return is_int8_path(onnx_path) ? onnx_path : without(onnx_path, kOnnx) + std::string(kInt8);
}

}  // namespace visq
