// What workers do: a metric's part of a frame, or of the frames of several clips that have their
// reference in common.
#include <algorithm>
#include <array>
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
  const Frame& frame() const { return frame_; }

 private:
  PicturePtr convert(const PicturePtr& picture) { return as_ycbcr(picture, *parallel_); }
  std::vector<PicturePtr> convert(std::span<const PicturePtr> pictures) {
    std::vector<PicturePtr> converted;
    for (const PicturePtr& picture : pictures) converted.push_back(convert(picture));
    return converted;
  }

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
        return t.size() < std::min(instance->metric->batch_limit(), kBatchLimit) &&
               t[0].goes_with(work);
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

// To the workers. A frame that was accepted ends also where there is no memory for its tasks: with
// that error.
void Engine::hand_over(std::span<const std::shared_ptr<FrameInFlight>> flights) {
  std::vector<std::vector<Task>> jobs;
  std::size_t begun = 0;
  const Status status = attempt([&]() -> Status {
    jobs = jobs_of(tasks_of(flights));
    for (; begun < jobs.size(); ++begun) {
      ThreadPool& threads = flights[0]->engine->pool_;
      threads.submit([job = jobs[begun], &threads]() mutable {
        for (Task& task : job) run(task, threads);
      });
    }
    return {};
  });
  if (status) return;
  for (; begun < jobs.size(); ++begun)
    for (const Task& task : jobs[begun])
      for (const Work& work : task) finish(work, status);
  if (!jobs.empty()) return;
  for (const auto& flight : flights) {
    flight->unfinished = 1;
    flight->engine->finish_frame(*flight, status);
  }
}

// A metric's part of a frame has ended. Where there is no memory for the sentence, that is what is
// said.
void Engine::finish(const Work& work, const Status& status) {
  work.flight->engine->finish_frame(*work.flight, attempt([&]() -> Status {
    if (status) return {};
    return fail(status.error(),
                fmt::format("frame {}, metric {}: {}", work.flight->frame.index,
                            work.instance->descriptor->name, status.error().message));
  }));
}

// No exception leaves a worker: it would end the process.
void Engine::run(std::span<Work> task, ThreadPool& threads) {
  const auto given_up = std::partition(task.begin(), task.end(), [](const Work& work) {
    return !work.flight->engine->stop_.stop_requested();
  });
  for (auto work = given_up; work != task.end(); ++work)
    work->flight->engine->finish_frame(
        *work->flight, attempt([]() -> Status { return fail(ECANCELED, "scoring was given up"); }));
  const std::span<const Work> wanted(task.begin(), given_up);
  if (wanted.empty()) return;
  std::array<Status, kBatchLimit> found;
  const Status status = attempt([&] { return extract(wanted, found, threads); });
  for (std::size_t i = 0; i < wanted.size(); ++i) finish(wanted[i], status ? found[i] : status);
}

// What concerns one clip alone goes to its place of `found`.
Status Engine::extract(std::span<const Work> task, std::span<Status> found, ThreadPool& threads) {
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
    if (convert) converted.emplace_back(frame);
    scores.push_back(
        &values.emplace_back(work.flight->engine->table_, *work.instance, frame.index));
    frames.push_back(convert ? converted.back().frame() : frame);
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
