// One comparison of pictures with a reference: which rows of which layer can be made now, by
// whoever is free.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <vector>

#include "dnn/stream/network.h"
#include "dnn/stream/workspace.h"

namespace visq::stream {

class Run {
 public:
  Run(const Graph& graph, const Operators& operators, Workspace& workspace,
      const Comparison& comparison);

  // Works until nothing is left to do; any number of threads, each with a number of its own.
  void work(std::size_t worker);

  // After that. What a thread has thrown is thrown here; -ECANCELED where a stop was requested.
  Status outcome() const;

 private:
  static constexpr int kNone = -1;

  // Rows of one picture through one layer; of its input; or of all pictures through one tap.
  struct Stage {
    enum class Kind { source, layer, tap } kind;
    int index;            // of the layer or tap
    std::size_t picture;  // 0 reference, from 1 distorted
    int in, out;          // tensors, or kNone
    int total;            // rows
    Steps steps;
    int done = 0;
    bool busy = false;
    bool waits = false;  // was not ready, and nothing around it has changed since
  };
  // Of one tensor of one picture.
  struct Users {
    std::vector<Stage*> writers, readers;
    int read = 0;  // rows that none needs any more
  };

  void add_stages();
  void find_users();
  void make_rows(std::size_t worker);
  bool reads(const Stage& stage, std::size_t picture) const;
  bool is_wanted() const;
  Stage* next(std::size_t worker, Rows& rows);
  Stage* deepest(std::size_t worker, bool is_near, Rows& rows);
  void finish(Stage& stage, Rows rows);
  void free_rows(std::size_t picture, int tensor);
  bool is_ready(const Stage& stage, Rows& rows) const;
  bool is_made(std::size_t picture, int tensor, int rows) const;
  bool has_room(std::size_t picture, int tensor, int rows) const;
  int led_to(const Stage& stage) const;
  int first_needed(const Stage& reader) const;

  void make(const Stage& stage, Rows rows, std::size_t worker);
  void make_timed(const Stage& stage, Rows rows, std::size_t worker);
  void make_source(std::size_t picture, Rows rows);
  void make_layer(std::size_t layer, std::size_t picture, Rows rows, void* scratch);
  void reduce(std::size_t tap, Rows rows);

  const Graph& graph_;
  const Operators& operators_;
  Workspace& workspace_;
  const Plan& plan_;
  const Comparison& comparison_;
  const std::size_t pictures_;
  std::vector<Stage> stages_;              // what should run first comes last
  std::vector<std::vector<Users>> users_;  // of each picture and tensor
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t unfinished_ = 0;
  std::exception_ptr thrown_;
};

}  // namespace visq::stream
