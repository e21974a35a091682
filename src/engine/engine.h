// Schedules frames x metrics over threads. A bounded number of frames is in flight; metrics get
// the previous frames that they ask for; scores that depend on neighbouring frames are derived as
// soon as those are there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "collect/table.h"
#include "engine/scratch_pool.h"
#include "extract/metric.h"
#include "models/score_model.h"
#include "models/tiny_model.h"

namespace visq {

struct EngineConfig {
  unsigned threads = 0;    // 0: everything runs in the calling thread
  unsigned subsample = 1;  // score every N-th frame
  Log log;
  // Takes the maps of a metric that an option tells a folder; fails before the first frame where
  // nothing can be written into it.
  std::function<Result<std::unique_ptr<MapTaker>>(const std::string& folder)> open_map_folder = {};
};

// A model, and where an engine's table has what it reads and what it makes.
struct BoundModel {
  std::shared_ptr<const ScoreModel> model;
  std::vector<std::size_t> inputs, outputs;
};

class Engine {
 public:
  explicit Engine(EngineConfig config);
  ~Engine();  // waits for the frames in flight
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Registers a metric, before the first frame. One that differs from a registered one only in
  // options that leave the feature names alone extends that one.
  Status use(const Descriptor& descriptor, const OptionStrings& options);

  // Adds a model, before the first frame, and the metrics whose features it reads. Its scores are
  // in the table as soon as those are final. The same one again changes nothing.
  Status use(std::shared_ptr<const ScoreModel> model);
  Status use(std::shared_ptr<const TinyModel> model);  // which has a name of its own
  const std::vector<std::shared_ptr<const TinyModel>>& tiny_models() const { return tiny_models_; }

  // The other way: only the metrics, and scores that are made when they are asked for, of any model
  // whose features are scored here. libvmaf's calls say no sooner than with the first question
  // which models a report shall have; till then a model costs nothing.
  Status use_features(const ScoreModel& model);
  Result<BoundModel> bind(std::shared_ptr<const ScoreModel> model,
                          ColumnPhase phase = ColumnPhase::model);
  Status score(const BoundModel& bound, unsigned index);  // waits for what it reads

  // Waits for the frame. -EINVAL says why there is no such score.
  Result<double> score_at(std::size_t column, unsigned index);

  std::vector<std::pair<std::string_view, NetworkFile>> networks()
      const;  // of learned metrics, by their names

  // How learned metrics run that are registered from now on.
  void set_inference(const Inference& inference) { inference_ = inference; }
  const Inference& inference() const { return inference_; }

  // Takes the maps of a metric, whether or not its options name a folder for them, too. Before that
  // metric is registered.
  Status take_maps(const Descriptor& descriptor, std::shared_ptr<MapTaker> taker);

  // How many bytes the frames in flight should take, before the first one: where pictures are
  // large, fewer of them are in flight than threads could work on. 0, the default: a quarter of
  // what the process can have. One frame is always scored.
  Status limit_memory(std::uint64_t bytes);

  // Only these frames count, before the first one: of the others those are pushed that they need,
  // and their scores are those of the whole clip.
  Status count_frames(FrameSpan span);
  struct Neighbours {
    unsigned before = 0, after = 0;
  };
  Neighbours neighbours() const;  // that the registered metrics need of frames that count

  // The end of a clip whose scores, those of every column, were stored and not pushed.
  Status conclude(const PictureFormat& format, unsigned frames);

  // Takes a pair; waits while too many are in flight. An error of an earlier frame is returned
  // here; the scores that were finished stay. `ref` may be nullptr where nothing needs it.
  Status push(const PicturePtr& ref, PicturePtr dist, unsigned index);

  // Several clips against one reference, or each by itself where `ref` is nullptr: metrics that the
  // engines have in common find out once what concerns the reference. All of it runs in the threads
  // of the first. Each engine once.
  struct Clip {
    Engine* engine;
    PicturePtr dist;
    Status status = {};  // set: what push would have returned
  };
  static void push(const PicturePtr& ref, std::span<Clip> clips, unsigned index);

  // The clip has ended: waits, derives what is left, aggregates. No push after it.
  Status flush();

  // Has a worker do something else, in turn with the tasks of frames.
  void run_beside(ThreadPool::Task work) { pool_.submit(std::move(work)); }

  // Gives up the frames in flight: what no worker has begun, and learned models in the midst of a
  // run, end at once, as ECANCELED. Scores that are finished stay; `flush` is still to come. Any
  // thread.
  void cancel();

  // Waits until what pushed frames contribute to the scores of frames up to `index` is there.
  Status wait(unsigned index);

  // How many finished pairs temporal metrics make the engine hold on to.
  unsigned frames_kept() const { return window_; }
  // What the registered metrics read of YCbCr pictures; those of RGB need all planes.
  Planes planes() const { return chroma_reader_.load() == nullptr ? Planes::luma : Planes::all; }
  bool needs_distorted() const;  // some registered metric reads the distorted clip
  const Descriptor* needs_reference()
      const;  // the first registered metric that does; nullptr: none
  unsigned frames_done() const;
  unsigned frames_final() const;     // every score of the frames below is there, or never comes
  unsigned frames_complete() const;  // from the first on, those that have all their scores
  bool flushed() const;
  bool started() const;
  PictureFormat format() const;
  const EngineConfig& config() const { return config_; }
  ScoreTable& table() { return table_; }
  const ScoreTable& table() const { return table_; }

