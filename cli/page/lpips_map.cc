#include "cli/page/lpips_map.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numeric>
#include <stop_token>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/interrupt.h"
#include "cli/page/provenance.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::array<float, 3>, 5> kCividis{
    {{0, 32, 77}, {65, 77, 107}, {124, 123, 120}, {188, 175, 111}, {255, 234, 70}}};

bool is_map_of_lpips(const job::FeatureSpec& feature) {
  const auto spatial = feature.options.find("spatial");
  return feature.name == "lpips" && spatial != feature.options.end() && spatial->second == "true";
}

// The metric alone, in the calling thread: a map is there when its pictures were read. The network
// has the threads.
job::Job job_for(const job::Job& job, const fs::path& folder) {
  job::Job alone;
  alone.reference = "reference";
  alone.distorted = {"distorted"};
  alone.threads = 1;
  alone.tiny = job.tiny;
  alone.tiny.models.clear();
  alone.tiny.codec.clear();
  if (alone.tiny.threads == 0) alone.tiny.threads = static_cast<int>(job.thread_count());
  job::FeatureSpec lpips{"lpips", {}};
  for (const job::FeatureSpec& feature : job.features)
    if (feature.name == "lpips") lpips = feature;
  for (const char* other : {"engine", "precision"}) lpips.options.erase(other);
  lpips.options["spatial"] = "true";
  lpips.options["map_path"] = folder.string();
  alone.features = {lpips};
  return alone;
}

Result<fs::path> temporary_folder() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "visq_maps_XXXXXX").string();
  if (error || mkdtemp(name.data()) == nullptr)
    return fail(
        errno,
        fmt::format("cannot make a folder for LPIPS maps, {}: {}", name, std::strerror(errno)),
        ErrorKind::output);
  return fs::path(name);
}

// Of `whole` pixels those that part `i` of `parts` has.
std::pair<std::size_t, std::size_t> part(std::size_t i, std::size_t parts, std::size_t whole) {
  return {i * whole / parts, (i + 1) * whole / parts};
}

}  // namespace

double DistanceMap::mean() const {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

bool LpipsMaps::are_wanted(const Settings& settings) {
  return settings.lpips_map ||
         std::any_of(settings.job.features.begin(), settings.job.features.end(), is_map_of_lpips);
}

Result<std::unique_ptr<LpipsMaps>> LpipsMaps::open(const Settings& settings) {
  VISQ_ASSIGN(fs::path folder, temporary_folder());
  auto session = job::Session::open(job_for(settings.job, folder), 0);
  if (session)
    return std::unique_ptr<LpipsMaps>(new LpipsMaps(std::move(folder), *std::move(session)));
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return tl::unexpected(session.error());
}

LpipsMaps::~LpipsMaps() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<DistanceMap> LpipsMaps::of(VmafPicture& reference, VmafPicture& distorted,
                                  unsigned max_width) {
  VmafContext* const context = session_.context();
  const std::stop_callback cancel(interruption(), [context] { vmaf_cancel(context); });
  DistanceMap map{reference.w[0], reference.h[0], {}};
  const fs::path file =
      folder_ / fmt::format("lpips_map_{}x{}_frame_{}.f32", map.width, map.height, made_);
  VmafPicture a{}, b{};
  vmaf_picture_ref(&a, &reference);
  vmaf_picture_ref(&b, &distorted);
  if (vmaf_read_pictures(context, &a, &b, made_++) != 0) return fail(EIO, vmaf_last_error());
  map.values.resize(std::size_t{map.width} * map.height);
  std::ifstream in(file, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(map.values.data()),
               static_cast<std::streamsize>(map.values.size() * sizeof(float)))) {
    vmaf_read_pictures(context, nullptr, nullptr, 0);  // says what went wrong
    return fail(EIO, vmaf_last_error());
  }
  std::error_code ignored;
  for (const char* kind : {".f32", ".png"})
    fs::remove(fs::path(file).replace_extension(kind), ignored);
  for (float& value : map.values)
    value *= static_cast<float>(map.values.size());  // they sum to the distance
  return smaller(map, max_width);
}

nlohmann::ordered_json LpipsMaps::networks() const {
  return made_with(session_.context())["tiny_models"];
}

DistanceMap smaller(const DistanceMap& map, unsigned max_width) {
  if (map.width <= max_width) return map;
  DistanceMap out{max_width,
                  std::max(1u, static_cast<unsigned>(std::lround(static_cast<double>(map.height) *
                                                                 max_width / map.width))),
                  {}};
  for (std::size_t y = 0; y < out.height; ++y)
    for (std::size_t x = 0; x < out.width; ++x) {
      const auto [top, bottom] = part(y, out.height, map.height);
      const auto [left, right] = part(x, out.width, map.width);
      double sum = 0;
      for (std::size_t row = top; row < bottom; ++row)
        for (std::size_t column = left; column < right; ++column)
          sum += static_cast<double>(map.values[row * map.width + column]);
      out.values.push_back(
          static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left))));
    }
  return out;
}

io::RgbImage drawn(const DistanceMap& map, float most) {
  io::RgbImage image{map.width, map.height, {}};
  for (const float value : map.values) {
    const float place = most > 0 ? std::clamp(value / most, 0.0f, 1.0f) * (kCividis.size() - 1) : 0;
    const std::size_t below = std::min(static_cast<std::size_t>(place), kCividis.size() - 2);
    const float share = place - static_cast<float>(below);
    for (std::size_t c = 0; c < 3; ++c)
      image.samples.push_back(static_cast<unsigned char>(
          std::lround(kCividis[below][c] * (1 - share) + kCividis[below + 1][c] * share)));
  }
  return image;
}

}  // namespace visq::cli
