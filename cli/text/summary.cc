#include "cli/text/summary.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/shown.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

struct Row {
  std::string metric;
  VmafPooledScore score;
};

std::vector<Row> rows_of(const job::Clip& clip) {
  std::vector<Row> rows;
  vmaf_for_each_pooled(
      clip.session.context(),
      [](void* user, const VmafPooledScore* s) {
        static_cast<std::vector<Row>*>(user)->push_back({shown(s->name), *s});
      },
      &rows);
  return rows;
}

std::string cell(double value) {
  return std::isfinite(value) ? fmt::format("{:.6f}", value) : fmt::format("{}", value);
}

std::string window_text(const VmafPooledScore& s) {
  if (s.window_frames == 0) return "-";
  return fmt::format("{} (from {})", cell(s.window_mean), s.window_first_frame);
}

std::size_t name_width(const std::vector<Row>& rows) {
  std::size_t width = 30;
  for (const Row& row : rows) width = std::max(width, row.metric.size());
  return width;
}

std::string one_clip(const job::Run& run, const job::Clip& clip) {
  const unsigned window = run.job.window;
  const std::vector<Row> rows = rows_of(clip);
  const std::size_t width = name_width(rows);
  std::string text = fmt::format("{:<{}} {:>14} {:>14} {:>14} {:>14}", "metric", width, "mean",
                                 "harmonic mean", "min", "max");
  text += window > 0 ? fmt::format(" {:>24}\n", fmt::format("worst {} frames", window)) : "\n";
  for (const auto& [metric, s] : rows) {
    text += fmt::format("{:<{}} {:>14} {:>14} {:>14} {:>14}", metric, width, cell(s.mean),
                        cell(s.harmonic_mean), cell(s.min), cell(s.max));
    text += window > 0 ? fmt::format(" {:>24}\n", window_text(s)) : "\n";
  }
  return text;
}

std::string bit_rate(const job::Clip& clip) {
  const auto bits = clip.reader->info().bit_rate;
  return bits ? fmt::format("{:.0f}", static_cast<double>(*bits) / 1000) : "-";
}

struct Widths {
  std::size_t metric, clip;
};

std::string table_row(const std::string& metric, const job::Clip& clip, const Widths& widths,
                      const VmafPooledScore& s) {
  return fmt::format("{:<{}} {:<{}} {:>9} {:>12} {:>13} {:>12} {:>12} {:>12} {:>7}", metric,
                     widths.metric, shown(clip.path), widths.clip, bit_rate(clip), cell(s.mean),
                     cell(s.harmonic_mean), cell(s.percentile_1), cell(s.percentile_5), cell(s.min),
                     s.min_frame);
}

// A metric's clips stand below each other: that is what one compares.
std::string many_clips(const job::Run& run) {
  Widths widths{0, 4};
  std::vector<std::vector<Row>> tables;
  for (const job::Clip& clip : run.clips) {
    tables.push_back(rows_of(clip));
    widths = {std::max(widths.metric, name_width(tables.back())),
              std::max(widths.clip, shown(clip.path).size())};
  }
  std::string text = fmt::format("{:<{}} {:<{}} {:>9} {:>12} {:>13} {:>12} {:>12} {:>12} {:>7}",
                                 "metric", widths.metric, "clip", widths.clip, "kbit/s", "mean",
                                 "harmonic mean", "1 %", "5 %", "min", "frame");
  text += run.job.window > 0
              ? fmt::format(" {:>24}\n", fmt::format("worst {} frames", run.job.window))
              : "\n";
  const auto longest =
      std::max_element(tables.begin(), tables.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (const Row& named : *longest)
    for (std::size_t i = 0; i < tables.size(); ++i) {
      const auto row = std::find_if(tables[i].begin(), tables[i].end(),
                                    [&](const Row& r) { return r.metric == named.metric; });
      if (row == tables[i].end()) continue;
      text += table_row(row->metric, run.clips[i], widths, row->score);
      text += run.job.window > 0 ? fmt::format(" {:>24}\n", window_text(row->score)) : "\n";
    }
  return text;
}

std::string reference_text(const job::Run& run) {
  if (run.reference == nullptr)
    return fmt::format("no reference ({})\n", describe(run.clips.front().reader->info()));
  const io::StreamInfo& info = run.reference->info();
  return fmt::format("reference  {} ({}{}{})\n", shown(run.job.reference), describe(info),
                     info.converted_from.empty() ? "" : ", converted from ", info.converted_from);
}

std::string distorted_text(const job::Clip& clip) {
  const std::string& original = clip.reader->info().converted_from;
  std::vector<std::string> notes;
  if (!original.empty()) notes.push_back("converted from " + original);
  if (clip.partial) notes.push_back(fmt::format("partial: {} frames", clip.complete));
  return fmt::format("distorted  {}{}\n", shown(clip.path),
                     notes.empty() ? "" : fmt::format(" ({})", fmt::join(notes, ", ")));
}

}  // namespace

std::string summary(const job::Run& run, double seconds) {
  std::string text = reference_text(run);
  std::uint64_t frames = 0;
  for (const job::Clip& clip : run.clips) {
    frames += clip.complete;
    text += distorted_text(clip);
  }
  text += fmt::format("frames     {} ({:.1f} a second)\n\n", frames,
                      static_cast<double>(frames) / std::max(seconds, 1e-9));
  return text + (run.clips.size() == 1 ? one_clip(run, run.clips.front()) : many_clips(run));
}

}  // namespace visq::cli
