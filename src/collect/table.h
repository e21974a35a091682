// The scores: (feature, frame) -> double, written by many threads, read at any time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace visq {

// Reports list columns by phase, then in the order in which they were first named. Tiny models come
// before the others, which scored a clip only after its end when reports got their order.
enum class ColumnPhase { frame, derived, tiny_model, model };

struct Column {
  std::string name;     // what the API asks for
  std::string printed;  // what reports print
  ColumnPhase phase = ColumnPhase::frame;
  bool reported = true;
  bool lower_is_better = false;
};

class ScoreTable {
 public:
  static constexpr unsigned kMaxFrames = 1u << 26;  // 12 days at 60 frames a second

  // The column of that name, made when it is new.
  std::size_t column(const Column& column);
  std::optional<std::size_t> find(std::string_view name) const;  // by stored name

  // -EINVAL when the frame has a value in that column already, or is not below kMaxFrames.
  Status set(std::size_t column, unsigned frame, double value);
  std::optional<double> get(std::size_t column, unsigned frame) const;

  struct Named {
    std::size_t id;
    std::string printed;
    bool lower_is_better = false;
  };
  std::vector<Named> reported_columns() const;  // those with a value, in report order
  unsigned frames() const;                      // one past the last frame with a reported value

  void set_aggregate(std::string_view name, double value);
  std::vector<std::pair<std::string, double>> aggregates() const;

 private:
  struct Values {
    Column column;
    std::vector<double> value;
    std::vector<bool> present;
  };
  mutable std::mutex mutex_;
  std::vector<Values> columns_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::vector<std::pair<std::string, double>> aggregates_;
};

}  // namespace visq
