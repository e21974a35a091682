// Bytes of a file or of standard input, read in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/mapped_frame.h"

namespace visq::io {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // As many bytes as there are, up to `size`; fewer at the end only. nullopt: a read error.
  virtual std::optional<std::size_t> read(void* to, std::size_t size) = 0;
  // Passes over as many bytes as there are, up to `size`, without reading them where that is
  // possible.
  virtual std::optional<std::uint64_t> skip(std::uint64_t size) = 0;
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  // The next bytes, which are passed over, where they lie in the system's memory. nullptr where
  // they have to be read.
  virtual std::unique_ptr<MappedFrame> map(const FrameBytes& /*bytes*/) { return nullptr; }
  // An error once what was mapped lost samples.
  virtual Status intact() const { return {}; }
  // The next bytes, up to `size` (a few thousand at most), which stay to be read; fewer at the end,
  // or where they cannot be read. They hold until the next call.
  virtual std::string_view peek(std::size_t size) = 0;
};

// A regular file, a pipe or "-"; a folder or a missing file is an error that says so. A read that
// waits for a silent pipe is an error as soon as it is stopped.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path, std::stop_token stop = {});

}  // namespace visq::io
