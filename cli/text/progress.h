// How far the command is: a line on a terminal, or JSON for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "cli/args/settings.h"

namespace visq::cli {

enum class ProgressStyle { none, line, json };

// What is done with the frames that are counted: --sync looks for the beginnings, the report's
// pictures are drawn.
enum class Phase { sync, scoring, report };

class Progress {
 public:
  // `frames` of all clips together, when they are known.
  Progress(ProgressStyle style, Phase phase, std::optional<std::uint64_t> frames)
      : style_(style), phase_(phase), frames_(frames) {}
  void show(std::uint64_t done);
  void close(std::uint64_t done) const;  // takes the line away; programs hear of the last frame
  void finish(std::uint64_t done,
              bool partial) const;  // the same of scoring: programs hear that it is over
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  void print(std::uint64_t done) const;
  std::optional<double> seconds_left(std::uint64_t done) const;

  ProgressStyle style_;
  Phase phase_;
  std::optional<std::uint64_t> frames_;
  Clock::time_point start_ = Clock::now(), next_ = start_;
};

// A line where standard error is a terminal.
ProgressStyle progress_style(const Settings& settings);

}  // namespace visq::cli
