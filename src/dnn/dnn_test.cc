#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "dnn/onnx/writer.h"
#include "dnn/run/devices.h"
#include "dnn/run/plane_filter.h"
#include "dnn/run/session.h"
#include "dnn/store/model_file.h"
#include "dnn/store/registry.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace visq::test;

class ModelFiles : public InTempFolder {
 protected:
  // The error of opening; code 0 when it opens.
  static Error open(const std::string& path, const ModelFileRules& rules = {}) {
    const auto model = open_model_file(path, rules);
    return model ? Error{0, ""} : model.error();
  }
};

std::string relu() { return unary_model("Relu", {1, 1, -1, -1}); }

// Relu over x plus 4 values that stand in another file.
std::string with_external(const std::vector<std::pair<std::string, std::string>>& entries) {
  return model(graph({{node("Add", {"x", "w"}, {"y"})},
                      {external_tensor("w", 4, entries)},
                      {float_tensor("x", {4})},
                      {float_tensor("y", {4})}}));
}

Result<OnnxInfo> scan(const std::string& bytes) {
  VISQ_ASSIGN(const OnnxModel model, parse_onnx(bytes));
  return scan_onnx(*model);
}

TEST(OnnxScan, SeesNodesOfSubgraphsAndFunctions) {
  const std::string inner = graph({{node("Scan", {}, {"z"})}, {}, {}, {}});
  const std::string function =
      bytes_field(1, "f") + bytes_field(7, node("Custom", {}, {}, "my.domain"));
  const auto info = scan(model(
      graph({{node("If", {"c"}, {"y"}, "", graph_attribute("then_branch", inner))}, {}, {}, {}}),
      bytes_field(25, function)));
  ASSERT_TRUE(info);
  ASSERT_EQ(info->nodes.size(), 3u);
  EXPECT_EQ(info->nodes[0].op, "Scan");
  EXPECT_EQ(info->nodes[2].domain, "my.domain");
}

TEST(OnnxScan, SeesWhatTheGraphTakesAndGives) {
  const std::string weights = number_field(1, 4) + number_field(2, 1) + bytes_field(8, "w");
  const auto info = scan(model(graph({{node("Add", {"x", "w"}, {"y"})},
                                      {weights},
                                      {float_tensor("w", {4}), float_tensor("x", {1, 3, -1, 224})},
                                      {float_tensor("y", {})}})));
  ASSERT_TRUE(info) << info.error().message;
  ASSERT_EQ(info->inputs.size(), 1u) << "a weight is no input, although old files list it as one";
  EXPECT_EQ(info->inputs[0].name, "x");
  EXPECT_EQ(info->inputs[0].shape, (std::vector<std::int64_t>{1, 3, -1, 224}));
  ASSERT_EQ(info->outputs.size(), 1u);
  EXPECT_TRUE(info->outputs[0].shape.empty());
  EXPECT_EQ(scan(model(graph({{}, {}, {float_tensor("x", std::vector<std::int64_t>(65, 1))}, {}})))
                .error()
                .code,
            EBADMSG);
}

TEST(OnnxScan, RefusesWhatIsNoModel) {
  std::string truncated = relu();
  truncated.resize(truncated.size() - 3);
  for (const std::string& bytes : {std::string(), std::string("hello, this is text"),
                                   std::string(100, '\xff'), truncated, number_field(1, 8)}) {
    const auto info = scan(bytes);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, EBADMSG);
  }
}

TEST(OnnxScan, LimitsTheDepthOfSubgraphs) {
  std::string inner = graph({{node("Relu", {"a"}, {"b"})}, {}, {}, {}});
  for (int depth = 0; depth < 8; ++depth)
    inner =
        graph({{node("If", {"c"}, {"y"}, "", graph_attribute("then_branch", inner))}, {}, {}, {}});
  EXPECT_TRUE(scan(model(inner)));
  inner =
      graph({{node("If", {"c"}, {"y"}, "", graph_attribute("then_branch", inner))}, {}, {}, {}});
  EXPECT_EQ(scan(model(inner)).error().code, EPERM);
}

