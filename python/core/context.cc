#include "python/core/context.h"

#include <algorithm>
#include <limits>
#include <map>

#include "job/match.h"
#include "python/core/borrowed.h"
#include "python/core/failure.h"
#include "python/core/foreground.h"
#include "python/core/frames.h"

namespace py = pybind11;

namespace visq::python {
namespace {

constexpr std::chrono::milliseconds kGrace{300};  // most frames end within it

using NamedScores = std::vector<std::pair<std::string, double>>;

void append(void* user, const char* name, double value) {
  static_cast<NamedScores*>(user)->emplace_back(name, value);
}

struct KeptScore {
  std::string name, printed;
  double value;
};

void append_kept(void* user, const char* name, const char* printed, double value) {
  static_cast<std::vector<KeptScore>*>(user)->push_back({name, printed, value});
}

}  // namespace

struct Context::State {
  job::Session session;

  VmafContext* context() const { return session.context(); }

  NamedScores scores(unsigned index) const {
    NamedScores list;
    check(vmaf_for_each_score(context(), index, append, &list));
    return list;
  }
};

// The frame of one clip that is being pushed.
struct Context::Side {
  std::optional<Frame> frame;
};

Context::Context(const job::Job& job, bool copy) : job_(job), copy_(copy) {
  const py::gil_scoped_release unlocked;
  state_ = std::make_shared<State>(State{value_of(job::Session::open(job, 0))});
}

Context::Context(const job::Job& job, job::Session session, ComparedClip clip)
    : job_(job),
      state_(std::make_shared<State>(State{std::move(session)})),
      compared_(std::move(clip)),
      frames_(compared_.frames.last + 1) {}

std::unique_ptr<Context> Context::imported(const job::Job& job, const ComparedClip& clip,
                                           const std::map<std::string, KeptColumn>& columns) {
  auto made = std::make_unique<Context>(job, value_of(job::Session::open(job, 0, clip.by)), clip);
  VmafContext* const context = made->state()->context();
  for (const auto& [name, column] : columns)
    for (unsigned i = 0; i < column.values.size(); ++i)
      if (column.there[i])
        check(vmaf_import_feature_score(context, name.c_str(), column.values[i], i));
  check(vmaf_end_imported(context, clip.info.pixel_format, clip.info.bits, clip.info.width,
                          clip.info.height, clip.frames.last + 1));
  check(vmaf_set_output_shots(context, clip.shots.data(), clip.shots.size()));
  check(vmaf_set_output_damaged(context, clip.damaged.data(), clip.damaged.size(),
                                job.damaged == job::Damaged::skip ? 1 : 0));
  return made;
}

std::shared_ptr<Context::State> Context::state() const {
  if (state_ == nullptr) throw Failure(EINVAL, "the session is closed");
  return state_;
}

// The first frames say what is to be converted.
void Context::open_sides(const Frame& reference, const Frame& distorted) {
  const auto reader = [&](const Frame& first, std::shared_ptr<Side>& side) {
    side = std::make_shared<Side>(Side{first});
    const auto next = [side] { return std::exchange(side->frame, std::nullopt); };
    return std::make_unique<FrameReader>(next, copy_, first.name);
  };
  job::Readers readers;
  readers.reference = reader(reference, reference_);
  readers.distorted.push_back(reader(distorted, distorted_));
  const py::gil_scoped_release unlocked;
  check(job::match(job_, {}, readers));
  if (waits_for_clips(job_))
    state_->session = value_of(job::Session::open(job_, 0, {0, readers.reference->info().height}));
  readers_ = std::move(readers);
}

void Context::push(const Frame& reference, const Frame& distorted) {
  const auto state = this->state();
  drop_returned_arrays();
  if (readers_.reference == nullptr) {
    open_sides(reference, distorted);
  } else {
    reference_->frame = reference;
    distorted_->frame = distorted;
  }
  Picture ref, dist;
  {
    const py::gil_scoped_release unlocked;
    value_of(readers_.reference->read(ref.get()));
    value_of(readers_.distorted.front()->read(dist.get()));
  }
  wait(*state, [&] {
    check(vmaf_read_pictures(state->context(), ref.get(), dist.get(), frames_));
    ++frames_;
  });
}

// For the library. An exception gives up what is in flight, if it takes long.
void Context::wait(const State& state, const std::function<void()>& call) const {
  Foreground(kGrace).run([&](const std::stop_token& stop) {
    const std::stop_callback cancel(stop, [&] { vmaf_cancel(state.context()); });
    call();
  });
}

void Context::flush() {
  const auto state = this->state();
  wait(*state, [&] { check(vmaf_read_pictures(state->context(), nullptr, nullptr, 0)); });
  drop_returned_arrays();
}

unsigned Context::frames_done() const { return vmaf_frames_done(state()->context()); }
unsigned Context::frames_final() const { return vmaf_frames_final(state()->context()); }

NamedScores Context::scores(unsigned index) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  return state->scores(index);
}

Table Context::table() {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  Table table;
  std::map<std::string, std::size_t> column;
  for (const job::Pooled& pool : job::pooled(state->context()))
    if (column.emplace(pool.name, column.size()).second) table.names.push_back(pool.name);
  table.columns.resize(column.size());
  const unsigned step = std::max(1u, job_.subsample);
  const unsigned first = (compared_.frames.first + step - 1) / step * step;
  for (unsigned index = first; index < frames_; index += step) {
    const NamedScores scores = state->scores(index);
    if (scores.empty()) continue;
    table.frames.push_back(index);
    for (auto& values : table.columns) values.push_back(std::numeric_limits<double>::quiet_NaN());
    for (const auto& [name, value] : scores) table.columns[column.at(name)].back() = value;
  }
  return table;
}

KeptScores Context::kept() {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  KeptScores kept{compared_.frames, {}};
  const std::size_t count = frames_ - compared_.frames.first;
  for (unsigned index = compared_.frames.first; index < frames_; ++index) {
    std::vector<KeptScore> scores;
    check(vmaf_for_each_kept(state->context(), index, append_kept, &scores));
    for (auto& [name, printed, value] : scores) {
      KeptColumn& column = kept.columns[name];
      column.printed = std::move(printed);
      column.values.resize(count);
      column.there.resize(count);
      column.values[index - compared_.frames.first] = value;
      column.there[index - compared_.frames.first] = true;
    }
  }
  return kept;
}

std::vector<job::Pooled> Context::pooled() {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  return job::pooled(state->context());
}

std::vector<job::ShotScores> Context::shots() {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  return job::pooled_by_shot(state->context());
}

NamedScores Context::aggregates() const {
  NamedScores list;
  check(vmaf_for_each_aggregate(state()->context(), append, &list));
  return list;
}

void Context::close() {
  std::shared_ptr<State> last = std::move(state_);
  if (last == nullptr) return;
  {
    const py::gil_scoped_release unlocked;
    last.reset();  // waits for frames in flight
    readers_ = {};
  }
  drop_returned_arrays();
}

}  // namespace visq::python
