// How whoever runs a job follows it, and ends it early.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

namespace visq::job {

struct Control {
  std::stop_token stop;
  // The number of frames there will be, of all clips together, where it is known.
  std::function<void(std::optional<std::uint64_t> frames)> begin = [](auto) {};
  std::function<void(std::uint64_t done)> progress = [](auto) {};
};

}  // namespace visq::job
