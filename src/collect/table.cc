#include "collect/table.h"

#include <algorithm>

#include <fmt/format.h>

namespace visq {

void ScoreTable::limit(FrameSpan counted, unsigned first_scored) {
  std::lock_guard lock(mutex_);
  counted_ = counted;
  first_scored_ = first_scored;
}

std::size_t ScoreTable::column(const Column& column) {
  std::lock_guard lock(mutex_);
  if (const auto it = by_name_.find(column.name); it != by_name_.end()) return it->second;
  Values values{column, {}, {}, 0};
  if (columns_.size() == columns_.capacity()) columns_.reserve(2 * columns_.size() + 8);
  const auto it = by_name_.try_emplace(column.name, columns_.size()).first;
  columns_.push_back(std::move(values));  // for which there is room: no name is without a column
  return it->second;
}

std::optional<std::size_t> ScoreTable::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return std::nullopt;
  return it->second;
}

void ScoreTable::ask(std::size_t column) {
  std::lock_guard lock(mutex_);
  if (columns_[column].asked == 0) columns_[column].asked = ++asked_;
}

Status ScoreTable::set(std::size_t column, unsigned frame, double value) {
  std::lock_guard lock(mutex_);
  if (frame >= kMaxFrames)
    return fail(EINVAL, fmt::format("frame index {} is too large: a clip has at most {} frames",
                                    frame, kMaxFrames));
  if (frame < first_scored_)
    return fail(EINVAL, fmt::format("frame {} lies before frame {}, the first that is scored",
                                    frame, first_scored_));
  Values& values = columns_[column];
  const std::size_t place = frame - first_scored_;
  if (place >= values.present.size()) {  // which grows last
    values.value.resize(place + 1);
    values.present.resize(place + 1);
  }
  if (values.present[place])
    return fail(EINVAL, fmt::format("feature \"{}\" has a score for frame {} already and keeps it",
                                    values.column.name, frame));
  values.value[place] = value;
  values.present[place] = true;
  return {};
}

std::optional<double> ScoreTable::get(std::size_t column, unsigned frame) const {
  {
    std::lock_guard lock(mutex_);
    if (frame < counted_.first || frame > counted_.last) return std::nullopt;
  }
  return get_any(column, frame);
}

std::optional<double> ScoreTable::get_any(std::size_t column, unsigned frame) const {
  std::lock_guard lock(mutex_);
  const Values& values = columns_[column];
  const std::size_t place = frame - std::size_t{first_scored_};  // huge where it lies before
  if (place >= values.present.size() || !values.present[place]) return std::nullopt;
  return values.value[place];
}

std::vector<ScoreTable::Named> ScoreTable::columns() const {
  std::lock_guard lock(mutex_);
  const auto clip_score = [&](std::size_t column) {
    const auto found = std::find_if(aggregates_.begin(), aggregates_.end(),
                                    [&](const ClipScore& s) { return s.column == column; });
    return found == aggregates_.end() ? std::nullopt : std::optional(*found);
  };
  std::vector<Named> list;
  for (const ColumnPhase phase :
       {ColumnPhase::frame, ColumnPhase::derived, ColumnPhase::tiny_model, ColumnPhase::model})
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto& [c, value, present, asked] = columns_[i];
      if (c.reported && c.phase == phase)
        list.push_back({i, c.printed, c.direction, c.unit, asked, !present.empty(), clip_score(i)});
    }
  return list;
}

std::vector<ScoreTable::Named> ScoreTable::reported_columns() const {
  std::vector<Named> list = columns();
  std::erase_if(list, [](const Named& column) { return !column.has_values; });
  return list;
}

std::vector<std::pair<std::size_t, std::string>> ScoreTable::stored_columns() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::size_t, std::string>> list;
  for (std::size_t i = 0; i < columns_.size(); ++i) list.emplace_back(i, columns_[i].column.name);
  return list;
}

unsigned ScoreTable::first_frame() const {
  std::lock_guard lock(mutex_);
  return counted_.first;
}

unsigned ScoreTable::frames() const {
  std::lock_guard lock(mutex_);
  std::size_t frames = 0;
  for (const Values& values : columns_)
    if (values.column.reported && !values.present.empty())
      frames = std::max(frames, first_scored_ + values.present.size());
  return static_cast<unsigned>(std::min<std::size_t>(frames, std::size_t{counted_.last} + 1));
}

unsigned ScoreTable::any_frames() const {
  std::lock_guard lock(mutex_);
  std::size_t frames = 0;
  for (const Values& values : columns_)
    if (!values.present.empty()) frames = std::max(frames, first_scored_ + values.present.size());
  return static_cast<unsigned>(frames);
}

void ScoreTable::set_aggregate(ClipScore score) {
  std::lock_guard lock(mutex_);
  const auto it = std::find_if(aggregates_.begin(), aggregates_.end(),
                               [&](const ClipScore& s) { return s.name == score.name; });
  if (it != aggregates_.end())
    *it = std::move(score);
  else
    aggregates_.push_back(std::move(score));
}

std::vector<ClipScore> ScoreTable::aggregates() const {
  std::lock_guard lock(mutex_);
  return aggregates_;
}

}  // namespace visq
