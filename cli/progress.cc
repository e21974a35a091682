#include "cli/progress.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace visq::cli {

Progress::Progress(bool quiet, std::optional<std::uint64_t> frames) : visible_(!quiet && isatty(STDERR_FILENO) == 1), frames_(frames) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::show(std::uint64_t done) {
  if (!visible_ || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(200);
  const double rate = done / std::max(seconds(), 1e-9);
  std::string line = frames_ ? fmt::format("{}/{} frames", done, *frames_) : fmt::format("{} frames", done);
  line += fmt::format("  {:.1f} fps", rate);
  if (frames_ && done > 0 && done <= *frames_) {
    const auto left = static_cast<long>((*frames_ - done) / rate);
    line += fmt::format("  {}:{:02} left", left / 60, left % 60);
  }
  fmt::print(stderr, "\r{:<60}", line);
  std::fflush(stderr);
}

void Progress::clear() {
  if (visible_) fmt::print(stderr, "\r{:<60}\r", "");
}

}  // namespace visq::cli