TEST(Operators, AllowlistDomainsAndLoops) {
  const auto check = [](const std::vector<OnnxNode>& nodes) {
    return check_operators({nodes, {}});
  };
  EXPECT_TRUE(check({{"a", "Conv", ""},
                     {"b", "Relu", "ai.onnx"},
                     {"c", "DynamicQuantizeLinear", ""},
                     {"d", "ConvInteger", ""},
                     {"e", "MatMulInteger", ""}}));
  for (const OnnxNode& bad : {OnnxNode{"n", "Scan", ""},
                              {"n", "Relu", "com.microsoft"},
                              {"n", "conv", ""},
                              {"n", "", ""}}) {
    const Status status = check({bad});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, EPERM);
    EXPECT_NE(status.error().message.find("\"n\""), std::string::npos) << "names the node";
  }
  EXPECT_TRUE(check(std::vector<OnnxNode>(16, {"l", "Loop", ""})));
  EXPECT_FALSE(check(std::vector<OnnxNode>(17, {"l", "Loop", ""})));
}

TEST_F(ModelFiles, MustExistAndBeFiles) {
  EXPECT_EQ(open((folder_ / "no.onnx").string()).code, ENOENT);
  EXPECT_EQ(open(folder_.string()).code, ENOENT);
  fs::create_symlink(folder_ / "no.onnx", folder_ / "link.onnx");
  EXPECT_EQ(open((folder_ / "link.onnx").string()).code, ENOENT);
  EXPECT_EQ(open(write("a.onnx", relu())).code, 0);
}

TEST_F(ModelFiles, MustLieInTheJail) {
  fs::create_directories(folder_ / "jail/deep");
  fs::create_directories(folder_ / "jail2");
  const std::string inside = write("jail/deep/a.onnx", relu()),
                    outside = write("jail2/a.onnx", relu()), jail = (folder_ / "jail").string();
  EXPECT_EQ(open(inside, {false, jail.c_str()}).code, 0);
  EXPECT_EQ(open(outside, {false, jail.c_str()}).code, EACCES)
      << "a common prefix of the name is not inside";
  fs::create_symlink(outside, folder_ / "jail/link.onnx");
  EXPECT_EQ(open((folder_ / "jail/link.onnx").string(), {false, jail.c_str()}).code, EACCES);
  EXPECT_EQ(open(jail + "/../jail2/a.onnx", {false, jail.c_str()}).code, EACCES);
  const std::string none = (folder_ / "none").string();
  EXPECT_EQ(open(inside, {false, none.c_str()}).code, EACCES) << "a missing jail fails closed";
}

// Between the check of a name and the open of it there is no moment: the folder is what is open.
TEST_F(ModelFiles, InAJailCannotBeExchangedForALink) {
  fs::create_directories(folder_ / "jail/deep");
  fs::create_directories(folder_ / "away");
  write("away/a.onnx", relu());
  const std::string inside = write("jail/deep/a.onnx", relu()), jail = (folder_ / "jail").string();
  std::atomic<bool> over = false;
  std::thread attacker([&] {
    std::error_code ignored;
    while (!over) {
      fs::rename(folder_ / "jail/deep", folder_ / "jail/kept", ignored);
      fs::create_directory_symlink(folder_ / "away", folder_ / "jail/deep", ignored);
      fs::remove(folder_ / "jail/deep", ignored);
      fs::rename(folder_ / "jail/kept", folder_ / "jail/deep", ignored);
    }
  });
  std::string away = (folder_ / "away").string();
  for (int i = 0; i < 300; ++i) {
    const auto model = open_model_file(inside, {false, jail.c_str()});
    if (model) {
      EXPECT_EQ(model->path.find(away), std::string::npos);
    }
  }
  over = true;
  attacker.join();
}

