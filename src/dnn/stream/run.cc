// Nothing is made before its rows of input are there and its rows of output have room, so the order
// in which threads take work changes no value. Work that lies deepest in the network is taken
// first: it reads what was written last, and frees rows. The picture that is behind the others can
// always go on, so no wait is for ever.
#include "dnn/stream/run.h"

#include <algorithm>
#include <ctime>

namespace visq::stream {
namespace {

// Of this thread's work, which others on the machine do not lengthen.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

Run::Run(const Graph& graph, const Operators& operators, Workspace& workspace,
         const Comparison& comparison)
    : graph_(graph),
      operators_(operators),
      workspace_(workspace),
      plan_(workspace.plan),
      comparison_(comparison),
      pictures_(1 + comparison.dists.size()) {
  add_stages();
  find_users();
  unfinished_ = stages_.size();
}

void Run::add_stages() {
  for (std::size_t p = 0; p < pictures_; ++p)
    stages_.push_back({Stage::Kind::source, 0, p, kNone, 0, plan_.height, plan_.source});
  for (std::size_t i = 0; i < graph_.layers.size(); ++i)
    for (std::size_t p = 0; p < pictures_; ++p) {
      const Layer& layer = graph_.layers[i];
      stages_.push_back({Stage::Kind::layer, static_cast<int>(i), p, layer.in, layer.out,
                         plan_.tensors[static_cast<std::size_t>(layer.out)].height,
                         plan_.layers[i]});
    }
  std::vector<TensorShape> taps;
  for (std::size_t i = 0; i < graph_.taps.size(); ++i) {
    taps.push_back(plan_.tensors[static_cast<std::size_t>(graph_.taps[i])]);
    stages_.push_back({Stage::Kind::tap, static_cast<int>(i), 0, graph_.taps[i], kNone,
                       taps.back().height, plan_.tap});
  }
  comparison_.reduction->begin(taps, comparison_.dists.size());
}

void Run::find_users() {
  users_.assign(pictures_, std::vector<Users>(plan_.tensors.size()));
  for (Stage& stage : stages_)
    for (std::size_t p = 0; p < pictures_; ++p) {
      if (stage.out != kNone && p == stage.picture)
        users_[p][static_cast<std::size_t>(stage.out)].writers.push_back(&stage);
      if (reads(stage, p)) users_[p][static_cast<std::size_t>(stage.in)].readers.push_back(&stage);
    }
}

bool Run::reads(const Stage& stage, std::size_t picture) const {
  return stage.in != kNone && (picture == stage.picture || stage.kind == Stage::Kind::tap);
}

bool Run::is_wanted() const {
  if (thrown_ != nullptr) return false;
  const auto& stops = comparison_.stops;
  return stops.empty() || std::any_of(stops.begin(), stops.end(), [](const std::stop_token& stop) {
           return !stop.stop_requested();
         });
}

bool Run::is_made(std::size_t picture, int tensor, int rows) const {
  const auto& writers = users_[picture][static_cast<std::size_t>(tensor)].writers;
  return std::all_of(writers.begin(), writers.end(),
                     [&](const Stage* s) { return s->done >= rows; });
}

int Run::first_needed(const Stage& reader) const {
  if (reader.done == reader.total) return plan_.tensors[static_cast<std::size_t>(reader.in)].height;
  if (reader.kind == Stage::Kind::tap) return reader.done;
  return first_row_needed(graph_.layers[static_cast<std::size_t>(reader.index)].window,
                          reader.done);
}

bool Run::has_room(std::size_t picture, int tensor, int rows) const {
  const auto& readers = users_[picture][static_cast<std::size_t>(tensor)].readers;
  const int kept = plan_.tensors[static_cast<std::size_t>(tensor)].rows;
  return std::all_of(readers.begin(), readers.end(),
                     [&](const Stage* s) { return rows <= first_needed(*s) + kept; });
}

// Up to which row it may go.
int Run::led_to(const Stage& stage) const {
  if (stage.kind != Stage::Kind::layer) return stage.total;
  const int leader = plan_.leaders[static_cast<std::size_t>(stage.index)];
  if (leader == Plan::kNone) return stage.total;
  const auto& writers = users_[stage.picture][static_cast<std::size_t>(stage.out)].writers;
  const auto found = std::find_if(writers.begin(), writers.end(),
                                  [&](const Stage* s) { return s->index == leader; });
  return (*found)->done;
}

bool Run::is_ready(const Stage& stage, Rows& rows) const {
  if (stage.busy || stage.done == stage.total) return false;
  rows = {stage.done, std::min({stage.steps.end_from(stage.done), stage.total, led_to(stage)})};
  if (rows.to <= rows.from) return false;
  if (stage.out != kNone && !has_room(stage.picture, stage.out, rows.to)) return false;
  int needed = rows.to;
  if (stage.kind == Stage::Kind::layer)
    needed = rows_needed(graph_.layers[static_cast<std::size_t>(stage.index)].window, rows.to,
                         plan_.tensors[static_cast<std::size_t>(stage.in)].height);
  for (std::size_t p = 0; p < pictures_; ++p)
    if (reads(stage, p) && !is_made(p, stage.in, needed)) return false;
  return true;
}

// What this thread has in its cache, else what nobody does.
Run::Stage* Run::next(std::size_t worker, Rows& rows) {
  Stage* const near = deepest(worker, true, rows);
  return near != nullptr ? near : deepest(worker, false, rows);
}

// The picture that is behind comes first: taps read what was just written for all of them.
Run::Stage* Run::deepest(std::size_t worker, bool is_near, Rows& rows) {
  Stage* best = nullptr;
  for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
    if (best != nullptr && (stage->kind != best->kind || stage->index != best->index)) break;
    if (is_near && stage->kind != Stage::Kind::tap && !workspace_.is_near(worker, stage->picture))
      continue;
    Rows these{};
    stage->waits = stage->waits || !is_ready(*stage, these);
    if (stage->waits || (best != nullptr && stage->done >= best->done)) continue;
    best = &*stage;
    rows = these;
  }
  return best;
}

// Whoever reads or joins these rows, or wrote what they were made of, may be ready now.
void Run::finish(Stage& stage, Rows rows) {
  stage.busy = false;
  stage.done = rows.to;
  stage.waits = false;
  if (stage.done == stage.total) --unfinished_;
  const auto wake = [](const std::vector<Stage*>& others) {
    for (Stage* other : others) other->waits = false;
  };
  if (stage.out != kNone) {
    const Users& users = users_[stage.picture][static_cast<std::size_t>(stage.out)];
    wake(users.readers);
    wake(users.writers);
  }
  for (std::size_t p = 0; p < pictures_; ++p) {
    if (!reads(stage, p)) continue;
    free_rows(p, stage.in);
    wake(users_[p][static_cast<std::size_t>(stage.in)].writers);
  }
}

void Run::free_rows(std::size_t picture, int tensor) {
  Users& users = users_[picture][static_cast<std::size_t>(tensor)];
  int end = plan_.tensors[static_cast<std::size_t>(tensor)].height;
  for (const Stage* reader : users.readers) end = std::min(end, first_needed(*reader));
  workspace_.give_back(picture, tensor, {users.read, end});
  users.read = end;
}

// No exception leaves a helper: it would end the process.
void Run::work(std::size_t worker) {
  try {
    make_rows(worker);
  } catch (...) {
    std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
    changed_.notify_all();
  }
}

void Run::make_rows(std::size_t worker) {
  std::unique_lock lock(mutex_);
  while (unfinished_ > 0 && is_wanted()) {
    Rows rows{};
    Stage* const stage = next(worker, rows);
    if (stage == nullptr) {
      changed_.wait(lock);
      continue;
    }
    stage->busy = true;
    if (stage->out != kNone) workspace_.take(stage->picture, stage->out, rows);
    lock.unlock();
    if (comparison_.times != nullptr)
      make_timed(*stage, rows, worker);
    else
      make(*stage, rows, worker);
    lock.lock();
    finish(*stage, rows);
    changed_.notify_all();
  }
}

void Run::make(const Stage& stage, Rows rows, std::size_t worker) {
  const auto index = static_cast<std::size_t>(stage.index);
  switch (stage.kind) {
    case Stage::Kind::source:
      return make_source(stage.picture, rows);
    case Stage::Kind::layer:
      return make_layer(index, stage.picture, rows, workspace_.scratch(worker));
    case Stage::Kind::tap:
      return reduce(index, rows);
  }
}

void Run::make_timed(const Stage& stage, Rows rows, std::size_t worker) {
  const double start = thread_seconds();
  make(stage, rows, worker);
  const double elapsed = thread_seconds() - start;
  StageTimes& times = *comparison_.times;
  std::lock_guard lock(mutex_);
  times.layers.resize(graph_.layers.size());
  times.taps.resize(graph_.taps.size());
  double& total = stage.kind == Stage::Kind::source ? times.source
                  : stage.kind == Stage::Kind::layer
                      ? times.layers[static_cast<std::size_t>(stage.index)]
                      : times.taps[static_cast<std::size_t>(stage.index)];
  total += elapsed;
}

void Run::make_source(std::size_t picture, Rows rows) {
  const RowSource& source = picture == 0 ? comparison_.ref : comparison_.dists[picture - 1];
  const TensorRows to = workspace_.rows(picture, 0);
  for (int y = rows.from; y < rows.to; ++y)
    source(y, {static_cast<float*>(to.row_to_fill(y)), graph_.scale, graph_.offset});
}

void Run::make_layer(std::size_t layer, std::size_t picture, Rows rows, void* scratch) {
  const Layer& l = graph_.layers[layer];
  operators_[layer]->make(workspace_.rows(picture, l.in),
                          workspace_.rows(picture, l.out, l.out_first), rows, scratch);
}

void Run::reduce(std::size_t tap, Rows rows) {
  std::vector<TensorRows> distorted;
  for (std::size_t p = 1; p < pictures_; ++p)
    distorted.push_back(workspace_.rows(p, graph_.taps[tap]));
  comparison_.reduction->add(tap, rows, workspace_.rows(0, graph_.taps[tap]), distorted);
}

Status Run::outcome() const {
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  return unfinished_ > 0 ? Status(fail(ECANCELED, "the comparison was given up")) : Status();
}

}  // namespace visq::stream
