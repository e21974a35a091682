#include "cli/text/gpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> list;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) list.push_back(entry.path());
  std::sort(list.begin(), list.end());
  return list;
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.substr(0, 100);
}

// "Model: \t NVIDIA H200"
std::string nvidia_name(const fs::path& information) {
  constexpr std::string_view kKey = "Model:";
  std::ifstream file(information);
  for (std::string line; std::getline(file, line);)
    if (line.rfind(kKey, 0) == 0)
      return line.substr(std::min(line.size(), line.find_first_not_of(" \t", kKey.size())), 100);
  return "an NVIDIA GPU without a name";
}

std::string maker(const std::string& vendor) {
  if (vendor == "0x1002") return "AMD";
  if (vendor == "0x8086") return "Intel";
  return "vendor " + vendor;
}

bool is_card(const std::string& name) {
  return name.size() > 4 && name.rfind("card", 0) == 0 &&
         name.find_first_not_of("0123456789", 4) == std::string::npos;
}

}  // namespace

std::vector<std::string> list_gpus(const std::string& root) {
  std::vector<std::string> names;
  for (const fs::path& gpu : entries(fs::path(root) / "proc/driver/nvidia/gpus"))
    names.push_back(nvidia_name(gpu / "information"));
  const bool driver_names_nvidias = !names.empty();
  for (const fs::path& card : entries(fs::path(root) / "sys/class/drm")) {
    const std::string vendor = first_line(card / "device/vendor");
    if (!is_card(card.filename().string()) || vendor.empty()) continue;
    if (vendor == "0x10de" && driver_names_nvidias) continue;
    names.push_back(fmt::format("{}, device {}", vendor == "0x10de" ? "NVIDIA" : maker(vendor),
                                first_line(card / "device/device")));
  }
  return names;
}

}  // namespace visq::cli
