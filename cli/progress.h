// One line on a terminal that says how far the scoring is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace visq::cli {

class Progress {
 public:
  // Silent when standard error is no terminal, or when asked to be.
  Progress(bool quiet, std::optional<std::uint64_t> frames);
  void show(std::uint64_t done);
  void clear();
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  bool visible_;
  std::optional<std::uint64_t> frames_;
  Clock::time_point start_ = Clock::now(), next_ = start_;
};

}  // namespace visq::cli
