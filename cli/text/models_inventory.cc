#include "cli/text/models_inventory.h"

#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/counted.h"
#include "base/shown.h"
#include "cli/text/description.h"
#include "job/store.h"
#include "libvmaf/dnn.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

Result<Json> store() {
  char* text = nullptr;
  const auto folder = job::model_store();
  const int code = vmaf_describe_models(folder ? folder->c_str() : nullptr, &text);
  return take_description(code, text);
}

std::string text(const Json& value, const char* otherwise = "") {
  return value.is_string() ? shown(value.get<std::string>()) : otherwise;
}

std::string joined(const Json& list) {
  return shown(fmt::format("{}", fmt::join(list.get<std::vector<std::string>>(), " ")));
}

// "ref [1,3,?,?], dist [1,3,?,?]"
std::string tensors(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& tensor : list) {
    std::vector<std::string> sides;
    for (const Json& side : tensor["shape"])
      sides.push_back(side.get<long long>() < 0 ? "?" : side.dump());
    parts.push_back(fmt::format("{} [{}]", text(tensor["name"]), fmt::join(sides, ",")));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

void print_row(const char* what, const std::string& value) {
  if (!value.empty()) fmt::print("    {:<9} {}\n", what, value);
}

std::string places(const Json& files) {
  std::vector<std::string> names;
  for (const Json& file : files)
    names.push_back(fmt::format("{} ({})", text(file["file"], "built in"), text(file["state"])));
  return fmt::format("{}", fmt::join(names, ", "));
}

// A bootstrap model's have no names of their own.
std::string members(const Json& model) {
  const Json& list = model["members"];
  return model["form"] == "svm" && !list.empty() ? std::to_string(list.size()) : joined(list);
}

void print_model(const Json& model) {
  fmt::print("{:<36} {:<9} {:<12} {:<9} {}\n", text(model["id"]), text(model["form"]),
             text(model["kind"], "unknown"), text(model["state"]),
             text(model["license"], "unknown"));
  print_row("found", places(model["files"]));
  print_row("inputs", tensors(model["inputs"]));
  print_row("outputs", tensors(model["outputs"]));
  print_row("features", joined(model["features"]));
  print_row("codec", joined(model["encoders"]));
  print_row("members", members(model));
  if (model["smoke"].get<bool>()) print_row("warning", "a placeholder: its score means nothing");
  print_row("problem", text(model["problem"]));
}

// vmaf_dnn_verify_signature of each model with a bundle.
Json signatures(const Json& json) {
  Json list = Json::array();
  const std::filesystem::path tiny =
      std::filesystem::path(json["store"].get<std::string>()) / "tiny";
  for (const Json& model : json["models"]) {
    if (!model["bundle"].is_string()) continue;
    const std::string file = model["files"][0]["file"].get<std::string>();
    const int code = vmaf_dnn_verify_signature((tiny.parent_path() / file).c_str(),
                                               (tiny / "registry.json").c_str());
    list.push_back({{"file", file},
                    {"accepted", code == 0},
                    {"problem", code == 0 ? Json(nullptr) : Json(vmaf_last_error())}});
  }
  return list;
}

// What differs, counted and named.
Json findings(const Json& json) {
  Json result{
      {"store", json["store"]}, {"match", 0}, {"mismatch", 0}, {"unpinned", 0}, {"missing", 0}};
  result["files"] = Json::array();
  for (const Json& file : json["files"]) {
    const std::string state = text(file["state"]);
    result[state] = result[state].get<int>() + 1;
    if (state != "match") result["files"].push_back(file);
  }
  result["signatures"] = signatures(json);
  return result;
}

void print_findings(const Json& result) {
  fmt::print("store      {}\n", text(result["store"]));
  for (const char* state : {"match", "mismatch", "unpinned", "missing"})
    fmt::print("{:<10} {}\n", state, result[state].get<int>());
  fmt::print("signatures {}\n\n", result["signatures"].size());
  for (const Json& file : result["files"]) {
    fmt::print("{:<10} {}", text(file["state"]), text(file["file"]));
    if (file["state"] == "mismatch")
      fmt::print(": it has sha256 {}, and {} is listed", text(file["sha256"]),
                 text(file["expected"]));
    fmt::print("\n");
  }
  for (const Json& signature : result["signatures"])
    fmt::print("signature  {}: {}\n", text(signature["file"]),
               signature["accepted"].get<bool>() ? "accepted" : text(signature["problem"]));
}

Status judge(const Json& result) {
  std::size_t rejected = 0;
  for (const Json& signature : result["signatures"])
    rejected += signature["accepted"].get<bool>() ? 0 : 1;
  const int wrong = result["mismatch"].get<int>();
  if (wrong == 0 && rejected == 0) return {};
  return fail(
      EBADMSG,
      fmt::format("the model store {} has {} of other contents than listed, and {} not accepted",
                  text(result["store"]), counted(wrong, "file"), counted(rejected, "signature")),
      ErrorKind::model);
}

}  // namespace

Status list_models(bool as_json) {
  VISQ_ASSIGN(const Json json, store());
  if (as_json) {
    fmt::print("{}\n", json.dump(2));
    return {};
  }
  fmt::print("store {}\n\n",
             text(json["store"], "none: run ./setup, or name one with VISQ_MODEL_STORE"));
  fmt::print("{:<36} {:<9} {:<12} {:<9} {}\n", "MODEL", "FORM", "KIND", "SHA256", "LICENCE");
  for (const Json& model : json["models"]) print_model(model);
  return {};
}

Status verify_models(bool as_json) {
  VISQ_ASSIGN(const Json json, store());
  if (!json["store"].is_string())
    return fail(ENOENT,
                "there is no model store to check: run ./setup, or name one with VISQ_MODEL_STORE",
                ErrorKind::model);
  const Json result = findings(json);
  if (as_json)
    fmt::print("{}\n", result.dump(2));
  else
    print_findings(result);
  return judge(result);
}

}  // namespace visq::cli
