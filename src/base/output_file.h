// Files that are written: what was there stays until the new one is whole.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/text_sink.h"

namespace visq {

// Written under another name in its folder, and given its own when it is finished. Pipes, devices
// and what /dev and /proc have are written as they are, and so is a file whose folder takes no
// other. An unfinished one goes with its owner.
class OutputFile {
 public:
  // `what`: what errors call it, "the report".
  static Result<OutputFile> create(const std::string& path, std::string what);

  OutputFile(OutputFile&& other) noexcept
      : path_(std::move(other.path_)),
        what_(std::move(other.what_)),
        place_(std::move(other.place_)),
        meanwhile_(std::exchange(other.meanwhile_, "")),
        file_(std::move(other.file_)) {}
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Status write(std::string_view bytes);
  Status write_at(std::string_view bytes, off_t offset) const;  // any thread

  // `durable`: it outlasts a loss of power from then on.
  Status finish(bool durable);

 private:
  OutputFile(std::string path, std::string what) : path_(std::move(path)), what_(std::move(what)) {}
  tl::unexpected<Error> error() const;
  Status open();

  std::string path_, what_;
  std::string place_, meanwhile_;  // where it goes, and where it is; "": there already
  Descriptor file_;
};

// A whole file, which outlasts a loss of power; "-" is standard output. A source that fails leaves
// the file as it was.
Status write_output(const std::string& path, const TextSource& content, const std::string& what);
Status write_output(const std::string& path, std::string_view content, const std::string& what);

}  // namespace visq
