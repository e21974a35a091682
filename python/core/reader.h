// Video files for Python: what the command reads, read and converted in the same way.
#pragma once

#include <mutex>
#include <optional>

#include "job/open.h"
#include "python/core/picture.h"

namespace visq::python {

class Reader {
 public:
  explicit Reader(const job::Job& job);  // of its reference

  // The next picture; none at the end. Without the interpreter's lock.
  std::optional<Picture> read();

 private:
  std::mutex mutex_;  // two Python threads may read one file
  job::Reader reader_;
};

}  // namespace visq::python
