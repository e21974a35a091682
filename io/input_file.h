// A file, a pipe or standard input, open for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "io/mapped_frame.h"

namespace visq::io {

class InputFile {
 public:
  // "-" is standard input. A folder or a missing file is an error that says so. Does not wait for
  // whoever writes a pipe: reading does.
  static Result<InputFile> open(const std::string& path, std::stop_token stop);

  // Takes the descriptor over.
  InputFile(int file, std::stop_token stop);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  // As many bytes as there are now, up to `size`, waiting for the first; 0 at the end. nullopt: an
  // error, as errno has it: ECANCELED where a wait was stopped.
  std::optional<std::size_t> read_some(void* to, std::size_t size);

  // Another one of the same file, at its start.
  InputFile again() const;

  bool can_seek() const { return regular_; }
  // To a byte from the start; false where that cannot be.
  bool seek(std::uint64_t to);
  std::uint64_t position() const;
  // Of what can seek, now: the file may still be written.
  std::optional<std::uint64_t> size() const;

  // The same file, to map frames of it.
  std::shared_ptr<MappedFile> mapped(const std::string& name) const;

 private:
  bool wait();

  int file_;
  bool regular_ = false;
  std::stop_token stop_;
};

}  // namespace visq::io
