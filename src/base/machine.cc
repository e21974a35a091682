#include "base/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace visq {
namespace {

// The files of that name that limit the process: in its own control group, and in all above it.
// /proc/self/cgroup has lines NUMBER:CONTROLLERS:PATH; of version 2 the controllers are empty. What
// a container sees of its group may be the top alone.
std::vector<std::string> files_of_groups(const std::string& root, std::string_view controller,
                                         const std::string& name_1, const std::string& name_2) {
  std::vector<std::string> files;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() &&
        fmt::format(",{},", controllers).find(fmt::format(",{},", controller)) == std::string::npos)
      continue;
    const std::string top = fmt::format("{}/sys/fs/cgroup{}{}", root,
                                        controllers.empty() ? "" : "/", controllers),
                      file = "/" + (controllers.empty() ? name_2 : name_1);
    std::string path = line.substr(second + 1);
    for (; !path.empty() && path != "/"; path.resize(path.rfind('/')))
      files.push_back(fmt::format("{}{}{}", top, path, file));
    files.push_back(top + file);
  }
  return files;
}

std::optional<double> number_in(const std::string& file) {
  double value = 0;
  std::ifstream stream(file);
  return stream >> value ? std::optional(value) : std::nullopt;
}

// Of version 1 the period has a file of its own.
double cpus_in(const std::string& file) {
  double quota = 0, period = 0;
  std::ifstream stream(file);
  if (!(stream >> quota)) return 0;  // "max", or there is no such file
  if (!(stream >> period))
    period = number_in(file.substr(0, file.rfind('/')) + "/cpu.cfs_period_us").value_or(0);
  return quota > 0 && period > 0 ? quota / period : 0;
}

void take_less(double& least, double value) {
  if (value > 0 && (least == 0 || value < least)) least = value;
}

unsigned cpus_of_affinity() {
  for (int cpus = 1024; cpus <= (1 << 20); cpus *= 2) {
    cpu_set_t* const set = CPU_ALLOC(cpus);
    if (set == nullptr) break;
    const std::size_t size = CPU_ALLOC_SIZE(cpus);
    const int count =
        sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;  // too small: EINVAL
    CPU_FREE(set);
    if (count > 0) return static_cast<unsigned>(count);
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

std::uint64_t pages(long count) {
  return static_cast<std::uint64_t>(std::max(0L, count)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

double cpus_of_groups(const std::string& root) {
  double least = 0;
  for (const std::string& file : files_of_groups(root, "cpu", "cpu.cfs_quota_us", "cpu.max"))
    take_less(least, cpus_in(file));
  return least;
}

std::uint64_t memory_of_groups(const std::string& root) {
  constexpr double kUnlimited = 1e18;  // version 1 says almost 2^63
  double least = 0;
  for (const std::string& file :
       files_of_groups(root, "memory", "memory.limit_in_bytes", "memory.max"))
    take_less(least, number_in(file).value_or(0));
  return least < kUnlimited ? static_cast<std::uint64_t>(least) : 0;
}

unsigned usable_cpus() {
  const unsigned cpus = cpus_of_affinity();
  const double lent = cpus_of_groups("");
  return lent == 0 ? cpus : std::clamp(static_cast<unsigned>(std::ceil(lent)), 1u, cpus);
}

std::uint64_t usable_memory() {
  const std::uint64_t all = pages(sysconf(_SC_PHYS_PAGES)), lent = memory_of_groups("");
  return lent == 0 ? all : std::min(lent, all);
}

bool shows_accelerator(const std::string& root) {
  // NVIDIA's, those of Windows beneath WSL, AMD's, any graphics processor, neural processors.
  static constexpr const char* kNodes[] = {"nvidiactl", "dxg", "kfd", "dri", "accel"};
  return std::any_of(std::begin(kNodes), std::end(kNodes), [&](const char* node) {
    std::error_code error;
    return std::filesystem::exists(root + "/dev/" + node, error);
  });
}

bool shows_accelerator() { return shows_accelerator(""); }

std::uint64_t resident_memory() {
  long size = 0, resident = 0;
  std::ifstream file("/proc/self/statm");
  return file >> size >> resident ? pages(resident) : 0;
}

}  // namespace visq
