#include "models/store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "dnn/onnx/writer.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace visq::test;

const std::string kNoHash(64, '0');

// A store with one model whose weights stand in another file, and the two registries.
class Stores : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "tiny");
    fs::create_directories(folder_ / "vmaf");
    write("tiny/a.onnx", model_bytes());
    write("tiny/w.bin", std::string(24, 'w'));
    write("tiny/a.json", kSidecar);
    write("tiny/registry.json", registry(sha256_hex(model_bytes())));
    write("registry.json", list({{"tiny/w.bin", sha256_hex(std::string(24, 'w'))},
                                 {"tiny/a.json", sha256_hex(kSidecar)}}));
  }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  static std::string model_bytes() {
    return model(graph({{node("MatMul", {"features", "w"}, {"score"})},
                        {external_tensor("w", 6, {{"location", "w.bin"}})},
                        {float_tensor("features", {-1, 6}), float_tensor("codec", {-1, 4})},
                        {float_tensor("score", {-1})}}));
  }
  static std::string registry(const std::string& hash, const std::string& more = "") {
    return fmt::format(
        R"({{"models": [{{"id": "a_id", "kind": "fr", "onnx": "a.onnx", "sha256": "{}",
            "license": "MIT"{}}}]}})",
        hash, more);
  }
  static std::string list(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string text;
    for (const auto& [file, hash] : files)
      text += fmt::format(R"({}{{"file": "{}", "sha256": "{}", "license": "MIT"}})",
                          text.empty() ? "" : ", ", file, hash);
    return fmt::format(R"({{"files": [{}]}})", text);
  }
  StoreState state(const std::string& name) const {
    const auto store = Store::read(folder_.string(), {});
    EXPECT_TRUE(store) << store.error().message;
    for (const StoreFile& file : store->files())
      if (file.file == name) return file.state;
    ADD_FAILURE() << name << " is not told of";
    return StoreState::match;
  }
  StoreModel find(const std::string& id) const {
    const auto store = Store::read(folder_.string(), {});
    EXPECT_TRUE(store) << store.error().message;
    for (StoreModel& model : store->models())
      if (model.id == id) return model;
    ADD_FAILURE() << id << " is not told of";
    return {};
  }

  static constexpr const char* kSidecar =
      R"({"features": ["adm2", "motion2"], "encoder_vocab": ["libx264", "unknown"]})";
  const TempFolder temp_;
  const fs::path folder_ = temp_.path() / "store";
};

TEST_F(Stores, AModelSaysWhatItIsAndWhatItNeeds) {
  const StoreModel model = find("a_id");
  EXPECT_EQ(model.kind, "fr");
  EXPECT_EQ(model.form, "onnx");
  EXPECT_EQ(model.license, "MIT");
  EXPECT_EQ(model.state, StoreState::match);
  EXPECT_EQ(model.problem, "");
  EXPECT_FALSE(model.smoke);
  ASSERT_EQ(model.inputs.size(), 2u);
  EXPECT_EQ(model.inputs[0].shape, (std::vector<std::int64_t>{-1, 6}));
  EXPECT_EQ(model.outputs[0].name, "score");
  EXPECT_EQ(model.features, (std::vector<std::string>{"adm2", "motion2"}));
  EXPECT_EQ(model.encoders, (std::vector<std::string>{"libx264", "unknown"}));
  std::vector<std::string> files;
  for (const StoreFile& file : model.files) files.push_back(file.file);
  EXPECT_EQ(files, (std::vector<std::string>{"tiny/a.onnx", "tiny/w.bin", "tiny/a.json"}))
      << "its own file first";
}

TEST_F(Stores, EveryChangedFileIsFound) {
  for (const char* name : {"tiny/a.onnx", "tiny/w.bin", "tiny/a.json"}) {
    EXPECT_EQ(state(name), StoreState::match) << name;
    std::ofstream(folder_ / name, std::ios::binary | std::ios::app) << ' ';
    EXPECT_EQ(state(name), StoreState::mismatch) << name;
    EXPECT_EQ(find("a_id").state, StoreState::mismatch)
        << "the model is as bad as its worst file: " << name;
    SetUp();
  }
}

TEST_F(Stores, WhatNoRegistryListsIsUnpinnedAndWhatIsNotThereMissing) {
  write("tiny/b.onnx", unary_model("Relu", {1, 1, -1, -1}));
  EXPECT_EQ(state("tiny/b.onnx"), StoreState::unpinned);
  EXPECT_EQ(find("b").state, StoreState::unpinned);
  EXPECT_EQ(find("b").license, "");
  fs::remove(folder_ / "tiny/a.onnx");
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::missing);
  EXPECT_EQ(find("a_id").state, StoreState::missing);
  EXPECT_NE(find("a_id").problem, "");
}

TEST_F(Stores, AFileThatTwoRegistriesListMustBeBoth) {
  write("registry.json", list({{"tiny/a.onnx", kNoHash}}));
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::mismatch);
  EXPECT_EQ(state("tiny/w.bin"), StoreState::unpinned);
}