 private:
  struct Instance;
  struct FrameInFlight;
  struct Work;
  class TableScores;
  class TableReader;
  struct FrameMemory {
    std::uint64_t before, most;  // of the process
    std::uint64_t least;         // that a frame takes
  };

  Result<const Instance*> register_instance(const Descriptor& descriptor,
                                            const OptionStrings& options);
  void ask(std::span<const std::size_t> columns);
  Status make(Instance& instance, const Options& options) const;
  void note_needs();
  void add_columns(Instance& instance, const Options& options);
  Status register_pictures(const std::shared_ptr<const TinyModel>& model);
  Status register_features(const ScoreModel& model);
  Status check_not_started(const std::string& model) const;
  Status add(std::shared_ptr<const ScoreModel> model, ColumnPhase phase);
  Status claim(const ScoreModel& model);
  bool is_owned(const std::string& score) const;
  Result<std::size_t> input_column(const ScoreModel& model, const ModelInput& input) const;
  Status check_reference(unsigned index) const;
  Status score_models(unsigned index);
  Status score_final(const BoundModel& bound, unsigned index);
  Status store_scores(const BoundModel& bound, std::span<const double> values, unsigned index);
  Status start(const Picture& picture);
  Status prepare(const PictureFormat& format);
  void aggregate();
  unsigned first_pushed() const;
  void plan_frames(const Picture& picture);
  void measure(FrameMemory& memory, bool landed);
  Status check(const Picture& ref, const Picture& dist, unsigned index) const;
  Status check_counted(unsigned index) const;
  static std::vector<std::unique_lock<std::mutex>> lock_pushes(std::span<const Clip> clips);
  Result<std::shared_ptr<FrameInFlight>> accept(PicturePtr ref, PicturePtr dist, unsigned index);
  Result<std::shared_ptr<FrameInFlight>> begin_frame(PicturePtr ref, PicturePtr dist,
                                                     unsigned index);
  using Task = std::vector<Work>;
  static std::vector<Task> tasks_of(std::span<const std::shared_ptr<FrameInFlight>> flights);
  static std::vector<std::vector<Task>> jobs_of(std::vector<Task> tasks);
  static void hand_over(std::span<const std::shared_ptr<FrameInFlight>> flights);
  static void run(std::span<Work> task, ThreadPool& threads);
  static Status extract(std::span<const Work> task, std::span<Status> found, ThreadPool& threads);
  static void finish(const Work& work, const Status& status);
  void finish_frame(FrameInFlight& flight, Status status);
  void mark_finished(std::set<unsigned>::node_type index);
  void derive_ready();
  void derive(unsigned index);
  void derive_rest();
  void note_error(unsigned index, Error error);
  Status status() const;
  bool runs_on(const Instance& instance, unsigned index) const;
  unsigned lookahead() const;
  bool counts(unsigned index) const { return index >= counted_.first && index <= counted_.last; }
  unsigned counted_until(unsigned end) const;

  EngineConfig config_;
  std::stop_source stop_;
  std::atomic<unsigned> window_ = 0;  // the longest that a metric asks for
  unsigned distorted_window_ = 0;     // the longest of those that read the distorted clip's, too
  std::atomic<const Descriptor*> chroma_reader_ = nullptr;  // a metric that reads chroma
  ScoreTable table_;
  FrameSpan counted_;
  Inference inference_;
  std::map<const Descriptor*, std::shared_ptr<MapTaker>> map_takers_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::shared_ptr<const TinyModel>> tiny_models_;
  std::vector<BoundModel> models_;        // those that were added
  std::shared_ptr<ScratchPool> scratch_;  // from the first picture on

  mutable std::mutex models_mutex_;  // held for a moment, maybe under mutex_, never around it
  std::map<std::string, std::uint64_t> score_owners_;  // which model a name of a score belongs to

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable landed_;
  std::optional<PictureFormat> format_;
  std::map<unsigned, std::pair<PicturePtr, PicturePtr>>
      recent_;  // the window of previous frames; distorted ones if wanted
  std::set<unsigned> in_flight_;
  unsigned prefix_ = 0;       // every frame below is finished
  std::set<unsigned> ahead_;  // finished frames above it
  unsigned derived_ = 0;      // every frame below has its derived scores
  unsigned frames_ = 0;       // one past the last index
  unsigned done_ = 0;
  std::optional<std::pair<unsigned, Error>> error_;  // of the first frame that failed
  std::uint64_t memory_ = 0;                         // as limit_memory has it
  std::size_t most_in_flight_ = 1;
  std::optional<FrameMemory> measured_;  // of the first frame, where memory may be short
  bool flushed_ = false;
  std::mutex push_mutex_;  // pushes are taken one at a time

  ThreadPool pool_;  // last: its tasks use all of the above
};

}  // namespace visq
