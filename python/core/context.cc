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

Context::Context(const job::Job& job, job::Session session, unsigned frames)
    : job_(job), state_(std::make_shared<State>(State{std::move(session)})), frames_(frames) {}

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
  for (unsigned index = 0; index < frames_; index += std::max(1u, job_.subsample)) {
    const NamedScores scores = state->scores(index);
    if (scores.empty()) continue;
    table.frames.push_back(index);
    for (auto& values : table.columns) values.push_back(std::numeric_limits<double>::quiet_NaN());
    for (const auto& [name, value] : scores) table.columns[column.at(name)].back() = value;
  }
  return table;
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
