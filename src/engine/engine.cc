#include "engine/engine.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/attempt.h"
#include "base/machine.h"
#include "engine/instance.h"

namespace visq {
namespace {

ColumnPhase phase_of(const FeatureInfo& feature) {
  const bool late = feature.role == FeatureRole::derived && !feature.reported_early;
  return late ? ColumnPhase::derived : ColumnPhase::frame;
}

Column column_of(const Descriptor& metric, const FeatureInfo& feature, const Options& options) {
  if (feature.role == FeatureRole::internal)
    return {fmt::format("{}.{}{}", metric.name, feature.name, options.name_suffix()), "",
            ColumnPhase::frame, false};
  return {stored_name(feature, options),
          printed_name(feature, options),
          phase_of(feature),
          true,
          feature.direction,
          std::string(feature.unit)};
}

// What is said of pictures that cannot be scored.
Status as_input(Status status) {
  if (!status && status.error().code == EINVAL) status.error().kind = ErrorKind::input;
  return status;
}

std::string planes_text(const Picture& p) {
  return fmt::format("{}x{} chroma planes", p.width(1), p.height(1));
}

}  // namespace

Engine::Engine(EngineConfig config) : config_(std::move(config)), pool_(config_.threads) {
  config_.subsample = std::max(1u, config_.subsample);
  if (pool_.size() == config_.threads) return;
  config_.log.warning(fmt::format("the system gives {} of the {} threads that were asked for",
                                  pool_.size(), config_.threads));
  config_.threads = static_cast<unsigned>(pool_.size());
}

Engine::~Engine() {
  std::unique_lock lock(mutex_);
  landed_.wait(lock, [this] { return in_flight_.empty(); });
}

Status Engine::use(const Descriptor& descriptor, const OptionStrings& options) {
  std::lock_guard pushes(push_mutex_);
  if (started())
    return fail(EINVAL,
                fmt::format("metric {} must be registered before the first picture is read",
                            descriptor.name),
                ErrorKind::usage);
  VISQ_ASSIGN(const Instance* const instance, register_instance(descriptor, options));
  ask(instance->columns);
  return {};
}

void Engine::ask(std::span<const std::size_t> columns) {
  for (const std::size_t column : columns) table_.ask(column);
}

Result<const Engine::Instance*> Engine::register_instance(const Descriptor& descriptor,
                                                          const OptionStrings& given) {
  VISQ_ASSIGN(Options options, Options::parse(descriptor.name, descriptor.options, given));
  auto instance = std::make_unique<Instance>();
  instance->descriptor = &descriptor;
  instance->given = given;
  instance->key = std::string(descriptor.name) + options.name_suffix();
  const auto same = std::find_if(instances_.begin(), instances_.end(),
                                 [&](const auto& i) { return i->key == instance->key; });
  if (same != instances_.end()) {
    for (const auto& [name, value] : (*same)->given) instance->given.try_emplace(name, value);
    if (instance->given == (*same)->given) return same->get();
    VISQ_ASSIGN(options, Options::parse(descriptor.name, descriptor.options, instance->given));
  }
  VISQ_TRY(make(*instance, options));
  add_columns(*instance, options);
  auto& kept = same == instances_.end() ? instances_.emplace_back() : *same;
  kept = std::move(instance);
  note_needs();
  return kept.get();
}

// The metric, and who takes its maps.
Status Engine::make(Instance& instance, const Options& options) const {
  const Descriptor& descriptor = *instance.descriptor;
  const OptionInfo* const option = option_with_role(descriptor, OptionRole::map_folder);
  const std::string folder = option == nullptr ? "" : options.text(option->name);
  if (const auto taker = map_takers_.find(&descriptor); taker != map_takers_.end())
    instance.map_takers.push_back(taker->second);
  const Environment environment{static_cast<int>(std::max(1u, config_.threads)), config_.log,
                                inference_, !folder.empty() || !instance.map_takers.empty()};
  VISQ_ASSIGN(instance.metric, make_metric(descriptor, options, environment));
  if (!folder.empty()) {
    VISQ_ASSIGN(auto files, config_.open_map_folder(folder));
    instance.map_takers.push_back(std::move(files));
  }
  return {};
}

Status Engine::take_maps(const Descriptor& descriptor, std::shared_ptr<MapTaker> taker) {
  std::lock_guard pushes(push_mutex_);
  if (option_with_role(descriptor, OptionRole::map_folder) == nullptr)
    return fail(EINVAL, fmt::format("metric {} makes no maps", descriptor.name), ErrorKind::usage);
  if (std::any_of(instances_.begin(), instances_.end(),
                  [&](const auto& i) { return i->descriptor == &descriptor; }))
    return fail(EINVAL,
                fmt::format("who takes the maps of metric {} must be said before it is registered",
                            descriptor.name),
                ErrorKind::usage);
  map_takers_[&descriptor] = std::move(taker);
  return {};
}

void Engine::add_columns(Instance& instance, const Options& options) {
  for (const FeatureInfo& feature : instance.descriptor->features)
    instance.columns.push_back(table_.column(column_of(*instance.descriptor, feature, options)));
}

// What the metrics, as they are registered now, need of the clip.
void Engine::note_needs() {
  unsigned window = 0;
  const Descriptor* reader = nullptr;
  distorted_window_ = 0;
  for (const auto& instance : instances_) {
    const auto wanted = static_cast<unsigned>(instance->metric->window());
    window = std::max(window, wanted);
    if (instance->metric->needs_distorted())
      distorted_window_ = std::max(distorted_window_, wanted);
    if (instance->descriptor->planes == Planes::all && instance->metric->planes() == Planes::all)
      reader = instance->descriptor;
  }
  window_ = window;
  chroma_reader_ = reader;
}

Status Engine::prepare(const PictureFormat& format) {
  for (const auto& instance : instances_) {
    VISQ_TRY(as_input(instance->metric->prepare(format)));
    for (const auto& other : instances_)
      if (other != instance && other->descriptor == instance->descriptor)
        instance->metric->meet(*other->metric);
  }
  return {};
}

Status Engine::start(const Picture& picture) {
  VISQ_TRY(prepare(picture.format()));
  table_.limit(counted_, first_pushed());
  scratch_ = ScratchPool::of(describe(picture.format()));
  std::lock_guard lock(mutex_);
  plan_frames(picture);
  prefix_ = first_pushed();
  derived_ = counted_.first;
  format_ = picture.format();
  return {};
}

Status Engine::limit_memory(std::uint64_t bytes) {
  std::lock_guard pushes(push_mutex_);
  if (started())
    return fail(EINVAL, "the memory must be limited before the first picture is read",
                ErrorKind::usage);
  memory_ = bytes;
  return {};
}

// Where there is room for pictures that take as much as any metric was seen to need, each thread
// has its frame. Else the first frame, which all threads work on, shows what one takes.
void Engine::plan_frames(const Picture& picture) {
  constexpr std::uint64_t kMostPerPixel = 48, kLeastPerPixel = 8;
  if (memory_ == 0) memory_ = usable_memory() / 4;
  const auto pixels =
      static_cast<std::uint64_t>(picture.width(0)) * static_cast<std::uint64_t>(picture.height(0));
  most_in_flight_ = config_.threads + std::size_t{1};
  if (most_in_flight_ * pixels * kMostPerPixel <= memory_) return;
  most_in_flight_ = 1;
  const std::uint64_t now = resident_memory();
  measured_ = {now, now, pixels * kLeastPerPixel};
}

// While the first frame is scored, by whoever ends a part of it.
void Engine::measure(FrameMemory& memory, bool landed) {
  memory.most = std::max(memory.most, resident_memory());
  if (!landed) return;
  const std::uint64_t frame = std::max(memory.most - memory.before, memory.least);
  const std::uint64_t room = std::max<std::uint64_t>(memory_ / frame, 1);
  most_in_flight_ = std::min<std::uint64_t>(room, config_.threads + std::uint64_t{1});
  measured_.reset();
}

Status Engine::check(const Picture& ref, const Picture& dist, unsigned index) const {
  if (ref.format() != dist.format())
    return fail(
        EINVAL,
        fmt::format(
            "frame {}: the reference is {}, the distorted picture {}; they must be the same", index,
            describe(ref.format()), describe(dist.format())));
  if (planes() == Planes::all && std::min(ref.present(), dist.present()) == Planes::luma)
    return fail(EINVAL, fmt::format("frame {} has no chroma, which metric {} reads", index,
                                    chroma_reader_.load()->name));
  // Where nothing reads chroma, one of the two may lack it: a decoder's own frame has it anyway.
  const bool alike = ref.present() == dist.present();
  if (alike && (ref.width(1) != dist.width(1) || ref.height(1) != dist.height(1)))
    return fail(
        EINVAL,
        fmt::format(
            "frame {}: the reference has {}, the distorted picture {}; they must be the same",
            index, planes_text(ref), planes_text(dist)));
  if (format_ && *format_ != ref.format())
    return fail(
        EINVAL,
        fmt::format(
            "frame {} is {}, the frames before it are {}; the format cannot change within a clip",
            index, describe(ref.format()), describe(*format_)));
  return {};
}

Status Engine::push(const PicturePtr& ref, PicturePtr dist, unsigned index) {
  Clip clip{this, std::move(dist)};
  push(ref, {&clip, 1}, index);
  return clip.status;
}

// All calls lock in one order, and keep the locks until the tasks are handed over: who waits for
// room then waits for frames that some thread works on, never for those of another call that waits,
// too.
std::vector<std::unique_lock<std::mutex>> Engine::lock_pushes(std::span<const Clip> clips) {
  std::vector<std::mutex*> mutexes;
  for (const Clip& clip : clips) mutexes.push_back(&clip.engine->push_mutex_);
  std::sort(mutexes.begin(), mutexes.end(), std::less<>());
  std::vector<std::unique_lock<std::mutex>> locks;
  locks.reserve(mutexes.size());
  for (std::mutex* mutex : mutexes) locks.emplace_back(*mutex);
  return locks;
}

void Engine::push(const PicturePtr& ref, std::span<Clip> clips, unsigned index) {
  const auto locks = lock_pushes(clips);
  std::vector<std::shared_ptr<FrameInFlight>> flights;
  flights.reserve(clips.size());
  for (Clip& clip : clips) {
    std::shared_ptr<FrameInFlight> flight;
    clip.status = attempt([&]() -> Status {  // the frames of the others are on their way
      VISQ_ASSIGN(flight, clip.engine->accept(ref, std::move(clip.dist), index));
      return {};
    });
    if (flight == nullptr) continue;
    if (flight->unfinished > 0)
      flights.push_back(std::move(flight));
    else
      clip.engine->finish_frame(*flight, {});  // subsampling leaves this frame out
  }
  hand_over(flights);
}

Result<std::shared_ptr<Engine::FrameInFlight>> Engine::accept(PicturePtr ref, PicturePtr dist,
                                                              unsigned index) {
  if (flushed())
    return fail(EINVAL, fmt::format("frame {} came after the end of the clip was announced", index),
                ErrorKind::usage);
  if (index >= ScoreTable::kMaxFrames)
    return fail(EINVAL,
                fmt::format("frame index {} is too large: a clip has at most {} frames", index,
                            ScoreTable::kMaxFrames),
                ErrorKind::usage);
  VISQ_TRY(check_counted(index));
  if (ref == nullptr) {
    VISQ_TRY(check_reference(index));
    ref = dist;
  }
  VISQ_TRY(as_input(check(*ref, *dist, index)));
  if (!started()) VISQ_TRY(start(*ref));
  return begin_frame(std::move(ref), std::move(dist), index);
}

Result<std::shared_ptr<Engine::FrameInFlight>> Engine::begin_frame(PicturePtr ref, PicturePtr dist,
                                                                   unsigned index) {
  auto flight = std::make_shared<FrameInFlight>(this);
  std::unique_lock lock(mutex_);
  landed_.wait(lock,
               [this] { return in_flight_.size() < most_in_flight_ || stop_.stop_requested(); });
  VISQ_TRY(status());
  if (stop_.stop_requested()) return fail(ECANCELED, "scoring was given up");
  if (in_flight_.count(index) != 0 || index < prefix_ || ahead_.count(index) != 0)
    return fail(EINVAL,
                fmt::format("frame {} was read already; its scores cannot be overwritten", index),
                ErrorKind::usage);
  const unsigned wanted = window_;
  for (unsigned back = 1; back <= std::min(wanted, index - first_pushed()); ++back) {
    const auto it = recent_.find(index - back);
    if (it == recent_.end())
      return fail(
          EINVAL,
          fmt::format("frame {} came without frame {} before it, which a temporal metric needs",
                      index, index - back),
          ErrorKind::usage);
    flight->previous_ref.push_back(it->second.first);
    if (back <= distorted_window_) flight->previous_dist.push_back(it->second.second);
  }
  if (wanted > 0) {
    recent_.emplace(index, std::pair(ref, distorted_window_ > 0 ? dist : nullptr));
    while (recent_.size() > wanted) recent_.erase(recent_.begin());
  }
  flight->frame = {index,
                   std::move(ref),
                   std::move(dist),
                   flight->previous_ref,
                   flight->previous_dist,
                   stop_.get_token()};
  flight->unfinished = static_cast<std::size_t>(std::count_if(
      instances_.begin(), instances_.end(), [&](const auto& i) { return runs_on(*i, index); }));
  in_flight_.insert(index);
  frames_ = std::max(frames_, index + 1);
  return flight;
}

void Engine::finish_frame(FrameInFlight& flight, Status status) {
  std::lock_guard lock(mutex_);
  const unsigned index = flight.frame.index;
  if (!status) note_error(index, std::move(status).error());
  const bool landed = flight.unfinished <= 1;
  if (measured_) {
    FrameMemory& memory = *measured_;
    (void)attempt([&]() -> Status {
      measure(memory, landed);
      return {};
    });
  }
  if (flight.unfinished > 0) --flight.unfinished;
  if (flight.unfinished > 0) return;
  flight.frame = {index, nullptr, nullptr, {}, {}, {}};
  flight.previous_ref.clear();
  flight.previous_dist.clear();
  mark_finished(in_flight_.extract(index));
  derive_ready();
  landed_.notify_all();
}

// The node goes from one set to the other: a frame ends also where there is no memory.
void Engine::mark_finished(std::set<unsigned>::node_type index) {
  if (counts(index.value())) ++done_;
  ahead_.insert(std::move(index));
  while (!ahead_.empty() && *ahead_.begin() == prefix_) {
    ahead_.erase(ahead_.begin());
    ++prefix_;
  }
}

void Engine::derive_ready() {
  const unsigned reach = lookahead();
  while (derived_ + reach < prefix_) derive(derived_++);
}

void Engine::derive(unsigned index) {
  if (!counts(index)) return;
  if (error_ && index + std::uint64_t{lookahead()} >= error_->first)
    return;  // it would be made of what is missing
  for (const auto& instance : instances_) {
    if (!runs_on(*instance, index)) continue;
    TableScores scores(table_, *instance, index);
    Status status = attempt(
        [&] { return instance->metric->derive(index, TableReader(table_, *instance), scores); });
    if (status) status = scores.status;
    if (!status) note_error(index, std::move(status).error());
  }
  if (Status status = attempt([&] { return score_models(index); }); !status)
    note_error(index, std::move(status).error());
}

// What is left when no more frames will come.
void Engine::derive_rest() {
  while (derived_ < prefix_) derive(derived_++);
  for (const unsigned index : ahead_) derive(index);
}

Status Engine::flush() {
  std::lock_guard pushes(push_mutex_);
  std::unique_lock lock(mutex_);
  if (flushed_) return fail(EINVAL, "the end of the clip was announced twice", ErrorKind::usage);
  landed_.wait(lock, [this] { return in_flight_.empty(); });
  flushed_ = true;
  recent_.clear();
  if (frames_ == 0) return fail(EINVAL, "the clip ended before its first frame", ErrorKind::input);
  derive_rest();
  aggregate();
  return status();
}

void Engine::cancel() {
  stop_.request_stop();
  std::lock_guard lock(mutex_);
  landed_.notify_all();
}

Status Engine::wait(unsigned index) {
  std::unique_lock lock(mutex_);
  if (!format_) return status();
  const std::uint64_t last = std::uint64_t{index} + lookahead();
  landed_.wait(lock, [&] { return in_flight_.empty() || *in_flight_.begin() > last; });
  return status();
}

void Engine::note_error(unsigned index, Error error) {
  if (!error_ || index < error_->first) error_ = {index, std::move(error)};
}

Status Engine::status() const {
  if (error_) return tl::unexpected<Error>(error_->second);
  return {};
}

unsigned Engine::frames_done() const {
  std::lock_guard lock(mutex_);
  return done_;
}

unsigned Engine::frames_final() const {
  std::lock_guard lock(mutex_);
  return flushed_ ? frames_ : derived_;
}

unsigned Engine::frames_complete() const {
  std::lock_guard lock(mutex_);
  if (!error_) return counted_until(flushed_ ? prefix_ : derived_);
  return counted_until(std::min(prefix_, error_->first - std::min(error_->first, lookahead())));
}

bool Engine::flushed() const {
  std::lock_guard lock(mutex_);
  return flushed_;
}

bool Engine::started() const {
  std::lock_guard lock(mutex_);
  return format_.has_value();
}

PictureFormat Engine::format() const {
  std::lock_guard lock(mutex_);
  return format_.value_or(PictureFormat{});
}

std::vector<std::pair<std::string_view, NetworkFile>> Engine::networks() const {
  std::vector<std::pair<std::string_view, NetworkFile>> list;
  for (const auto& instance : instances_)
    if (auto network = instance->metric->network())
      list.emplace_back(instance->descriptor->name, *std::move(network));
  return list;
}

const Descriptor* Engine::needs_reference() const {
  const auto it = std::find_if(instances_.begin(), instances_.end(),
                               [](const auto& i) { return i->metric->needs_reference(); });
  return it == instances_.end() ? nullptr : (*it)->descriptor;
}

bool Engine::needs_distorted() const {
  return std::any_of(instances_.begin(), instances_.end(),
                     [](const auto& i) { return i->metric->needs_distorted(); });
}

}  // namespace visq
