// Frames where the system keeps the file in memory: nothing is copied.
//
// A page that goes away while it is mapped, because the file is cut off or its device fails, raises
// SIGBUS, which ends a process that does not handle it. So nothing is mapped before a program says
// that it may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace visq::io {

// For a program that owns its process. From now on SIGBUS is handled: of a frame that is mapped, a
// page that is gone reads as zeros, and nothing_lost says so.
void allow_mapping();

// An error that names the file and the first frame that lost samples while it was mapped.
Status nothing_lost();

// The bytes of a frame.
struct FrameBytes {
  std::size_t size;
  std::size_t needed;       // of these, from the first on; they are read from the device at once
  std::size_t alignment;    // in memory
  const std::string& name;  // of the file
  std::uint64_t frame;
};

struct MappedEntry;

class MappedFrame {
 public:
  // From a byte of an open file on. nullptr where that may not or cannot be: reading them says why.
  static std::unique_ptr<MappedFrame> of(int file, std::uint64_t offset, const FrameBytes& bytes);
  ~MappedFrame();
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  unsigned char* data() const { return data_; }  // which cannot be written

 private:
  MappedFrame(void* pages, std::size_t size, std::size_t skipped);

  void* pages_;
  std::size_t size_;  // of the pages
  unsigned char* data_;
  MappedEntry* entry_ = nullptr;
};

}  // namespace visq::io
