#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include "cli/text/gpus.h"
#include "dnn/onnx/writer.h"
#include "tests/support/command_fixture.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

// The command in a folder with two clips.
class Inventory : public test::CommandTest {
 protected:
  void SetUp() override {
    for (const char* name : {"a.y4m", "b.y4m"}) clip(name, 1, *name);
  }
};

TEST_F(Inventory, ListsTheDevices) {
  const Outcome text = run("--list-devices"), listed = run("--list-devices --json");
  ASSERT_EQ(text.code, 0) << text.err;
  const auto json = nlohmann::json::parse(listed.out);
  for (const char* key : {"library", "cpu", "cpu_target"}) {
    const std::string value = json.at(key).get<std::string>();
    EXPECT_FALSE(value.empty()) << key;
    EXPECT_NE(text.out.find(value), std::string::npos) << key;
  }
  EXPECT_EQ(json["cpu_targets"][0], json["cpu_target"]);
  EXPECT_TRUE(json["gpus"].is_array());
  ASSERT_EQ(json["devices"].size(), 12u);
  for (const auto& device : json["devices"]) {
    EXPECT_NE(device["usable"].get<bool>(), device.contains("problem")) << device;
    EXPECT_EQ(device["usable"].get<bool>(), device.contains("provider")) << device;
    EXPECT_NE(text.out.find(device["name"].get<std::string>()), std::string::npos) << device;
  }
  EXPECT_EQ(json["devices"][1]["name"], "cpu");
#ifdef VISQ_HAVE_ONNXRUNTIME
  EXPECT_TRUE(json["devices"][1]["usable"].get<bool>());
  EXPECT_EQ(json["devices"][1]["provider"], "CPU");
  EXPECT_TRUE(json["devices"][0]["usable"].get<bool>()) << "the CPU at the least";
  EXPECT_EQ(json["runtime"].get<std::string>().rfind("ONNX Runtime 1.", 0), 0u);
#else
  EXPECT_TRUE(json["runtime"].is_null());
  for (const auto& device : json["devices"])
    EXPECT_NE(device["problem"].get<std::string>().find("DNN disabled"), std::string::npos);
#endif
}

TEST_F(Inventory, TheReportSaysWhatItWasMadeWith) {
  ASSERT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q -o s.json").code, 0);
  auto machine = nlohmann::json::parse(run("--list-devices --json").out);
  for (const char* key : {"devices", "gpus", "cpu_targets"}) machine.erase(key);
  machine["runtime"] = nullptr;  // nothing ran in it, so it was not loaded
  EXPECT_EQ(report("s.json")["environment"], machine);
  ASSERT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q -o s.json --cpumask -1").code, 0);
  const auto targets = nlohmann::json::parse(run("--list-devices --json").out)["cpu_targets"];
  EXPECT_EQ(report("s.json")["environment"]["cpu_target"], targets.back())
      << "the one that it ran on";
}

// A store with two models, its list, and a bundle for one of them.
class ModelStore : public Inventory {
 protected:
  void SetUp() override {
    Inventory::SetUp();
    write("store/tiny/a.onnx", model_);
    write("store/tiny/own.onnx", model_);
    environment_ = fmt::format("VISQ_MODEL_STORE={}", (folder_ / "store").string());
    hash_ = find(models(), "own")["files"][0]["sha256"].get<std::string>();
    list(hash_);
  }
  void list(const std::string& hash, const std::string& more = "") const {
    write("store/tiny/registry.json",
          fmt::format(
              R"({{"models": [{{"id": "a_id", "kind": "nr", "onnx": "a.onnx", "sha256": "{}",
                "license": "MIT"{}}}]}})",
              hash, more));
  }
  nlohmann::json models() const {
    const Outcome o = run("--list-models --json", environment_);
    EXPECT_EQ(o.code, 0) << o.err;
    return nlohmann::json::parse(o.out);
  }
  static nlohmann::json find(const nlohmann::json& list, const std::string& id) {
    for (const auto& item : list["models"])
      if (item["id"] == id) return item;
    ADD_FAILURE() << id << " is not listed";
    return {};
  }
  const std::string model_ = test::unary_model("Relu", {1, 1, -1, -1});
  std::string environment_, hash_;  // the hash of both models
};

TEST_F(ModelStore, IsListedAsTableAndAsJson) {
  const auto json = models();
  const auto a = find(json, "a_id"), own = find(json, "own");
  EXPECT_EQ(a["state"], "match");
  EXPECT_EQ(a["license"], "MIT");
  EXPECT_EQ(a["inputs"][0], nlohmann::json::parse(R"({"name": "x", "shape": [1, 1, -1, -1]})"));
  EXPECT_EQ(own["state"], "unpinned");
  EXPECT_TRUE(own["license"].is_null());
  for (const auto& model : json["models"])
    EXPECT_TRUE(model["form"] == "svm" || model["id"] == "a_id" || model["id"] == "own") << model;
  const Outcome table = run("--list-models", environment_);
  EXPECT_EQ(table.code, 0);
  for (const char* part : {"a_id", "own", "x [1,1,?,?]", "tiny/a.onnx (match)", "unpinned", "MIT"})
    EXPECT_NE(table.out.find(part), std::string::npos) << part << "\n" << table.out;
  list(hash_, R"(, "smoke": true)");
  EXPECT_NE(run("--list-models", environment_).out.find("its score means nothing"),
            std::string::npos);
}

