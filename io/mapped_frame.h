// Frames where the system keeps the file in memory: nothing is copied.
//
// A page that goes away while it is mapped, because the file is cut off or its device fails, raises
// SIGBUS, which ends a process that does not handle it. So nothing is mapped before a program says
// that it may be.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace visq::io {

// For a program that owns its process. From now on SIGBUS is handled: of a frame that is mapped, a
// page that is gone reads as zeros, and its file is not intact any more.
void allow_mapping();

// The bytes of a frame.
struct FrameBytes {
  std::size_t size;
  std::size_t needed;       // of these, from the first on; they are read from the device at once
  std::size_t alignment;    // in memory
  const std::string& name;  // of the file
  std::uint64_t frame;
};

// A file of which frames are mapped. It lives as long as one of them.
class MappedFile {
 public:
  MappedFile(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  int descriptor() const { return file_.get(); }
  void lose(std::uint64_t frame);  // where a signal is handled, too

  // An error that names the first frame that lost samples while it was mapped.
  Status intact() const;

 private:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  Descriptor file_;
  std::string name_;
  std::atomic<std::uint64_t> lost_ = kNone;
};

struct MappedEntry;

class MappedFrame {
 public:
  // From a byte of the file on. nullptr where that may not or cannot be: reading them says why.
  // Programs may read 64 bytes more than the frame has, as some do for the sake of speed.
  static std::unique_ptr<MappedFrame> of(std::shared_ptr<MappedFile> file, std::uint64_t offset,
                                         const FrameBytes& bytes);
  ~MappedFrame();
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  unsigned char* data() const { return data_; }  // which cannot be written

 private:
  MappedFrame() = default;

  std::shared_ptr<MappedFile> file_;
  std::uint64_t frame_ = 0, end_ = 0;  // in the file
  void* pages_ = nullptr;
  std::size_t size_ = 0;  // of the pages
  unsigned char* data_ = nullptr;
  MappedEntry* entry_ = nullptr;
};

}  // namespace visq::io