// A line without int8_sha256 lists none. One that was made here is held to the local registry
// alone.
TEST_F(ModelFiles, QuantisedFilesAreListedByTheirHash) {
  fs::create_directories(folder_ / "tiny");
  const std::string path = write("tiny/a.int8.onnx", relu()), zeros(64, '0');
  const std::string line = R"({{"models": [{{"id": "a", "onnx": "a.onnx", "sha256": "{}"{}}}]}})";
  write("tiny/registry.json", fmt::format(fmt::runtime(line), zeros, ""));
  EXPECT_EQ(open(path).code, 0);
  EXPECT_EQ(open(path, {true, nullptr}).code, EKEYREJECTED);
  write("registry.json",
        R"({"files": [{"file": "tiny/a.int8.onnx", "sha256": ")" + zeros + "\"}]}");
  EXPECT_EQ(open(path).code, EKEYREJECTED) << "the published file is another one";
  const std::string hash = fmt::format(R"(, "int8_sha256": "{}")", sha256_hex(relu()));
  write("tiny/registry.local.json", fmt::format(fmt::runtime(line), zeros, hash));
  EXPECT_EQ(open(path, {true, nullptr}).code, 0);
}

TEST_F(ModelFiles, MustNotBeTooLarge) {
  const std::string path = write("big.onnx", "x");
  fs::resize_file(path, kMaxModelBytes + 1);
  EXPECT_EQ(open(path).code, E2BIG);
  const std::string model_path = write("data.onnx", with_external({{"location", "w.bin"}}));
  fs::resize_file(write("w.bin", "x"), kMaxModelBytes);
  EXPECT_EQ(open(model_path).code, E2BIG) << "external data counts";
}

// ModelProto.doc_string, which nobody reads, makes the file large.
TEST_F(ModelFiles, ARegistryMayRaiseTheLimitOfItsOwnFile) {
  const std::string bytes = relu() + bytes_field(6, std::string(kMaxModelBytes, ' ')),
                    path = write("big.onnx", bytes), right = sha256_hex(bytes);
  const auto registry = [&](const std::string& sha256, std::size_t limit) {
    write("registry.json",
          fmt::format(R"({{"models": [{{"id": "a", "onnx": "big.onnx", "sha256": "{}",
                          "max_bytes": {}}}]}})",
                      sha256, limit));
  };
  EXPECT_EQ(open(path).code, E2BIG);
  registry(right, bytes.size());
  EXPECT_EQ(open(path).code, 0);
  registry(right, bytes.size() - 1);
  EXPECT_EQ(open(path).code, E2BIG);
  registry(std::string(64, '0'), bytes.size());
  EXPECT_EQ(open(path).code, EKEYREJECTED) << "for the file with that hash only";
  registry(right, bytes.size());
  EXPECT_EQ(open(write("big.int8.onnx", bytes)).code, E2BIG) << "not for other files of the entry";
}

TEST_F(ModelFiles, ALocalRegistryHoldsWhatWasMadeHere) {
  fs::create_directories(folder_ / "tiny");
  const std::string path = write("tiny/a.onnx", relu()), right = sha256_hex(relu()), wrong(64, '0');
  const auto line = [](const std::string& sha256) {
    return fmt::format(R"({{"models": [{{"id": "a", "onnx": "a.onnx", "sha256": "{}"}}]}})",
                       sha256);
  };
  write("tiny/registry.json", line(wrong));
  write("registry.json",
        fmt::format(R"({{"files": [{{"file": "tiny/a.onnx", "sha256": "{}"}}]}})", wrong));
  EXPECT_EQ(open(path).code, EKEYREJECTED) << "the published file is another one";
  write("tiny/registry.local.json", line(right));
  EXPECT_EQ(open(path, {true, nullptr}).code, 0);
  EXPECT_EQ(Registry::beside((folder_ / "tiny").string())->entries().size(), 1u);
  write("tiny/registry.local.json", line(std::string(64, '1')));
  EXPECT_EQ(open(path).code, EKEYREJECTED);
  write("tiny/registry.local.json", "{");
  EXPECT_EQ(open(path).code, EBADMSG);
}

TEST_F(ModelFiles, ForbiddenOperatorsAreNamedWithTheFile) {
  const Error error = open(write("a.onnx", unary_model("Scan", {1})));
  EXPECT_EQ(error.code, EPERM);
  for (const char* part : {"a.onnx", "Scan", "node_Scan"})
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
}

