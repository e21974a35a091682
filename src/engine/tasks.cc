// What workers do: a metric's part of a frame, or of the frames of several clips that have their
// reference in common.
#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/attempt.h"
#include "color/ycbcr.h"
#include "engine/instance.h"
#include "engine/parts.h"

namespace visq {
namespace {

// A frame as a metric of YCbCr takes it.
class FrameInYcbcr {
 public:
  explicit FrameInYcbcr(const Frame& frame)
      : parallel_(frame.parallel),
        ref_(convert(frame.ref)),
        dist_(convert(frame.dist)),
        previous_ref_(convert(frame.previous_ref)),
        previous_dist_(convert(frame.previous_dist)) {
    frame_ = {frame.index, ref_, dist_, previous_ref_, previous_dist_, frame.stop, frame.parallel};
  }
  const Status& status() const { return status_; }
  const Frame& frame() const { return frame_; }

 private:
  PicturePtr convert(const PicturePtr& picture) {
    auto converted = as_ycbcr(picture, *parallel_);
    if (converted) return *std::move(converted);
    status_ = tl::unexpected<Error>(converted.error());
    return nullptr;
  }
  std::vector<PicturePtr> convert(std::span<const PicturePtr> pictures) {
    std::vector<PicturePtr> converted;
    for (const PicturePtr& picture : pictures) converted.push_back(convert(picture));
    return converted;
  }

  Status status_;
  Parallel* parallel_;
  PicturePtr ref_, dist_;
  std::vector<PicturePtr> previous_ref_, previous_dist_;
  Frame frame_;
};

}  // namespace

// Of each metric one, or more where it takes no more clips together.
std::vector<Engine::Task> Engine::tasks_of(
    std::span<const std::shared_ptr<FrameInFlight>> flights) {
  std::vector<Task> tasks;
  for (const auto& flight : flights)
    for (const auto& instance : flight->engine->instances_) {
      if (!flight->engine->runs_on(*instance, flight->frame.index)) continue;
      const Work work{instance.get(), flight};
      const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const Task& t) {
        return t.size() < instance->metric->batch_limit() && t[0].goes_with(work);
      });
      if (task != tasks.end())
        task->push_back(work);
      else
        tasks.push_back({work});
    }
  return tasks;
}

// What one worker does: instances of a metric share what they find about a pair, and would wait for
// each other.
std::vector<std::vector<Engine::Task>> Engine::jobs_of(std::vector<Task> tasks) {
  std::vector<std::vector<Task>> jobs;
  for (Task& task : tasks) {
    const Work& work = task[0];
    const auto goes_on = [&](const auto& job) {
      return job[0][0].instance->descriptor == work.instance->descriptor &&
             job[0][0].flight == work.flight;
    };
    const auto job = std::find_if(jobs.begin(), jobs.end(), goes_on);
    if (job != jobs.end())
      job->push_back(std::move(task));
    else
      jobs.push_back({std::move(task)});
  }
  return jobs;
}

void Engine::run(const Task& task, ThreadPool& threads) {
  Task wanted;
  for (const Work& work : task) {
    if (work.flight->engine->stop_.stop_requested())
      work.flight->engine->finish_frame(*work.flight, fail(ECANCELED, "scoring was given up"));
    else
      wanted.push_back(work);
  }
  if (wanted.empty()) return;
  std::vector<Status> found(wanted.size());
  // No exception leaves a worker: it would end the process.
  const Status status = attempt([&] { return extract(wanted, found, threads); });
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Work& work = wanted[i];
    const Status& mine = status ? found[i] : status;
    const auto error = [&] {
      return fail(mine.error(), fmt::format("frame {}, metric {}: {}", work.flight->frame.index,
                                            work.instance->descriptor->name, mine.error().message));
    };
    work.flight->engine->finish_frame(*work.flight, mine ? Status() : Status(error()));
  }
}

// What concerns one clip alone goes to its place of `found`.
Status Engine::extract(const Task& task, std::span<Status> found, ThreadPool& threads) {
  const Instance& instance = *task[0].instance;
  const std::shared_ptr<ScratchPool>& pool = task[0].flight->engine->scratch_;
  Parts parts(threads, *pool, instance.key);
  const bool convert = !instance.descriptor->rgb;
  std::deque<FrameInYcbcr>
      converted;  // which the frames point into, as `scores` points into `values`
  std::deque<TableScores> values;
  std::vector<Frame> frames;
  std::vector<Scores*> scores;
  for (const Work& work : task) {
    Frame frame = work.flight->frame;
    frame.parallel = &parts;
    if (convert) VISQ_TRY(converted.emplace_back(frame).status());
    scores.push_back(
        &values.emplace_back(work.flight->engine->table_, *work.instance, frame.index));
    frames.push_back(convert ? converted.back().frame() : std::move(frame));
  }
  Scratch scratch = pool->take(instance.key);
  const Status status = instance.metric->extract_batch(frames, scratch, scores);
  pool->give(instance.key, std::move(scratch));
  VISQ_TRY(status);
  std::transform(values.begin(), values.end(), found.begin(),
                 [](const TableScores& value) { return value.status; });
  return {};
}

}  // namespace visq
