// Video files for Python: what the command reads, read and converted in the same way.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

#include "job/open.h"
#include "python/core/picture.h"

namespace visq::python {

class Reader {
 public:
  explicit Reader(const job::Job& job);  // of its reference

  // The next picture; none at the end.
  std::optional<Picture> read();

 private:
  void stoppably(const std::function<void()>& f);

  std::stop_source stop_;
  std::mutex mutex_;  // two Python threads may read one file
  job::Reader reader_;
};

}  // namespace visq::python
