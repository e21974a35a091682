// The options that SpEED of chroma and of motion have in common.
#pragma once

#include <algorithm>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/speed/speed.h"

namespace visq {

inline constexpr std::string_view kSpeedScalers[] = {"nearest", "bilinear", "bicubic", "lanczos4"};

constexpr OptionInfo speed_real(std::string_view name, std::string_view alias,
                                std::string_view help, double value, double min, double max) {
  return {.name = name,
          .alias = alias,
          .help = help,
          .type = OptionType::real,
          .value = value,
          .min = min,
          .max = max,
          .in_name = true};
}

inline constexpr OptionInfo kSpeedKernelScale =
    speed_real("speed_kernelscale", "ks", "size of the blur; one of a list", 1, 0.1, 4);
inline constexpr OptionInfo kSpeedPrescale =
    speed_real("speed_prescale", "ps", "factor by which planes are scaled first", 1, 0.1, 4);
inline constexpr OptionInfo kSpeedPrescaleMethod{.name = "speed_prescale_method",
                                                 .alias = "psm",
                                                 .help = "how they are scaled",
                                                 .type = OptionType::text,
                                                 .text = "nearest",
                                                 .in_name = true,
                                                 .choices = kSpeedScalers};
inline constexpr OptionInfo kSpeedNoise =
    speed_real("speed_sigma_nn", "snn", "noise of the eye, in 8-bit code values", 0.29, 0.1, 2);
inline constexpr OptionInfo kSpeedNoiseFloor = speed_real(
    "speed_nn_floor", "nnf", "blocks less than this share above that noise do not count", 0, 0, 1);

// What the options say; `mode` is that of the weights. -EINVAL.
inline Result<speed::Rule> speed_rule(const Options& o, int mode) {
  const double kernel = o.real("speed_kernelscale");
  if (!speed::is_kernel_scale(kernel))
    return fail(EINVAL, fmt::format("speed_kernelscale must be one of the scales that libvmaf "
                                    "knows (1, 0.5, 1.5, 2, ...), not {:g}",
                                    kernel));
  const auto scaler =
      static_cast<speed::Scaler>(std::find(std::begin(kSpeedScalers), std::end(kSpeedScalers),
                                           o.text("speed_prescale_method")) -
                                 std::begin(kSpeedScalers));
  return speed::Rule{speed::reduction_for(kernel, o.real("speed_prescale"), scaler),
                     {static_cast<float>(o.real("speed_sigma_nn")),
                      static_cast<float>(o.real("speed_nn_floor")), mode}};
}

}  // namespace visq