TEST_F(ModelFiles, ExternalDataIsChecked) {
  write("w.bin", std::string(16, '\0'));
  EXPECT_EQ(open(write("a.onnx",
                       with_external({{"location", "w.bin"}, {"offset", "0"}, {"length", "16"}})))
                .code,
            0);
  const std::vector<std::pair<std::string, std::string>> kBad[] = {
      {{"location", "missing.bin"}},
      {{"location", "../w.bin"}},
      {{"location", "/etc/passwd"}},
      {{"location", "sub/w.bin"}},
      {{"location", ".."}},
      {},
      {{"location", "w.bin"}, {"offset", "8"}, {"length", "9"}},
      {{"location", "w.bin"}, {"offset", "17"}},
      {{"location", "w.bin"}, {"offset", "-1"}},
      {{"location", "w.bin"}, {"offset", "18446744073709551615"}, {"length", "2"}},
      {{"location", "w.bin"}, {"length", "x"}}};
  for (const auto& entries : kBad) {
    const Error error = open(write("b.onnx", with_external(entries)));
    EXPECT_EQ(error.code, EBADMSG) << error.message;
  }
  EXPECT_NE(open(write("b.onnx", with_external(kBad[0]))).message.find("missing.bin"),
            std::string::npos);
  fs::create_directories(folder_ / "elsewhere");
  write("elsewhere/v.bin", std::string(16, '\0'));
  fs::create_symlink(folder_ / "elsewhere/v.bin", folder_ / "v.bin");
  EXPECT_EQ(open(write("c.onnx", with_external({{"location", "v.bin"}}))).code, EBADMSG)
      << "a link out of the folder";
}

TEST_F(ModelFiles, TheRegistrysHashIsEnforced) {
  const std::string bytes = with_external({{"location", "w.bin"}}), path = write("a.onnx", bytes);
  write("w.bin", std::string(16, '\0'));
  const auto registry = [&](const std::string& hash, const std::string& data_hash) {
    write("registry.json",
          fmt::format(
              R"({{"models": [{{"id": "a", "kind": "fr", "onnx": "a.onnx", "sha256": "{}",
                "external_data": {{"w.bin": "{}"}}, "smoke": true}}]}})",
              hash, data_hash));
  };
  const std::string right = sha256_hex(bytes), data = sha256_hex(std::string(16, '\0')),
                    wrong(64, '0');
  EXPECT_EQ(open(path).code, 0);
  EXPECT_EQ(open(path, {true, nullptr}).code, EKEYREJECTED) << "must be registered";
  registry(right, data);
  EXPECT_EQ(open(path, {true, nullptr}).code, 0);
  EXPECT_TRUE(open_model_file(path, {})->smoke);
  registry(wrong, data);
  EXPECT_EQ(open(path).code, EKEYREJECTED);
  registry(right, wrong);
  EXPECT_EQ(open(path).code, EKEYREJECTED);
  write("registry.json", "{");
  EXPECT_EQ(open(path).code, EBADMSG) << "a broken registry is no registry to trust";
}

TEST_F(ModelFiles, TheListOfTheStoreIsEnforcedForExternalDataToo) {
  fs::create_directories(folder_ / "tiny");
  const std::string bytes = with_external({{"location", "w.bin"}}),
                    path = write("tiny/a.onnx", bytes);
  write("tiny/w.bin", std::string(16, '\0'));
  const auto list = [&](const std::string& hash, const std::string& data_hash) {
    write("registry.json",
          fmt::format(
              R"({{"files": [{{"file": "tiny/a.onnx", "sha256": "{}"}}, {{"file": "tiny/w.bin",
                "sha256": "{}"}}]}})",
              hash, data_hash));
  };
  const std::string right = sha256_hex(bytes), data = sha256_hex(std::string(16, '\0')),
                    wrong(64, '0');
  list(right, data);
  EXPECT_EQ(open(path).code, 0);
  list(right, wrong);
  EXPECT_EQ(open(path).code, EKEYREJECTED);
  EXPECT_NE(open(path).message.find("w.bin"), std::string::npos) << open(path).message;
  list(wrong, data);
  EXPECT_EQ(open(path).code, EKEYREJECTED);
  write("registry.json", "{");
  EXPECT_EQ(open(path).code, EBADMSG) << "a broken list is no list to trust";
}

