#include "job/align.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "base/counted.h"
#include "job/sync.h"

namespace visq::job {
namespace {

std::string beginning(const Job& job, std::size_t clip, int offset) {
  const std::string& path = job.distorted[clip];
  return fmt::format("{} begins with frame {} of {}", offset > 0 ? path : job.reference,
                     std::abs(offset), offset > 0 ? job.reference : path);
}

constexpr double kUnlike = 16;  // hard compression changes the mean of a block by one or two

void warn(std::vector<std::string>& warnings, const Job& job, std::size_t clip,
          const Synchrony& found) {
  const std::vector<SyncEvent>& events = found.events;
  const std::string& path = job.distorted[clip];
  if (found.difference > kUnlike)
    warnings.push_back(
        fmt::format("{} hardly looks like {}: where they fit best, their luma differs by {:.0f} of "
                    "255; are these the clips that you mean?",
                    path, job.reference, found.difference));
  if (events.empty()) return;
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(kMost, events.size()); ++i) {
    const SyncEvent& event = events[i];
    warnings.push_back(
        event.dropped > 0
            ? fmt::format("{} lacks {} of {} before its frame {}", path,
                          counted(event.dropped, "frame"), job.reference, event.frame)
            : fmt::format("frame {} of {} repeats the one before it", event.frame, path));
  }
  warnings.push_back(
      fmt::format("{} is compared frame by frame all the same: from its frame {} on with frames "
                  "that it does not show",
                  path, events.front().frame));
  if (events.size() > kMost)
    warnings.push_back(
        fmt::format("{} more frames of {} are missing or repeated", events.size() - kMost, path));
}

std::optional<std::uint64_t> frames_to_look_at(const Readers& readers, std::uint64_t most) {
  std::uint64_t sum = 0;
  const auto add = [&](const io::VideoReader& reader) {
    const auto frames = reader.info().frames;
    if (frames) sum += most == 0 ? *frames : std::min(*frames, most);
    return frames.has_value();
  };
  bool known = add(*readers.reference);
  for (const auto& reader : readers.distorted) known = add(*reader) && known;
  return known ? std::optional(sum) : std::nullopt;
}

}  // namespace

Result<Alignment> align(Job& job, const Control& control, std::uint64_t most) {
  VISQ_TRY(check_files(job, job.option("sync") + " reads it twice"));
  VISQ_ASSIGN(Readers readers, open_readers(job, control.stop));
  control.begin(frames_to_look_at(readers, most));
  const auto start = std::chrono::steady_clock::now();
  VISQ_ASSIGN(const Looked looked, synchronise(std::move(readers), most, control));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  Alignment alignment{{}, {}, looked.frames, time.count(), looked.whole};
  int latest = 0;  // the reference begins where the latest of the clips does
  for (const Synchrony& found : looked.clips) latest = std::max(latest, found.offset);
  job.synchrony.reference = static_cast<std::uint64_t>(latest);
  for (std::size_t i = 0; i < looked.clips.size(); ++i) {
    const Synchrony& found = looked.clips[i];
    job.synchrony.distorted.push_back(static_cast<std::uint64_t>(latest - found.offset));
    if (found.offset != 0) alignment.beginnings.push_back(beginning(job, i, found.offset));
    warn(alignment.warnings, job, i, found);
  }
  job.shortest = true;  // clips that begin apart end apart
  return alignment;
}

}  // namespace visq::job
