#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "cli/gpus.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

// The command in a folder with two clips.
class Inventory : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / fmt::format("visq_inventory_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    for (const char* name : {"a.y4m", "b.y4m"}) write(name, fmt::format("YUV4MPEG2 W32 H24 F25:1 C420\nFRAME\n{}", std::string(32 * 24 * 3 / 2, *name)));
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  nlohmann::json report(const std::string& name) const { return nlohmann::json::parse(read(name)); }

  struct Outcome {
    int code;
    std::string out, err;
  };
  Outcome run(const std::string& arguments, const std::string& environment = "") const {
    const int status = std::system(fmt::format("cd {} && {} {} {} >out 2>err </dev/null", folder_.string(), environment, VISQ_VMAF, arguments).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }

  fs::path folder_;
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
  for (const auto& device : json["devices"]) EXPECT_NE(device["problem"].get<std::string>().find("DNN disabled"), std::string::npos);
#endif
}

TEST_F(Inventory, TheReportSaysWhatItWasMadeWith) {
  ASSERT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q -o s.json").code, 0);
  auto machine = nlohmann::json::parse(run("--list-devices --json").out);
  for (const char* key : {"devices", "gpus", "cpu_targets"}) machine.erase(key);
  EXPECT_EQ(report("s.json")["environment"], machine);
  ASSERT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q -o s.json --cpumask -1").code, 0);
  const auto targets = nlohmann::json::parse(run("--list-devices --json").out)["cpu_targets"];
  EXPECT_EQ(report("s.json")["environment"]["cpu_target"], targets.back()) << "the one that it ran on";
}

TEST(Gpus, AreNamedAsTheSystemShowsThem) {
  const fs::path root = fs::path(testing::TempDir()) / "visq_gpus";
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
  EXPECT_EQ(list_gpus(root.string()), (std::vector<std::string>{"NVIDIA H200", "AMD, device 0x744c"}));
  fs::remove_all(root);
}

}  // namespace
}  // namespace visq::cli