TEST(Registry, QuantisedVariantsHaveTheirOwnHash) {
  const std::string a(64, 'a'), b(64, 'b');
  const auto registry = Registry::parse(fmt::format(
      R"({{"models": [{{"id": "m", "onnx": "m.onnx", "sha256": "{}", "int8_sha256": "{}"}}]}})", a,
      b));
  ASSERT_TRUE(registry);
  const RegistryEntry* entry = registry->find_file("m.int8.onnx");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(Registry::hash_of(*entry, "m.int8.onnx"), b);
  EXPECT_EQ(Registry::hash_of(*entry, "m.onnx"), a);
  EXPECT_EQ(registry->find_file("n.onnx"), nullptr);
  for (const char* bad : {"[]", "{}", R"({"models": [3]})", R"({"models": [{"id": "m"}]})",
                          R"({"models": [{"id": "m", "onnx": "m", "sha256": "zz"}]})"})
    EXPECT_EQ(Registry::parse(bad).error().code, EBADMSG) << bad;
  for (const char* limit : {"0", "-1", "1.5", "2147483648", "\"1\"", "true"}) {
    const auto bad = Registry::parse(fmt::format(
        R"({{"models": [{{"id": "m", "onnx": "m.onnx", "sha256": "{}", "max_bytes": {}}}]}})", a,
        limit));
    ASSERT_FALSE(bad) << limit;
    EXPECT_NE(bad.error().message.find("max_bytes of m"), std::string::npos) << limit;
  }
  EXPECT_EQ(Registry::parse(std::string((1 << 20) + 1, ' ')).error().code, EBADMSG);
}

TEST(Sha256, OfTheStandard) {  // FIPS 180-4, "abc"
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#ifdef VISQ_HAVE_ONNXRUNTIME

std::shared_ptr<const Session> session_of(const std::string& bytes) {
  ModelFile file;
  file.path = "test";
  file.bytes = bytes;
  auto session = Session::open(std::move(file), {Device::cpu, 0, 1});
  EXPECT_TRUE(session) << session.error().message;
  return session ? *session : nullptr;
}

LoadedModel loaded(std::shared_ptr<const Session> session) {
  return {std::move(session), "model", "", false, false, std::nullopt};
}

TEST(Session, RunsAndDescribesItself) {
  const auto session = session_of(relu());
  EXPECT_EQ(session->provider(), "CPU");
  EXPECT_EQ(session->inputs()[0].shape, (std::vector<std::int64_t>{1, 1, -1, -1}));
  const float values[] = {-1, 2, -3, 4};
  const InputTensor input{"x", values, {1, 1, 2, 2}};
  const auto outputs = session->run({&input, 1}, {});
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)[0].data, (std::vector<float>{0, 2, 0, 4}));
}

TEST(Session, ARunThatNobodyWantsAnyMoreEnds) {
  const auto session = session_of(relu());
  const float values[] = {1, 2, 3, 4};
  const InputTensor input{"x", values, {1, 1, 2, 2}};
  std::stop_source stop;
  EXPECT_TRUE(session->run({&input, 1}, {}, stop.get_token()));
  stop.request_stop();
  const auto given_up = session->run({&input, 1}, {}, stop.get_token());
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code, ECANCELED);
  EXPECT_TRUE(session->run({&input, 1}, {})) << "others who use the session are not concerned";
}

TEST_F(ModelFiles, ExternalDataRunsFromMemory) {
  const float weights[] = {1, 2, 3, 4};
  write("w.bin", std::string(reinterpret_cast<const char*>(weights), sizeof weights));
  auto file = open_model_file(
      write("a.onnx", with_external({{"location", "w.bin"}, {"length", "16"}})), {});
  ASSERT_TRUE(file);
  fs::remove(folder_ / "w.bin");
  fs::remove(folder_ / "a.onnx");
  const auto session = Session::open(*std::move(file), {Device::cpu, 0, 1});
  ASSERT_TRUE(session) << session.error().message;
  const float values[] = {10, 20, 30, 40};
  const InputTensor input{"x", values, {4}};
  EXPECT_EQ((*(*session)->run({&input, 1}, {}))[0].data, (std::vector<float>{11, 22, 33, 44}));
}

