// Nothing is made before its rows of input are there and its rows of output have room, so the order
// in which threads take work changes no value. Work that lies deepest in the network is taken
// first: it reads what was written last, and frees rows. The picture that is behind the others can
// always go on, so no wait is for ever.
#include "dnn/stream/run.h"

#include <algorithm>
#include <ctime>
#include <numeric>

namespace visq::stream {
namespace {

constexpr int kMostWindowRows = 64;

std::size_t scratch_size(const Graph& graph, const std::vector<PackedLayer>& packed,
                         const Plan& plan) {
  std::size_t size = 0;
  for (const Tap& tap : graph.taps)
    size = std::max(
        size, static_cast<std::size_t>(plan.tensors[static_cast<std::size_t>(tap.tensor)].width));
  for (std::size_t i = 0; i < packed.size(); ++i)
    if (packed[i].int16.values.data() != nullptr)
      size = std::max(
          size, nn::int16_scratch(packed[i].int16, std::ptrdiff_t{graph.layers[i].window.stride_x} *
                                                       graph.layers[i].in_channels) /
                        sizeof(float) +
                    1);
    else if (plan.layers[i].winograd)
      size = std::max(size, nn::winograd_scratch(packed[i].winograd));
  return size;
}

// Of this thread's work, which others on the machine do not lengthen.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

Workspace::Workspace(const Graph& graph, const std::vector<PackedLayer>& packed, Plan plan_,
                     int threads)
    : plan(std::move(plan_)) {
  std::size_t longest = 0;
  for (const TensorPlan& tensor : plan.tensors)
    longest = std::max(longest, tensor.row_size() * tensor.value_bytes());
  zeros_ = AlignedBuffer<std::byte>::zeroed(longest);
  for (int i = 0; i < threads; ++i)
    scratch_.push_back(AlignedBuffer<float>::zeroed(scratch_size(graph, packed, plan)));
}

void Workspace::make_room(std::size_t pictures) {
  while (tensors_.size() < pictures) {
    std::vector<AlignedBuffer<std::byte>> tensors;
    for (const TensorPlan& tensor : plan.tensors)
      tensors.push_back(AlignedBuffer<std::byte>::zeroed(tensor.size() * tensor.value_bytes()));
    tensors_.push_back(std::move(tensors));
  }
}

std::ptrdiff_t Workspace::offset(int tensor, int y, std::ptrdiff_t value) const {
  const TensorPlan& t = plan.tensors[static_cast<std::size_t>(tensor)];
  const auto row = static_cast<std::ptrdiff_t>(t.row_size()) * (y % t.rows);
  return (row + std::ptrdiff_t{t.left} * t.channels + value) *
         static_cast<std::ptrdiff_t>(t.value_bytes());
}

const void* Workspace::row(std::size_t picture, int tensor, int y, std::ptrdiff_t value) const {
  if (y < 0 || y >= plan.tensors[static_cast<std::size_t>(tensor)].height)
    return zeros_.data() + offset(tensor, 0, value);
  return tensors_[picture][static_cast<std::size_t>(tensor)].data() + offset(tensor, y, value);
}

void* Workspace::row_to_fill(std::size_t picture, int tensor, int y, int channel) {
  return tensors_[picture][static_cast<std::size_t>(tensor)].data() + offset(tensor, y, channel);
}

Run::Run(const Graph& graph, const std::vector<PackedLayer>& packed, Workspace& workspace,
         const Comparison& comparison)
    : graph_(graph),
      packed_(packed),
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
    stages_.push_back({Stage::Kind::source, 0, p, kNone, 0, plan_.height, plan_.source_rows});
  for (std::size_t i = 0; i < graph_.layers.size(); ++i)
    for (std::size_t p = 0; p < pictures_; ++p) {
      const Layer& layer = graph_.layers[i];
      stages_.push_back({Stage::Kind::layer, static_cast<int>(i), p, layer.in, layer.out,
                         plan_.tensors[static_cast<std::size_t>(layer.out)].height,
                         plan_.layers[i].rows});
    }
  row_sums_.resize(comparison_.dists.size());
  for (std::size_t i = 0; i < graph_.taps.size(); ++i) {
    const TensorPlan& tensor = plan_.tensors[static_cast<std::size_t>(graph_.taps[i].tensor)];
    stages_.push_back({Stage::Kind::tap, static_cast<int>(i), 0, graph_.taps[i].tensor, kNone,
                       tensor.height, plan_.tap_rows});
    for (auto& sums : row_sums_) sums.emplace_back(static_cast<std::size_t>(tensor.height));
    if (comparison_.maps != nullptr)
      comparison_.maps->push_back({tensor.width, tensor.height,
                                   std::vector<float>(static_cast<std::size_t>(tensor.width) *
                                                      static_cast<std::size_t>(tensor.height))});
  }
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

bool Run::is_ready(const Stage& stage, Rows& rows) const {
  if (stage.busy || stage.done == stage.total) return false;
  rows = {stage.done, std::min(stage.done + stage.step, stage.total)};
  if (stage.out != kNone && !has_room(stage.picture, stage.out, rows.to)) return false;
  int needed = rows.to;
  if (stage.kind == Stage::Kind::layer)
    needed = rows_needed(graph_.layers[static_cast<std::size_t>(stage.index)].window, rows.to,
                         plan_.tensors[static_cast<std::size_t>(stage.in)].height);
  for (std::size_t p = 0; p < pictures_; ++p)
    if (reads(stage, p) && !is_made(p, stage.in, needed)) return false;
  return true;
}

Run::Stage* Run::next(Rows& rows) {
  const auto found = std::find_if(stages_.rbegin(), stages_.rend(), [&](Stage& stage) {
    stage.waits = stage.waits || !is_ready(stage, rows);
    return !stage.waits;
  });
  return found == stages_.rend() ? nullptr : &*found;
}

// Whoever reads these rows, or wrote what they were made of, may be ready now.
void Run::finish(Stage& stage, Rows rows) {
  stage.busy = false;
  stage.done = rows.to;
  stage.waits = false;
  if (stage.done == stage.total) --unfinished_;
  const auto wake = [](const std::vector<Stage*>& others) {
    for (Stage* other : others) other->waits = false;
  };
  if (stage.out != kNone) wake(users_[stage.picture][static_cast<std::size_t>(stage.out)].readers);
  for (std::size_t p = 0; p < pictures_; ++p)
    if (reads(stage, p)) wake(users_[p][static_cast<std::size_t>(stage.in)].writers);
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
    Stage* const stage = next(rows);
    if (stage == nullptr) {
      changed_.wait(lock);
      continue;
    }
    stage->busy = true;
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
  float* const scratch = workspace_.scratch(worker);
  switch (stage.kind) {
    case Stage::Kind::source:
      return make_source(stage.picture, rows);
    case Stage::Kind::layer:
      return make_layer(graph_.layers[static_cast<std::size_t>(stage.index)], stage.index,
                        stage.picture, rows, scratch);
    case Stage::Kind::tap:
      return compare(stage.index, rows, scratch);
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
  for (int y = rows.from; y < rows.to; ++y)
    source(y, {static_cast<float*>(workspace_.row_to_fill(picture, 0, y)), graph_.scale,
               graph_.offset});
}

void Run::make_layer(const Layer& layer, int index, std::size_t picture, Rows rows,
                     float* scratch) {
  const PackedLayer& packed = packed_[static_cast<std::size_t>(index)];
  if (plan_.layers[static_cast<std::size_t>(index)].winograd)
    return convolve_tiles(layer, packed, picture, rows, scratch);
  for (int y = rows.from; y < rows.to; ++y) {
    if (layer.kind == Layer::Kind::convolution)
      convolve(layer, packed, picture, y, scratch);
    else
      pool(layer, picture, y);
  }
}

void Run::convolve(const Layer& layer, const PackedLayer& packed, std::size_t picture, int y,
                   float* scratch) {
  const Window& w = layer.window;
  const TensorPlan& out = plan_.tensors[static_cast<std::size_t>(layer.out)];
  const void* rows[kMostWindowRows];
  for (int k = 0; k < w.height; ++k)
    rows[k] = workspace_.row(picture, layer.in, y * w.stride_y - w.top + k,
                             -std::ptrdiff_t{w.left} * layer.in_channels);
  const nn::RowShape shape{out.width, std::ptrdiff_t{w.stride_x} * layer.in_channels, out.channels};
  void* const to = workspace_.row_to_fill(picture, layer.out, y, layer.out_first);
  if (packed.is_int16()) return nn::conv_row_int16(packed.int16, rows, shape, to, scratch);
  const float* floats[kMostWindowRows];
  std::transform(rows, rows + w.height, floats,
                 [](const void* row) { return static_cast<const float*>(row); });
  if (out.bf16)
    nn::conv_row(packed.direct, floats, shape, static_cast<nn::Bfloat16*>(to));
  else
    nn::conv_row(packed.direct, floats, shape, static_cast<float*>(to));
}

void Run::convolve_tiles(const Layer& layer, const PackedLayer& packed, std::size_t picture,
                         Rows rows, float* scratch) {
  const TensorPlan& out = plan_.tensors[static_cast<std::size_t>(layer.out)];
  const void* in[nn::kTileIn];
  for (int k = 0; k < nn::kTileIn; ++k)
    in[k] = workspace_.row(picture, layer.in, rows.from - layer.window.top + k,
                           -std::ptrdiff_t{layer.window.left} * layer.in_channels);
  void* to[nn::kTile] = {};
  for (int y = rows.from; y < rows.to; ++y)
    to[y - rows.from] = workspace_.row_to_fill(picture, layer.out, y, layer.out_first);
  const nn::TileShape shape{out.width, rows.to - rows.from, layer.in_channels, out.channels};
  if (packed.is_int16()) return nn::winograd_rows_int16(packed.int16, in, shape, to, scratch);
  const float* floats_in[nn::kTileIn];
  float* floats_to[nn::kTile];
  std::transform(in, in + nn::kTileIn, floats_in,
                 [](const void* row) { return static_cast<const float*>(row); });
  std::transform(to, to + nn::kTile, floats_to, [](void* row) { return static_cast<float*>(row); });
  nn::winograd_rows(packed.winograd, floats_in, shape, floats_to, scratch);
}

void Run::pool(const Layer& layer, std::size_t picture, int y) {
  if (plan_.tensors[static_cast<std::size_t>(layer.out)].bf16)
    pool_values<nn::Bfloat16>(layer, picture, y);
  else
    pool_values<float>(layer, picture, y);
}

template <typename T>
void Run::pool_values(const Layer& layer, std::size_t picture, int y) {
  const Window& w = layer.window;
  const TensorPlan &in = plan_.tensors[static_cast<std::size_t>(layer.in)],
                   &out = plan_.tensors[static_cast<std::size_t>(layer.out)];
  const int from = y * w.stride_y - w.top, to = std::min(from + w.height, in.height);
  const T* rows[kMostWindowRows];
  int count = 0;
  for (int k = std::max(from, 0); k < to; ++k)
    rows[count++] = static_cast<const T*>(workspace_.row(picture, layer.in, k));
  const nn::PoolShape shape{out.width,  in.width, layer.in_channels, w.width,
                            w.stride_x, -w.left,  in.channels,       out.channels};
  nn::max_pool_row(rows, count, shape,
                   static_cast<T*>(workspace_.row_to_fill(picture, layer.out, y, layer.out_first)));
}

template <typename T>
void Run::compare_row(const Tap& tap, const void* ref, const void* dist, float* out) {
  const TensorPlan& tensor = plan_.tensors[static_cast<std::size_t>(tap.tensor)];
  nn::distance_row(static_cast<const T*>(ref), static_cast<const T*>(dist), tap.weights.data(),
                   {tensor.width, tensor.channels, tap.inside, tap.outside}, out);
}

void Run::compare(int tap, Rows rows, float* scratch) {
  const Tap& t = graph_.taps[static_cast<std::size_t>(tap)];
  const TensorPlan& tensor = plan_.tensors[static_cast<std::size_t>(t.tensor)];
  for (int y = rows.from; y < rows.to; ++y)
    for (std::size_t p = 1; p < pictures_; ++p) {
      float* out = scratch;
      if (p == 1 && comparison_.maps != nullptr)
        out = (*comparison_.maps)[static_cast<std::size_t>(tap)].values.data() +
              static_cast<std::ptrdiff_t>(y) * tensor.width;
      const void *const ref = workspace_.row(0, t.tensor, y), *const dist =
                                                                  workspace_.row(p, t.tensor, y);
      if (tensor.bf16)
        compare_row<nn::Bfloat16>(t, ref, dist, out);
      else
        compare_row<float>(t, ref, dist, out);
      row_sums_[p - 1][static_cast<std::size_t>(tap)][static_cast<std::size_t>(y)] =
          std::accumulate(out, out + tensor.width, 0.0);
    }
}

Result<std::vector<double>> Run::distances() const {
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  if (unfinished_ > 0) return fail(ECANCELED, "the comparison was given up");
  std::vector<double> distances;
  for (const auto& taps : row_sums_) {
    distances.push_back(0);
    for (std::size_t i = 0; i < taps.size(); ++i) {
      const TensorPlan& tensor = plan_.tensors[static_cast<std::size_t>(graph_.taps[i].tensor)];
      distances.back() +=
          std::accumulate(taps[i].begin(), taps[i].end(), 0.0) / tensor.width / tensor.height;
    }
  }
  return distances;
}

}  // namespace visq::stream
