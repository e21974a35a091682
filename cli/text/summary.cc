#include "cli/text/summary.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/counted.h"
#include "base/shown.h"
#include "cli/text/labels.h"
#include "job/pooled.h"

namespace visq::cli {
namespace {

using job::Pooled;
using Words = std::vector<std::string>;

constexpr std::size_t kNameWidth = 30;  // with names up to that a line has at most 100 columns
constexpr std::size_t kCell = 10;

// As many decimals as have room.
std::string cell(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  std::string text;
  for (int decimals = 6; decimals >= 0; --decimals)
    if (text = fmt::format("{:.{}f}", value, decimals); text.size() <= kCell) break;
  return text;
}

struct ClipScores {
  const job::Clip* clip;
  std::string label;
  std::vector<Pooled> pooled;
  job::NamedValues others;  // of the clip as a whole
  double rate = 0;          // frames a second; 0: unknown
  std::uint64_t skipped = 0;
};

std::vector<ClipScores> scores_of(const job::Run& run) {
  Words paths;
  for (const job::Clip& clip : run.clips) paths.push_back(shown(clip.path));
  const Words labels = labels_of(paths);
  std::vector<ClipScores> list;
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    const job::Clip& clip = run.clips[i];
    const io::FrameRate own = clip.reader->info().rate;
    ClipScores scores{&clip, labels[i], job::asked_first(job::pooled(clip.session.context())), {}};
    for (Pooled& pooled : scores.pooled) pooled.name = shown(pooled.name);
    scores.others = job::other_scores_of_clip(clip.session.context(), scores.pooled);
    for (auto& [name, value] : scores.others) name = shown(name);
    scores.rate = own.num > 0 || run.reference == nullptr ? own.per_second()
                                                          : run.reference->info().rate.per_second();
    scores.skipped = run.job.skip_distorted + run.job.synchrony.of(i);
    list.push_back(std::move(scores));
  }
  return list;
}

// Where in the clip's file a frame is: "0:01:23.480"; "frame 37" where nobody knows the rate.
std::string place_of(const ClipScores& clip, unsigned frame) {
  const auto position = static_cast<double>(frame + clip.skipped);
  if (clip.rate <= 0) return fmt::format("frame {:.0f}", position);
  const auto milliseconds = std::llround(1000 * position / clip.rate);
  const auto seconds = milliseconds / 1000;
  return fmt::format("{}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     milliseconds % 1000);
}

std::string window_text(const VmafPooledScore& s) {
  return s.window_frames == 0
             ? "-"
             : fmt::format("{} (from {})", cell(s.window_mean), s.window_first_frame);
}

// A table: one clip has a line for each score; of several, lines of a score stand below its name.
class Table {
 public:
  Table(const job::Run& run, const std::vector<ClipScores>& clips, const SummaryStyle& style)
      : clips_(clips), style_(style), window_(run.job.window), several_(clips.size() > 1) {
    for (const ClipScores& clip : clips) {
      if (several_) widen(clip.label.size() + 2);
      for (const Pooled& p : clip.pooled) add(p.name);
    }
    for (const ClipScores& clip : clips)
      for (const auto& [name, value] : clip.others) add(name);
  }

  std::string text() const {
    std::string text =
        title(head("score", "kbit/s") + cells("mean", "worst 5 %", "worst 1 %", "worst frame",
                                              "worst " + counted(window_, "frame")));
    for (const std::string& name : names_) {
      if (several_) text += title(name);
      for (const ClipScores& clip : clips_) text += line_of(name, clip);
    }
    return text;
  }

 private:
  void widen(std::size_t width) { width_ = std::max(width_, width); }
  void add(const std::string& name) {
    widen(name.size());
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  }

  std::string title(const std::string& line) const {
    return style_.bold ? fmt::format("\x1b[1m{}\x1b[0m\n", line) : line + "\n";
  }

  std::string head(const std::string& name, const std::string& rate) const {
    const std::string text = fmt::format("{:<{}}", name, width_);
    return several_ ? fmt::format("{} {:>8}", text, rate) : text;
  }

  std::string head_of(const std::string& name, const ClipScores& clip) const {
    const auto bits = clip.clip->reader->info().bit_rate;
    return several_ ? head("  " + clip.label,
                           bits ? fmt::format("{:.0f}", static_cast<double>(*bits) / 1000) : "-")
                    : head(name, "");
  }

  std::string cells(std::string_view mean, std::string_view five, std::string_view one,
                    std::string_view worst, std::string_view window) const {
    const std::string text =
        fmt::format(" {:>{}} {:>{}} {:>{}}", mean, kCell, five, kCell, one, kCell);
    return window_ > 0 ? fmt::format("{} {:<25} {}", text, worst, window)
                       : fmt::format("{} {}", text, worst);
  }

  std::string without_worst(double value, const std::string& window) const {
    return cells(cell(value), "-", "-", fmt::format("{:>{}}", "-", kCell), window) + "\n";
  }

  std::string line_of(const std::string& name, const ClipScores& clip) const {
    for (const Pooled& p : clip.pooled)
      if (p.name == name) return line_of(p, clip);
    for (const auto& [other, value] : clip.others)
      if (other == name) return head_of(name, clip) + without_worst(value, "-");
    return "";  // the clip failed before
  }

  std::string line_of(const Pooled& p, const ClipScores& clip) const {
    const VmafPooledScore& s = p.score;
    const std::string head = head_of(p.name, clip), window = window_text(s);
    if (!p.has_direction()) return head + without_worst(s.clip, window);
    const std::string worst = fmt::format("{:>{}} at {}", cell(s.worst_frame_value), kCell,
                                          place_of(clip, s.worst_frame));
    return head +
           cells(cell(s.clip), cell(s.worst_percentile_5), cell(s.worst_percentile_1), worst,
                 window) +
           "\n";
  }

  const std::vector<ClipScores>& clips_;
  const SummaryStyle& style_;
  unsigned window_;
  bool several_;
  std::size_t width_ = kNameWidth;
  Words names_;
};

// Which means are none.
std::string remark_on_means(const std::vector<ClipScores>& clips) {
  Words names;
  for (const ClipScores& clip : clips)
    for (const Pooled& p : clip.pooled)
      if (!p.clip_name.empty() && std::find(names.begin(), names.end(), p.name) == names.end())
        names.push_back(p.name);
  if (names.empty()) return "";
  return fmt::format("\nmean of {}: by the errors of the whole clip\n", fmt::join(names, ", "));
}

// Of scores that models read, too: somebody asked for their thresholds.
std::string thresholds_text(const job::Run& run, const std::vector<ClipScores>& clips) {
  std::string text;
  for (const job::Threshold& threshold : run.job.thresholds)
    if (std::none_of(clips.front().pooled.begin(), clips.front().pooled.end(),
                     [&](const Pooled& p) { return p.name == threshold.score; }))
      text += fmt::format("{}: no frame has that score\n", threshold.score);
  for (const ClipScores& clip : clips)
    for (const Pooled& p : clip.pooled)
      for (const auto& [threshold, share] : p.shares)
        text += fmt::format("{}{} {} {}: {:.2f} % of the frames\n",
                            clips.size() > 1 ? clip.label + ": " : "", p.name,
                            p.lower_is_better() ? "above" : "below", threshold, 100 * share);
  return text.empty() ? "" : "\n" + text;
}

// Of the first score that says what is better.
std::string worst_shots_text(const std::vector<ClipScores>& clips) {
  std::string text;
  for (const ClipScores& clip : clips) {
    const auto shots = job::pooled_by_shot(clip.clip->session.context());
    const auto first = std::find_if(clip.pooled.begin(), clip.pooled.end(),
                                    [](const Pooled& p) { return p.has_direction(); });
    if (shots.empty() || first == clip.pooled.end()) continue;
    const job::ShotScores* const worst = job::worst_shot(shots, first->name);
    if (worst == nullptr) continue;
    const auto same = std::find_if(worst->pooled.begin(), worst->pooled.end(),
                                   [&](const Pooled& p) { return p.name == first->name; });
    text += fmt::format("{}worst of {} by mean {}: {} at {} (frames {} to {})\n",
                        clips.size() > 1 ? clip.label + ": " : "", counted(shots.size(), "shot"),
                        first->name, cell(same->score.mean), place_of(clip, worst->frames.first),
                        worst->frames.first, worst->frames.last);
  }
  return text.empty() ? "" : "\n" + text;
}

std::string reference_text(const job::Run& run) {
  if (run.reference == nullptr)
    return fmt::format("no reference ({})\n", describe(run.clips.front().reader->info()));
  const io::StreamInfo& info = run.reference->info();
  return fmt::format("reference  {} ({}{}{})\n", shown(run.job.reference),
                     info.converted_to.empty() ? describe(info) : info.converted_to,
                     info.converted_from.empty() ? "" : ", converted from ", info.converted_from);
}

std::string distorted_text(const job::Clip& clip, bool several) {
  const io::StreamInfo& info = clip.reader->info();
  Words notes;
  if (!info.converted_from.empty()) notes.push_back("converted from " + info.converted_from);
  if (clip.partial) notes.push_back("partial: " + counted(clip.complete, "frame"));
  if (!clip.damaged.empty())
    notes.push_back(fmt::format("damaged: {}, of which the first is {}",
                                counted(clip.damaged.size(), "frame"), clip.damaged.front()));
  if (!clip.status && several) notes.push_back("error: " + shown(clip.status.error().message));
  return fmt::format("distorted  {}{}\n", shown(clip.path),
                     notes.empty() ? "" : fmt::format(" ({})", fmt::join(notes, ", ")));
}

}  // namespace

std::string summary(const job::Run& run, double seconds, const SummaryStyle& style) {
  std::string text = reference_text(run);
  std::uint64_t frames = 0;
  for (const job::Clip& clip : run.clips) {
    frames += clip.complete;
    text += distorted_text(clip, run.clips.size() > 1);
  }
  text += fmt::format("frames     {} ({:.1f} a second)\n\n", frames,
                      static_cast<double>(frames) / std::max(seconds, 1e-9));
  std::vector<ClipScores> clips = scores_of(run);
  const std::string shares = thresholds_text(run, clips);
  for (ClipScores& clip : clips)
    if (!style.all) std::erase_if(clip.pooled, [](const Pooled& p) { return !p.was_asked_for(); });
  return text + Table(run, clips, style).text() + remark_on_means(clips) + shares +
         worst_shots_text(clips);
}

}  // namespace visq::cli
