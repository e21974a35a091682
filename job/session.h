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

class Session {
 public:
  // What the job scores, for the clip of that position. The rate is for metrics that ask for it;
  // 0: unknown.
  static Result<Session> open(const Job& job, std::size_t clip, double frames_a_second = 0,
                              const MapReceiver* maps = nullptr);

  VmafContext* context() const { return context_.get(); }

 private:
  explicit Session(visq::context context) : context_(std::move(context)) {}
  Status use(const FeatureSpec& feature, double frames_a_second);

  visq::context context_;
};

// One for each clip: what is wrong with metrics and models is known before a clip is read.
using Sessions = std::vector<Session>;
Result<Sessions> open_sessions(const Job& job, double frames_a_second = 0);

// Whether the sessions are to be opened again once the clips are: a metric takes their rate.
bool wants_frame_rate(const Job& job);

}  // namespace visq::job
