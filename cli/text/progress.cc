#include "cli/text/progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace visq::cli {
namespace {

void put(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

const char* name_of(Phase phase) {
  return phase == Phase::sync ? "sync" : phase == Phase::report ? "report" : "scoring";
}

void take_line_away() { put(fmt::format("\r{:<60}\r", "")); }

}  // namespace

ProgressStyle progress_style(const Settings& settings) {
  if (settings.progress_json) return ProgressStyle::json;
  return !settings.quiet && isatty(STDERR_FILENO) == 1 ? ProgressStyle::line : ProgressStyle::none;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

std::optional<double> Progress::seconds_left(std::uint64_t done) const {
  if (!frames_ || done == 0 || done > *frames_) return std::nullopt;
  return static_cast<double>(*frames_ - done) * seconds() / static_cast<double>(done);
}

void Progress::print(std::uint64_t done) const {
  const double rate = static_cast<double>(done) / std::max(seconds(), 1e-9);
  const auto left = seconds_left(done);
  if (style_ == ProgressStyle::json) {
    put(
        fmt::format("{{\"event\":\"progress\",\"phase\":\"{}\",\"frames\":{},\"total\":{},\"fps\":{"
                    ":.2f},\"seconds_left\":{}}}\n",
                    name_of(phase_), done, frames_ ? fmt::format("{}", *frames_) : "null", rate,
                    left ? fmt::format("{:.1f}", *left) : "null"));
    return;
  }
  std::string line = phase_ == Phase::scoring ? "" : fmt::format("{}: ", name_of(phase_));
  line += frames_ ? fmt::format("{}/{} frames", done, *frames_) : fmt::format("{} frames", done);
  line += fmt::format("  {:.1f} fps", rate);
  if (left)
    line += fmt::format("  {}:{:02} left", static_cast<long>(*left) / 60,
                        static_cast<long>(*left) % 60);
  put(fmt::format("\r{:<60}", line));
}

void Progress::show(std::uint64_t done) {
  if (style_ == ProgressStyle::none || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(200);
  print(done);
}

void Progress::close(std::uint64_t done) const {
  if (style_ == ProgressStyle::line) take_line_away();
  if (style_ == ProgressStyle::json) print(done);
}

void Progress::finish(std::uint64_t done, bool partial) const {
  if (style_ == ProgressStyle::line) take_line_away();
  if (style_ == ProgressStyle::json)
    put(fmt::format("{{\"event\":\"done\",\"frames\":{},\"seconds\":{:.3f},\"partial\":{}}}\n",
                    done, seconds(), partial));
}

}  // namespace visq::cli
