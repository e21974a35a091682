// The frames that count, where that is a part of the clip: which others they need, and what is made
// of their scores.
#include <algorithm>

#include <fmt/format.h>

#include "engine/instance.h"

namespace visq {

Status Engine::count_frames(FrameSpan span) {
  std::lock_guard pushes(push_mutex_);
  if (started())
    return fail(EINVAL, "which frames count must be said before the first picture is read",
                ErrorKind::usage);
  if (span.first > span.last || span.last >= ScoreTable::kMaxFrames)
    return fail(EINVAL,
                fmt::format("frames {} to {} are no frames of a clip, which has at most {}",
                            span.first, span.last, ScoreTable::kMaxFrames),
                ErrorKind::usage);
  counted_ = span;
  return {};
}

Engine::Neighbours Engine::neighbours() const {
  Neighbours frames;
  for (const auto& instance : instances_) {
    const int before = instance->metric->lookback() + instance->metric->window();
    frames.before = std::max(frames.before, static_cast<unsigned>(before));
  }
  frames.after = lookahead();
  return frames;
}

unsigned Engine::first_pushed() const {
  return counted_.first - std::min(counted_.first, neighbours().before);
}

Status Engine::check_counted(unsigned index) const {
  const unsigned first = first_pushed(), last = counted_.last + lookahead();
  if (index >= first && index <= last) return {};
  return fail(EINVAL,
              fmt::format("frame {} is not needed: for the scores of frames {} to {} those from {} "
                          "to {} are read",
                          index, counted_.first, counted_.last, first, last),
              ErrorKind::usage);
}

// Metrics know the frames that count as the whole clip.
void Engine::aggregate() {
  for (const auto& instance : instances_)
    for (const Aggregate& aggregate : instance->metric->aggregate(
             TableReader(table_, *instance, counted_.first), counted_until(frames_)))
      table_.set_aggregate({std::string(aggregate.name), aggregate.value,
                            aggregate.feature ? std::optional(instance->columns[*aggregate.feature])
                                              : std::nullopt});
}

Status Engine::conclude(const PictureFormat& format, unsigned frames) {
  std::lock_guard pushes(push_mutex_);
  if (started() || flushed())
    return fail(EINVAL, "the scores of a clip are either stored or made of its pictures",
                ErrorKind::usage);
  if (frames > ScoreTable::kMaxFrames)
    return fail(EINVAL,
                fmt::format("a clip has at most {} frames, not {}", ScoreTable::kMaxFrames, frames),
                ErrorKind::usage);
  VISQ_TRY(prepare(format));
  // A model scores the frames that came with its features alone.
  const unsigned end = std::min(frames, table_.any_frames());
  for (unsigned index = 0; index < end; ++index) {
    const auto is_there = [&](std::size_t column) { return table_.get(column, index).has_value(); };
    for (const BoundModel& bound : models_)
      if (std::ranges::all_of(bound.inputs, is_there) &&
          std::ranges::none_of(bound.outputs, is_there))
        VISQ_TRY(score_final(bound, index));
  }
  const std::lock_guard lock(mutex_);
  format_ = format;
  frames_ = prefix_ = done_ = frames;
  flushed_ = true;
  aggregate();
  return {};
}

// A metric runs on the frames whose scores count, and on those that these are derived from.
bool Engine::runs_on(const Instance& instance, unsigned index) const {
  const auto back = static_cast<unsigned>(instance.metric->lookback()),
             ahead = static_cast<unsigned>(instance.metric->lookahead());
  if (index + back < counted_.first || index > counted_.last + ahead) return false;
  return instance.descriptor->every_frame || index % config_.subsample == 0;
}

unsigned Engine::lookahead() const {
  int frames = 0;
  for (const auto& instance : instances_) frames = std::max(frames, instance->metric->lookahead());
  return static_cast<unsigned>(frames);
}

unsigned Engine::counted_until(unsigned end) const {
  return std::clamp(end, counted_.first, counted_.last + 1) - counted_.first;
}

}  // namespace visq
