// The scores: (feature, frame) -> double, written by many threads, read at any time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace visq {

// Which values are good. Of some nobody can say: motion describes a clip.
enum class Direction { higher_is_better, lower_is_better, descriptive };

// Reports list columns by phase, then in the order in which they were first named. Tiny models come
// before the others, which scored a clip only after its end when reports got their order.
enum class ColumnPhase { frame, derived, tiny_model, model };

struct Column {
  std::string name;     // what the API asks for
  std::string printed;  // what reports print
  ColumnPhase phase = ColumnPhase::frame;
  bool reported = true;
  Direction direction = Direction::descriptive;
  std::string unit = {};  // "dB"
};

// From the first to the last, both included.
struct FrameSpan {
  unsigned first = 0, last = 1u << 26;
};

// A score of the clip that is no pool of its frames'.
struct ClipScore {
  std::string name;
  double value = 0;
  std::optional<std::size_t> column = {};  // for which it stands, better than a mean would
};

class ScoreTable {
 public:
  static constexpr unsigned kMaxFrames = 1u << 26;  // 12 days at 60 frames a second

  // Only these frames count, from before the first score on: the others' scores are there for
  // get_any alone. No frame before `first_scored` gets one.
  void limit(FrameSpan counted, unsigned first_scored);

  // The column of that name, made when it is new.
  std::size_t column(const Column& column);
  std::optional<std::size_t> find(std::string_view name) const;  // by stored name

  // Somebody wants the column for itself, and not because a model reads it.
  void ask(std::size_t column);

  // -EINVAL when the frame has a value in that column already, or is not below kMaxFrames.
  Status set(std::size_t column, unsigned frame, double value);
  std::optional<double> get(std::size_t column, unsigned frame) const;
  std::optional<double> get_any(std::size_t column, unsigned frame) const;

  struct Named {
    std::size_t id;
    std::string printed;
    Direction direction = Direction::descriptive;
    std::string unit = {};
    unsigned asked = 0;  // its place in the order of asking, from 1; 0: a model reads it
    bool has_values = true;
    std::optional<ClipScore> clip = {};
  };
  std::vector<Named> columns() const;           // what is or will be reported, in report order
  std::vector<Named> reported_columns() const;  // those of them with a value
  std::vector<std::pair<std::size_t, std::string>> stored_columns()
      const;                     // all, by stored names, in the order of making
  unsigned first_frame() const;  // that counts
  unsigned frames() const;       // one past the last frame with a reported value
  unsigned any_frames() const;   // the same of any value, whether its frame counts or not

  void set_aggregate(ClipScore score);
  std::vector<ClipScore> aggregates() const;

 private:
  struct Values {
    Column column;
    std::vector<double> value;  // from frame first_scored_ on
    std::vector<bool> present;
    unsigned asked = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Values> columns_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::vector<ClipScore> aggregates_;
  unsigned asked_ = 0;
  FrameSpan counted_;
  unsigned first_scored_ = 0;
};

}  // namespace visq
