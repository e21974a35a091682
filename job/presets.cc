#include "job/presets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace visq::job {
namespace {

constexpr std::array<std::string_view, 7> kAomVersions{"v1.0", "v2.0", "v3.0", "v4.0",
                                                       "v5.0", "v6.0", "v7.0"};

}  // namespace

std::vector<std::string_view> aom_versions() { return {kAomVersions.begin(), kAomVersions.end()}; }

Result<Preset> aom_ctc(const std::string& version) {
  const auto known = std::find(kAomVersions.begin(), kAomVersions.end(), version);
  if (known == kAomVersions.end())
    return fail(EINVAL, fmt::format("there is no version \"{}\"; there are {}", version,
                                    fmt::join(kAomVersions, ", ")));
  const auto number = known - kAomVersions.begin() + 1;
  Preset preset{{"version=vmaf_v0.6.1:name=vmaf", "version=vmaf_v0.6.1neg:name=vmaf_neg"},
                {"psnr=reduced_hbd_peak=true:enable_apsnr=true:min_sse=0.5", "ciede",
                 number < 7 ? "float_ssim=enable_db=true:clip_db=true"
                            : "float_ssim=scale=1:enable_db=true:clip_db=true",
                 "float_ms_ssim=enable_db=true:clip_db=true", "psnr_hvs"},
                number >= 6};
  if (number >= 3) preset.features.push_back("cambi");
  return preset;
}

Result<Preset> nflx_ctc(const std::string& version) {
  if (version != "v1.0")
    return fail(EINVAL, fmt::format("there is no version \"{}\"; there is v1.0", version));
  return Preset{{"version=vmaf_4k_v0.6.1:name=vmaf", "version=vmaf_4k_v0.6.1neg:name=vmaf_neg"},
                {"psnr=enable_chroma=true:enable_apsnr=true",
                 "float_ssim=enable_db=true:clip_db=true", "cambi"},
                false};
}

}  // namespace visq::job
