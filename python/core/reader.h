// Video files for Python: what the command reads, read in the same way.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "io/reader.h"
#include "python/core/picture.h"

namespace visq::python {

class Reader {
 public:
  Reader(const std::string& path, const std::optional<io::RawFormat>& raw, int threads);

  const io::StreamInfo& info() const { return reader_->info(); }
  const std::string& path() const { return path_; }
  void deepen_to(unsigned bits);

  // The next picture; none at the end. Without the interpreter's lock.
  std::optional<Picture> read();

 private:
  std::string path_;
  std::mutex mutex_;  // two Python threads may read one file
  std::unique_ptr<io::VideoReader> reader_;
};

}  // namespace visq::python