TEST_F(ModelStore, ThatIsNotThereIsSaid) {
  EXPECT_EQ(run("--list-models", "VISQ_MODEL_STORE=nowhere").code, 0)
      << "what is built in is still there";
  EXPECT_NE(run("--list-models", "VISQ_MODEL_STORE=nowhere").out.find("store none"),
            std::string::npos);
  const Outcome check = run("--verify-models", "VISQ_MODEL_STORE=nowhere");
  EXPECT_EQ(check.code, 3);
  EXPECT_NE(check.err.find("./setup"), std::string::npos);
  write("store/tiny/registry.json", "{");
  EXPECT_EQ(run("--list-models", environment_).code, 3);
  EXPECT_EQ(run("--verify-models", environment_).code, 3);
}

TEST_F(ModelStore, IsVerifiedAndEveryMismatchNamed) {
  EXPECT_EQ(run("--verify-models", environment_).code, 0);
  EXPECT_NE(run("--verify-models", environment_).out.find("unpinned   tiny/own.onnx"),
            std::string::npos);
  write("store/registry.json", fmt::format(
                                   R"({{"files": [{{"file": "tiny/own.onnx", "sha256": "{0}"}},
              {{"file": "tiny/gone.onnx", "sha256": "{0}"}}]}})",
                                   std::string(64, '1')));
  list(std::string(64, '2'));
  const Outcome text = run("--verify-models", environment_),
                listed = run("--verify-models --json", environment_);
  EXPECT_EQ(text.code, 3);
  EXPECT_EQ(listed.code, 3);
  for (const char* part :
       {"mismatch   tiny/a.onnx", "mismatch   tiny/own.onnx", "missing    tiny/gone.onnx"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  EXPECT_NE(text.err.find("2 files of other contents than listed"), std::string::npos) << text.err;
  const auto json = nlohmann::json::parse(listed.out);
  EXPECT_EQ(json["mismatch"], 2);
  EXPECT_EQ(json["missing"], 1);
  EXPECT_EQ(json["files"][0]["expected"], std::string(64, '2'));
}

#ifdef VISQ_HAVE_ONNXRUNTIME  // without a runtime vmaf_dnn_verify_signature is -ENOSYS, by its
                              // contract

TEST_F(ModelStore, SignaturesAreVerifiedByCosign) {
  list(hash_, R"(, "sigstore_bundle": "a.sigstore.json")");
  EXPECT_EQ(run("--verify-models", environment_).code, 0)
      << "a bundle that is named and not there was never made";
  write("store/tiny/a.sigstore.json", "{}");
  const auto with = [&](const std::string& script) {
    write("bin/cosign", "#!/bin/sh\n" + script + "\n");
    fs::permissions(folder_ / "bin/cosign", fs::perms::owner_all);
    return run("--verify-models",
               fmt::format("{} PATH={}", environment_, (folder_ / "bin").string()));
  };
  const Outcome accepted = with("exit 0"), rejected = with("echo 'no matching signature'; exit 1");
  EXPECT_EQ(accepted.code, 0) << accepted.err;
  EXPECT_NE(accepted.out.find("signature  tiny/a.onnx: accepted"), std::string::npos)
      << accepted.out;
  EXPECT_EQ(rejected.code, 3);
  EXPECT_NE(rejected.out.find("no matching signature"), std::string::npos) << rejected.out;
  fs::remove(folder_ / "bin/cosign");
  const Outcome absent =
      run("--verify-models", fmt::format("{} PATH={}", environment_, (folder_ / "bin").string()));
  EXPECT_EQ(absent.code, 3) << "what cannot be checked is not verified";
  EXPECT_NE(absent.out.find("PATH"), std::string::npos) << absent.out;
}

#endif

TEST(Gpus, AreNamedAsTheSystemShowsThem) {
  const test::TempFolder folder;
  const fs::path& root = folder.path();
  const auto write = [&](const char* file, const char* content) {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << content;
  };
  EXPECT_TRUE(list_gpus((root / "nothing").string()).empty());
  write("sys/class/drm/card0/device/vendor", "0x1002\n");
  write("sys/class/drm/card0/device/device", "0x744c\n");
  write("sys/class/drm/card0-DP-1/device/vendor", "0x1002\n");
  write("sys/class/drm/version", "drm 1.1.0\n");
  EXPECT_EQ(list_gpus(root.string()), (std::vector<std::string>{"AMD, device 0x744c"}));
  write("sys/class/drm/card1/device/vendor", "0x10de\n");
  write("proc/driver/nvidia/gpus/0000:17:00.0/information", "Model: \t\t NVIDIA H200\nIRQ: 1\n");
  EXPECT_EQ(list_gpus(root.string()),
            (std::vector<std::string>{"NVIDIA H200", "AMD, device 0x744c"}));
}

}  // namespace
}  // namespace visq::cli