TEST(Session, AnAbsentDeviceIsAnErrorThatNamesIt) {
  ModelFile file;
  file.bytes = relu();
  const auto session = Session::open(std::move(file), {Device::openvino_npu, 0, 1});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, ENODEV);
  EXPECT_NE(session.error().message.find("OpenVINO:NPU"), std::string::npos);
}

TEST(Devices, TheProcessorIsAlwaysThereAndAbsentOnesSayWhy) {
  const auto states = device_states();
  ASSERT_EQ(states.size(), device_names().size());
  for (const DeviceState& state : states) {
    EXPECT_NE(state.provider.empty(), state.problem.empty()) << state.name;
    if (state.device == Device::cpu || state.device == Device::automatic) {
      EXPECT_EQ(state.problem, "");
    }
    if (state.device == Device::coreml && !state.problem.empty()) {
      EXPECT_NE(state.problem.find("CoreML"), std::string::npos) << state.problem;
    }
  }
}

TEST(Session, TheRuntimesReasonComesBack) {
  ModelFile file;
  file.path = "bad";
  file.bytes = model(graph({{node("Relu", {"absent"}, {"y"})}, {}, {}, {float_tensor("y", {1})}}));
  const auto session = Session::open(std::move(file), {Device::cpu, 0, 1});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, EIO);
}

TEST(PlaneFilter, ScalesRoundsAndClamps) {
  const auto identity = session_of(unary_model("Identity", {1, 1, -1, -1}));
  std::vector<std::uint16_t> in{0, 1, 511, 1023, 7, 9}, out(6);
  ASSERT_TRUE((filter_plane<std::uint16_t>(loaded(identity), {in.data(), 3, 3, 2}, 10,
                                           {out.data(), 3, 3, 2})));
  EXPECT_EQ(out, in);
  const auto negative = session_of(unary_model("Neg", {1, 1, -1, -1}));
  std::vector<std::uint8_t> in8{0, 100, 255}, out8{9, 9, 9};
  ASSERT_TRUE((filter_plane<std::uint8_t>(loaded(negative), {in8.data(), 3, 3, 1}, 8,
                                          {out8.data(), 3, 3, 1})));
  EXPECT_EQ(out8, (std::vector<std::uint8_t>{0, 0, 0}));
}

TEST(PlaneFilter, RefusesOtherModelsAndSizes) {
  std::vector<std::uint8_t> plane(16);
  const auto error = [&](const std::shared_ptr<const Session>& session) {
    return filter_plane<std::uint8_t>(loaded(session), {plane.data(), 4, 4, 4}, 8,
                                      {plane.data(), 4, 4, 4})
        .error()
        .code;
  };
  EXPECT_EQ(error(session_of(unary_model("Relu", {1, 3, -1, -1}))), ENOTSUP);
  EXPECT_EQ(error(session_of(unary_model("Relu", {-1, -1}))), ENOTSUP);
  EXPECT_EQ(error(session_of(unary_model("Relu", {1, 1, 8, 8}))), ERANGE);
}

TEST(SharedModels, OpenOrSayWhyNot) {
  VISQ_NEED_SHARED();
  const fs::path folder = *shared_folder() / "models/tiny";
  for (const char* name : {"lpips_sq.onnx", "vmaf_tiny_v1.onnx", "vmaf_tiny_v3.int8.onnx",
                           "nr_metric_v1.int8.onnx", "fr_regressor_v2.onnx"}) {
    auto file = open_model_file((folder / name).string(), {});
    ASSERT_TRUE(file) << name << ": " << file.error().message;
    const auto session = Session::open(*std::move(file), {Device::cpu, 0, 1});
    EXPECT_TRUE(session) << name << ": " << session.error().message;
  }
  const auto missing = open_model_file((folder / "vmaf_tiny_v1_medium.onnx").string(), {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("external data"), std::string::npos)
      << missing.error().message;
  EXPECT_TRUE(open_model_file((folder / "mobilesal.onnx").string(), {})->smoke);
}

#else

TEST(Session, OfABuildWithoutARuntimeSaysSo) {
  EXPECT_FALSE(Session::available());
  EXPECT_EQ(Session::open({}, {}).error().code, ENOSYS);
}

#endif

}  // namespace
}  // namespace visq
