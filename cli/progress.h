// How far the scoring is: a line on a terminal, or JSON for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace visq::cli {

enum class ProgressStyle { none, line, json };

class Progress {
 public:
  // `frames` of all clips together, when they are known.
  Progress(ProgressStyle style, std::optional<std::uint64_t> frames) : style_(style), frames_(frames) {}
  void show(std::uint64_t done);
  void finish(std::uint64_t done, bool partial);  // takes the line away, or says that it is the end
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  void print(std::uint64_t done) const;
  std::optional<double> seconds_left(std::uint64_t done) const;

  ProgressStyle style_;
  std::optional<std::uint64_t> frames_;
  Clock::time_point start_ = Clock::now(), next_ = start_;
};

// A line where standard error is a terminal.
ProgressStyle progress_style(bool quiet, bool json);

}  // namespace visq::cli
