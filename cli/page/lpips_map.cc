#include "cli/page/lpips_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stop_token>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/interrupt.h"
#include "cli/page/provenance.h"
#include "job/roles.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

constexpr std::array<std::array<float, 3>, 5> kCividis{
    {{0, 32, 77}, {65, 77, 107}, {124, 123, 120}, {188, 175, 111}, {255, 234, 70}}};

bool has_maps(const job::FeatureSpec& feature) {
  const auto spatial = feature.options.find("spatial");
  return spatial != feature.options.end() && spatial->second == "true" &&
         !job::options_with_role(feature.name, "map_folder").empty();
}

// The metric alone, as the job has it, in the calling thread: a map is there when its pictures were
// read. The network has the threads.
job::Job job_for(const Settings& settings) {
  const job::Job& job = settings.job;
  job::FeatureSpec drawn{settings.map_of, {}};
  for (const job::FeatureSpec& feature : job.features)
    if (settings.map_of.empty() ? has_maps(feature) : feature.name == settings.map_of)
      drawn = feature;
  for (const char* other : {"engine", "precision", "spatial"}) drawn.options.erase(other);
  for (const job::MapFolder& folder : job::map_folders_of(drawn))
    drawn.options.erase(folder.option);
  job::Job alone;
  alone.reference = "reference";
  alone.distorted = {"distorted"};
  alone.threads = 1;
  alone.tiny = job.tiny;
  alone.tiny.models.clear();
  alone.tiny.codec.clear();
  if (alone.tiny.threads == 0) alone.tiny.threads = static_cast<int>(job.thread_count());
  alone.features = {drawn};
  return alone;
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
  return !settings.map_of.empty() ||
         std::any_of(settings.job.features.begin(), settings.job.features.end(), has_maps);
}

void LpipsMaps::take(void* user, const VmafMap* map) {
  const std::size_t size = std::size_t{map->width} * map->height;
  *static_cast<DistanceMap*>(user) = {map->width, map->height, {map->values, map->values + size}};
}

Result<std::unique_ptr<LpipsMaps>> LpipsMaps::open(const Settings& settings) {
  const job::Job job = job_for(settings);
  auto last = std::make_unique<DistanceMap>();
  const job::MapReceiver receiver{job.features.front().name, take, last.get()};
  VISQ_ASSIGN(job::Session session, job::Session::open(job, 0, {}, &receiver));
  return std::unique_ptr<LpipsMaps>(new LpipsMaps(std::move(last), std::move(session)));
}

Result<DistanceMap> LpipsMaps::of(VmafPicture& reference, VmafPicture& distorted,
                                  unsigned max_width) {
  VmafContext* const context = session_.context();
  const std::stop_callback cancel(interruption(), [context] { vmaf_cancel(context); });
  VmafPicture a{}, b{};
  vmaf_picture_ref(&a, &reference);
  vmaf_picture_ref(&b, &distorted);
  *last_ = {};
  if (const int code = vmaf_read_pictures(context, &a, &b, made_++); code != 0)
    return fail(-code, vmaf_last_error());
  if (last_->values.empty()) {
    const int code = vmaf_read_pictures(context, nullptr, nullptr, 0);  // says what went wrong
    return fail(code == 0 ? EIO : -code, vmaf_last_error());
  }
  for (float& value : last_->values)
    value *= static_cast<float>(last_->values.size());  // they sum to the distance
  return smaller(*last_, max_width);
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
