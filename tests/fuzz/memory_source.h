// A fuzzer's bytes as a file that is read in order.
#pragma once

#include <algorithm>
#include <cstring>

#include "io/byte_source.h"

namespace visq::test {

class MemorySource final : public io::ByteSource {
 public:
  MemorySource(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::optional<std::size_t> read(void* to, std::size_t size) override {
    const std::size_t count = std::min(size, size_);
    if (count > 0) std::memcpy(to, data_, count);
    pass(count);
    return count;
  }
  std::optional<std::uint64_t> skip(std::uint64_t size) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_));
    pass(count);
    return count;
  }
  std::string_view peek(std::size_t size) override {
    return {reinterpret_cast<const char*>(data_), std::min(size, size_)};
  }

 private:
  void pass(std::size_t count) {
    data_ += count;
    size_ -= count;
  }

  const std::uint8_t* data_;
  std::size_t size_;
};

// Reads or passes over frames of what was opened, as `choice` says.
inline void read_some_frames(io::VideoReader& reader, std::size_t choice) {
  const auto& info = reader.info();
  if (choice % 2 != 0) reader.read_luma_only();
  if (static_cast<std::uint64_t>(info.width) * info.height > (1u << 20)) return;  // time, not bugs
  for (std::size_t i = 0; i < 8; ++i) {
    VmafPicture picture{};
    const bool passed = (choice + i) % 3 == 0;
    const auto more = passed ? reader.skip() : reader.read(&picture);
    if (!more && more.error().message.empty()) __builtin_trap();
    if (!more || !*more) return;
    if (!passed) vmaf_picture_unref(&picture);
  }
}

}  // namespace visq::test
