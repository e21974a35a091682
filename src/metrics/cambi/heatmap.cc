#include "metrics/cambi/heatmap.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "metrics/map_files.h"

namespace visq::cambi {

Heatmaps::~Heatmaps() {
  for (const int file : files_)
    if (file >= 0) close(file);
}

std::string Heatmaps::gray_path(std::size_t scale, const HeatmapSize& size) const {
  return fmt::format("{}/cambi_heatmap_scale_{}_{}x{}_16b.gray", folder_, scale, size.width,
                     size.height);
}

Status Heatmaps::open(const std::array<HeatmapSize, kScales>& sizes) {
  if (format_ == HeatmapFormat::png) return {};
  for (std::size_t scale = 0; scale < kScales; ++scale) {
    VISQ_ASSIGN(files_[scale], create_map(gray_path(scale, sizes[scale])));
  }
  return {};
}

std::vector<std::uint16_t> Heatmaps::samples_of(PlaneView<const float> contrasts) const {
  std::vector<std::uint16_t> samples;
  samples.reserve(static_cast<std::size_t>(contrasts.width) *
                  static_cast<std::size_t>(contrasts.height));
  const double factor = 65535 / largest_;
  for (int y = 0; y < contrasts.height; ++y)
    for (int x = 0; x < contrasts.width; ++x)
      samples.push_back(static_cast<std::uint16_t>(
          std::min(factor * static_cast<double>(contrasts.row(y)[x]), 65535.0)));
  return samples;
}

Status Heatmaps::write(std::size_t scale, unsigned frame, PlaneView<const float> contrasts) const {
  const std::vector<std::uint16_t> samples = samples_of(contrasts);
  if (format_ == HeatmapFormat::gray) {
    const std::string_view bytes(reinterpret_cast<const char*>(samples.data()),
                                 samples.size() * sizeof(std::uint16_t));
    return write_map_at(files_[scale], bytes, static_cast<off_t>(bytes.size()) * frame,
                        gray_path(scale, {contrasts.width, contrasts.height}));
  }
  const std::string path = fmt::format("{}/cambi_heatmap_scale_{}_{}x{}_frame_{}.png", folder_,
                                       scale, contrasts.width, contrasts.height, frame);
  return write_map(path, png_of(samples, contrasts.width, contrasts.height));
}

}  // namespace visq::cambi
