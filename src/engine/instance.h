// What the parts of an engine have in common: its metrics, and what they do for a frame.
#pragma once

#include "engine/engine.h"

namespace visq {

// A metric with its options, and the columns of its features.
struct Engine::Instance {
  const Descriptor* descriptor = nullptr;
  OptionStrings given;
  std::string key;  // what makes two registrations the same instance
  std::unique_ptr<Metric> metric;
  std::vector<std::size_t> columns;
  std::vector<std::shared_ptr<MapTaker>> map_takers;  // empty: the metric makes no maps
  std::shared_ptr<const void> owner;  // of a descriptor that was made for this instance
};

class Engine::TableScores final : public Scores {
 public:
  TableScores(ScoreTable& table, const Instance& instance, unsigned frame)
      : table_(table), instance_(instance), frame_(frame) {}
  void set(std::size_t feature, double value) override {
    if (auto stored = table_.set(instance_.columns[feature], frame_, value); !stored && status)
      status = stored;
  }
  void map(const Map& map) override {
    for (const auto& taker : instance_.map_takers)
      if (status) status = taker->take(frame_, map);
  }
  Status status;

 private:
  ScoreTable& table_;
  const Instance& instance_;
  unsigned frame_;
};

// Of all frames, or numbered from the first that counts on.
class Engine::TableReader final : public ScoreReader {
 public:
  TableReader(const ScoreTable& table, const Instance& instance, unsigned first = 0)
      : table_(table), instance_(instance), first_(first) {}
  std::optional<double> at(std::size_t feature, unsigned frame) const override {
    return table_.get_any(instance_.columns[feature], first_ + frame);
  }

 private:
  const ScoreTable& table_;
  const Instance& instance_;
  unsigned first_;
};

// A frame on its way through the metrics.
struct Engine::FrameInFlight {
  explicit FrameInFlight(Engine* its_engine) : engine(its_engine) {}

  Engine* engine;
  Frame frame;
  std::vector<PicturePtr> previous_ref, previous_dist;
  std::size_t unfinished = 0;  // guarded by Engine::mutex_
};

// A task is one of these, or several that differ in their clips alone.
struct Engine::Work {
  const Instance* instance;
  std::shared_ptr<FrameInFlight> flight;

  bool goes_with(const Work& other) const {
    return instance->descriptor == other.instance->descriptor &&
           instance->given == other.instance->given &&
           instance->map_takers.empty() == other.instance->map_takers.empty() &&
           flight->frame.ref == other.flight->frame.ref &&
           instance->metric->network() == other.instance->metric->network();
  }
};

}  // namespace visq