TEST_F(Stores, TheListMayStandBesideTheStore) {
  fs::rename(folder_ / "registry.json", folder_.parent_path() / "registry.json");
  EXPECT_EQ(state("tiny/w.bin"), StoreState::match);
  fs::remove(folder_.parent_path() / "registry.json");
  EXPECT_EQ(state("tiny/w.bin"), StoreState::unpinned);
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::match)
      << "tiny/registry.json is enough for what it lists";
}

TEST_F(Stores, WhyAModelCannotRunIsSaid) {
  fs::remove(folder_ / "tiny/w.bin");
  EXPECT_NE(find("a_id").problem.find("w.bin"), std::string::npos) << find("a_id").problem;
  write("tiny/scan.onnx", unary_model("Scan", {1}));
  EXPECT_NE(find("scan").problem.find("Scan"), std::string::npos);
  write("tiny/text.onnx", "this is text");
  EXPECT_NE(find("text").problem.find("not an ONNX model"), std::string::npos);
  write("tiny/scan.json", "{");
  write("tiny/text.json", "[1, 2]");
  EXPECT_NE(find("text").problem, "");
  write("vmaf/mine.json", "{}");
  EXPECT_NE(find("mine").problem, "");
  EXPECT_EQ(find("mine").form, "svm");
}

TEST_F(Stores, PlaceholdersQuantisedFilesAndBundles) {
  const std::string small = unary_model("Relu", {1, 1, -1, -1});
  write("tiny/a.int8.onnx", small);
  write("tiny/a.sigstore.json", "{}");
  write(
      "tiny/registry.json",
      registry(sha256_hex(model_bytes()),
               fmt::format(
                   R"(, "smoke": true, "int8_sha256": "{}", "sigstore_bundle": "a.sigstore.json")",
                   sha256_hex(small))));
  EXPECT_TRUE(find("a_id").smoke);
  EXPECT_EQ(find("a_id").bundle, "tiny/a.sigstore.json");
  EXPECT_EQ(state("tiny/a.int8.onnx"), StoreState::match);
  write("tiny/a.int8.onnx", "other");
  EXPECT_EQ(find("a_id").state, StoreState::mismatch);
  fs::remove(folder_ / "tiny/a.sigstore.json");
  EXPECT_EQ(find("a_id").bundle, "");
}

TEST_F(Stores, AnEnsembleNamesItsMembers) {
  const std::string right = sha256_hex(model_bytes());
  const auto manifest = [&](const std::string& hash, const char* file) {
    write("tiny/e.json", fmt::format(
                             R"({{"kind": "fr_ensemble", "members": [{{"id": "m", "onnx": "{}",
                "sha256": "{}"}}]}})",
                             file, hash));
    return find("e");
  };
  EXPECT_EQ(manifest(right, "a.onnx").form, "ensemble");
  EXPECT_EQ(manifest(right, "a.onnx").problem, "");
  EXPECT_EQ(manifest(right, "a.onnx").members, (std::vector<std::string>{"m"}));
  EXPECT_NE(manifest(kNoHash, "a.onnx").problem.find("another sha256"), std::string::npos);
  EXPECT_NE(manifest(right, "z.onnx").problem.find("missing"), std::string::npos);
}

TEST_F(Stores, NoStoreAndBrokenRegistriesAreErrors) {
  EXPECT_EQ(Store::read((folder_ / "none").string(), {}).error().code, ENOENT);
  write("tiny/registry.json", "{");
  EXPECT_EQ(Store::read(folder_.string(), {}).error().code, EBADMSG);
  SetUp();
  for (const char* bad : {"{", "[]", R"({"files": 3})", R"({"files": [3]})",
                          R"({"files": [{"file": "a", "sha256": "x"}]})"}) {
    write("registry.json", bad);
    EXPECT_EQ(Store::read(folder_.string(), {}).error().code, EBADMSG) << bad;
  }
  for (const char* outside : {"../a", "/etc/passwd", "tiny/../../a", "", "./a", "tiny//a/"}) {
    write("registry.json", list({{outside, kNoHash}}));
    EXPECT_EQ(Store::read(folder_.string(), {}).error().code, EBADMSG) << outside;
  }
}

TEST_F(Stores, WhatWasMadeHereIsHeldToItsOwnRegistry) {
  write("registry.json", list({{"tiny/a.onnx", kNoHash}}));
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::mismatch);
  write("tiny/registry.local.json", registry(sha256_hex(model_bytes())));
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::match);
  write("tiny/registry.local.json", registry(std::string(64, '1')));
  EXPECT_EQ(state("tiny/a.onnx"), StoreState::mismatch);
}

TEST_F(Stores, AnothersRegistryBesideItPinsNothing) {
  write("registry.json", R"({"name": "something else"})");
  EXPECT_EQ(state("tiny/w.bin"), StoreState::unpinned);
}

TEST(Store, OfNoFolderHasWhatIsBuiltIn) {
  for (const StoreModel& model : Store().models()) {
    EXPECT_TRUE(model.built_in);
    EXPECT_EQ(model.problem, "");
    EXPECT_FALSE(model.features.empty());
  }
}

}  // namespace
}  // namespace visq
