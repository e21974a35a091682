// Any bytes as a y4m stream: errors or frames, never a crash.
#include <cstring>

#include "io/y4m.h"

namespace {

class Memory final : public visq::io::ByteSource {
 public:
  Memory(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::optional<std::size_t> read(void* to, std::size_t size) override {
    const std::size_t count = std::min(size, size_);
    if (count > 0) std::memcpy(to, data_, count);
    data_ += count;
    size_ -= count;
    return count;
  }
  std::optional<std::uint64_t> skip(std::uint64_t size) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_));
    data_ += count;
    size_ -= count;
    return count;
  }
  std::string_view peek(std::size_t size) override {
    return {reinterpret_cast<const char*>(data_), std::min(size, size_)};
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto reader = visq::io::open_y4m("fuzz", std::make_unique<Memory>(data, size));
  if (!reader) return 0;
  const auto& info = (*reader)->info();
  if (size % 2 != 0) (*reader)->read_luma_only();
  if (static_cast<std::uint64_t>(info.width) * info.height > (1u << 20))
    return 0;  // time, not bugs
  for (int i = 0; i < 8; ++i) {
    VmafPicture picture{};
    const bool passed = (size + static_cast<std::size_t>(i)) % 3 == 0;
    const auto more = passed ? (*reader)->skip() : (*reader)->read(&picture);
    if (!more || !*more) return 0;
    if (!passed) vmaf_picture_unref(&picture);
  }
  return 0;
}
