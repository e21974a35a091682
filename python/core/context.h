// One comparison for Python: a session of a job, and frames on their way into it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "job/open.h"
#include "job/pooled.h"
#include "job/session.h"
#include "python/core/picture.h"

namespace visq::python {

// What a clip scored: NaN where a frame has no score of that name.
struct Table {
  std::vector<unsigned> frames;
  std::vector<std::string> names;  // in report order
  std::vector<std::vector<double>> columns;
};

// A clip that was scored: which of its frames count, and as what it was compared.
struct ComparedClip {
  VmafFrameRange frames{};
  io::StreamInfo info;
  job::Compared by;
  std::vector<VmafFrameRange> shots;  // of an imported clip
  std::vector<std::string> conversions;
  std::vector<unsigned> damaged;  // frames that are, or whose reference is
};

// Everything that is kept of the frames that count, by stored names.
struct KeptColumn {
  std::string printed;  // as reports print it; "": they do not
  std::vector<double> values;
  std::vector<bool> there;
};
struct KeptScores {
  VmafFrameRange frames{};
  std::map<std::string, KeptColumn> columns;
};

// Calls give up the interpreter's lock while the library works. Any number of threads may call,
// but one at a time pushes.
class Context {
 public:
  // Of frames that are pushed; of a clip that was scored.
  Context(const job::Job& job, bool copy);
  Context(const job::Job& job, job::Session session, ComparedClip clip);
  // Of a clip whose kept scores, from frame 0 on, were made elsewhere.
  static std::unique_ptr<Context> imported(const job::Job& job, const ComparedClip& clip,
                                           const std::map<std::string, KeptColumn>& columns);
  // Only a broken mutex or interpreter throws, and ends the program.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~Context() { close(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void push(const Frame& reference, const Frame& distorted);
  void flush();

  unsigned frames_pushed() const { return frames_; }
  unsigned frames_done() const;
  unsigned frames_final() const;
  // What the frame has by now.
  std::vector<std::pair<std::string, double>> scores(unsigned index);
  Table table();
  KeptScores kept();
  const ComparedClip& compared() const { return compared_; }
  std::vector<job::Pooled> pooled();
  std::vector<job::ShotScores> shots();
  std::vector<std::pair<std::string, double>> aggregates() const;
  void close();

 private:
  struct State;
  struct Side;
  std::shared_ptr<State> state() const;  // throws after close()
  void open_sides(const Frame& reference, const Frame& distorted);
  void wait(const State& state, const std::function<void()>& call) const;

  job::Job job_;
  bool copy_ = false;
  std::shared_ptr<State> state_;
  std::shared_ptr<Side> reference_, distorted_;  // since the first frames
  job::Readers readers_;                         // over them, in the format that is compared
  ComparedClip compared_;
  unsigned frames_ = 0;  // one past the last
};

}  // namespace visq::python
