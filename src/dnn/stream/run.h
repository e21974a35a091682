// One comparison of two pictures: which rows of which layer can be made now, by whoever is free.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/scratch.h"
#include "dnn/stream/network.h"

namespace visq::stream {

// The rows in flight, reused from comparison to comparison.
class Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> make(const Graph& graph, const std::vector<PackedLayer>& packed, Plan plan, int threads);

  // A value of row y, counted from the first pixel after its left margin; zeros where the picture has no such row.
  const void* row(int picture, int tensor, int y, std::ptrdiff_t value = 0) const;
  void* row_to_fill(int picture, int tensor, int y, int channel = 0);
  float* scratch(std::size_t worker) { return scratch_[worker].data(); }

  const Plan plan;

 private:
  explicit Workspace(Plan p) : plan(std::move(p)) {}
  std::ptrdiff_t offset(int tensor, int y, std::ptrdiff_t value) const;

  std::vector<AlignedBuffer<std::byte>> tensors_[2];
  AlignedBuffer<std::byte> zeros_;
  std::vector<AlignedBuffer<float>> scratch_;
};

class Run {
 public:
  Run(const Graph& graph, const std::vector<PackedLayer>& packed, Workspace& workspace, const Comparison& comparison);

  // Works until nothing is left to do; any number of threads, each with a number of its own.
  void work(std::size_t worker);
  bool given_up() const { return unfinished_ > 0; }  // because a stop was requested
  double distance() const;

 private:
  static constexpr int kNone = -1;

  // Rows of one picture through one layer; of its input; or of both pictures through one tap.
  struct Stage {
    enum class Kind { source, layer, tap } kind;
    int index;    // of the layer or tap
    int picture;  // 0 reference, 1 distorted
    int in, out;  // tensors, or kNone
    int total;    // rows
    int step;     // rows at a time
    int done = 0;
    bool busy = false;
    bool waits = false;  // was not ready, and nothing around it has changed since
  };
  struct Rows {
    int from, to;
  };

  void add_stages();
  std::vector<bool> layers_for_reference() const;
  bool is_known(int tap) const;
  bool reads(const Stage& stage, int picture) const;
  Stage* next(Rows& rows);
  void finish(Stage& stage, Rows rows);
  bool is_ready(const Stage& stage, Rows& rows) const;
  bool is_made(int picture, int tensor, int rows) const;
  bool has_room(int picture, int tensor, int rows) const;
  int first_needed(const Stage& reader) const;

  void make(const Stage& stage, Rows rows, std::size_t worker);
  void make_timed(const Stage& stage, Rows rows, std::size_t worker);
  void make_source(int picture, Rows rows);
  void make_layer(const Layer& layer, int index, int picture, Rows rows, float* scratch);
  void convolve(const Layer& layer, const PackedLayer& packed, int picture, int y, float* scratch);
  void convolve_tiles(const Layer& layer, const PackedLayer& packed, int picture, Rows rows, float* scratch);
  void pool(const Layer& layer, int picture, int y);
  template <typename T>
  void pool_values(const Layer& layer, int picture, int y);
  void compare(int tap, Rows rows, float* scratch);
  template <typename T>
  void compare_row(const Tap& tap, const void* ref, const void* dist, float* out);
  const void* reference_row(int tap, int y);

  const Graph& graph_;
  const std::vector<PackedLayer>& packed_;
  Workspace& workspace_;
  const Plan& plan_;
  const Comparison& comparison_;
  std::vector<Stage> stages_;  // what should run first comes last
  std::vector<std::vector<Stage*>> writers_[2], readers_[2];  // of each tensor
  std::vector<std::vector<double>> row_sums_;  // of each tap
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t unfinished_ = 0;
};

}  // namespace visq::stream
