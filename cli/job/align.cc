#include "cli/job/align.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/job/run.h"
#include "cli/job/sync.h"

namespace visq::cli {
namespace {

std::string beginning(const Settings& s, std::size_t clip, int offset) {
  const std::string& path = s.distorted[clip];
  return fmt::format("{} begins with frame {} of {}", offset > 0 ? path : s.reference,
                     std::abs(offset), offset > 0 ? s.reference : path);
}

constexpr double kUnlike = 16;  // hard compression changes the mean of a block by one or two

void warn(const Messages& messages, const Settings& s, std::size_t clip, const Synchrony& found) {
  const std::vector<SyncEvent>& events = found.events;
  const std::string& path = s.distorted[clip];
  if (found.difference > kUnlike)
    messages.warning(
        fmt::format("{} hardly looks like {}: where they fit best, their luma differs by {:.0f} of "
                    "255; are these the clips that you mean?",
                    path, s.reference, found.difference));
  if (events.empty()) return;
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(kMost, events.size()); ++i) {
    const SyncEvent& event = events[i];
    messages.warning(
        event.dropped > 0
            ? fmt::format("{} lacks {} frame{} of {} before its frame {}", path, event.dropped,
                          event.dropped > 1 ? "s" : "", s.reference, event.frame)
            : fmt::format("frame {} of {} repeats the one before it", event.frame, path));
  }
  messages.warning(
      fmt::format("{} is compared frame by frame all the same: from its frame {} on with frames "
                  "that it does not show",
                  path, events.front().frame));
  if (events.size() > kMost)
    messages.warning(
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

Result<Alignment> align(Settings& s, const Messages& messages, std::uint64_t most) {
  VISQ_TRY(check_files(s, "--sync reads it twice"));
  VISQ_ASSIGN(Readers readers, open_readers(s));
  Progress progress(progress_style(s.quiet, s.progress_json), Phase::sync,
                    frames_to_look_at(readers, most));
  VISQ_ASSIGN(const Looked looked, synchronise(std::move(readers), most, [&](std::uint64_t frames) {
                progress.show(frames);
              }));
  progress.close(looked.frames);
  Alignment alignment{{}, looked.frames, progress.seconds(), looked.whole};
  int latest = 0;  // the reference begins where the latest of the clips does
  for (const Synchrony& found : looked.clips) latest = std::max(latest, found.offset);
  s.synchrony.reference = static_cast<std::uint64_t>(latest);
  for (std::size_t i = 0; i < looked.clips.size(); ++i) {
    const Synchrony& found = looked.clips[i];
    s.synchrony.distorted.push_back(static_cast<std::uint64_t>(latest - found.offset));
    if (found.offset != 0) alignment.beginnings.push_back(beginning(s, i, found.offset));
    warn(messages, s, i, found);
  }
  s.shortest = true;  // clips that begin apart end apart
  return alignment;
}

}  // namespace visq::cli
