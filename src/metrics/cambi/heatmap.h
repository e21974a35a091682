// Maps of contrast, one for each scale, as files.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/plane.h"
#include "base/result.h"

namespace visq::cambi {

inline constexpr std::size_t kScales = 5;

enum class HeatmapFormat { gray, png };

struct HeatmapSize {
  int width = 0, height = 0;
};

// Writes contrast as 16-bit gray into a folder, which is there: `gray` one file a scale,
// cambi_heatmap_scale_S_WxH_16b.gray, with all frames after one another, samples in the machine's
// byte order; `png` one file a frame and scale, cambi_heatmap_scale_S_WxH_frame_N.png. Threads may
// write different frames at once. Errors name the file.
class Heatmaps {
 public:
  Heatmaps(std::string folder, HeatmapFormat format, double largest)
      : folder_(std::move(folder)), format_(format), largest_(largest) {}
  ~Heatmaps();
  Heatmaps(const Heatmaps&) = delete;
  Heatmaps& operator=(const Heatmaps&) = delete;

  Status open(const std::array<HeatmapSize, kScales>& sizes);
  Status write(std::size_t scale, unsigned frame, PlaneView<const float> contrasts) const;

 private:
  std::string gray_path(std::size_t scale, const HeatmapSize& size) const;
  std::vector<std::uint16_t> samples_of(PlaneView<const float> contrasts) const;

  std::string folder_;
  HeatmapFormat format_;
  double largest_;  // the contrast that is white
  std::array<int, kScales> files_{-1, -1, -1, -1, -1};
};

}  // namespace visq::cambi
