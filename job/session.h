// One comparison: a context of the library, its models and its metrics.
#pragma once

#include <string>
#include <vector>

#include "job/job.h"
#include "visq/visq.hpp"

namespace visq::job {

// Who is given the maps of a metric.
struct MapReceiver {
  std::string metric;
  VmafMapCallback take;
  void* user;
};

// The pictures that are compared, of which metrics and the choice of a model want to know. Before
// clips are open nothing is known.
struct Compared {
  double frames_a_second = 0;
  unsigned height = 0;
};

class Session {
 public:
  // What the job scores, for the clip of that position.
  static Result<Session> open(const Job& job, std::size_t clip, const Compared& compared = {},
                              const MapReceiver* maps = nullptr);

  VmafContext* context() const { return context_.get(); }
  const std::vector<ModelSpec>& models() const { return models_; }        // as they were chosen
  const std::vector<std::string>& left_out() const { return left_out_; }  // sentences

 private:
  explicit Session(visq::context context) : context_(std::move(context)) {}
  Status use(const FeatureSpec& feature, double frames_a_second);

  visq::context context_;
  std::vector<ModelSpec> models_;
  std::vector<std::string> left_out_;
};

// One for each clip: what is wrong with metrics and models is known before a clip is read.
using Sessions = std::vector<Session>;
Result<Sessions> open_sessions(const Job& job, const Compared& compared = {});

// Whether the sessions are to be opened again once the clips are: a metric takes their rate, or a
// model goes by their size.
bool waits_for_clips(const Job& job);

}  // namespace visq::job
