// A fuzzer's bytes as the choices of a program. Once they are used up all choices are zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace visq::test {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  bool empty() const { return size_ == 0; }

  template <typename T>
  T take() {
    T value{};
    const std::size_t count = std::min(sizeof value, size_);
    if (count > 0) std::memcpy(&value, data_, count);
    data_ += count;
    size_ -= count;
    return value;
  }

  // Of so many, up to 256.
  unsigned below(unsigned count) { return take<std::uint8_t>() % count; }

  // What lies before the next byte of that value.
  std::string until(char end) {
    const auto* const stop = std::find(data_, data_ + size_, static_cast<std::uint8_t>(end));
    std::string text(data_, stop);
    const auto used = std::min(size_, text.size() + 1);
    data_ += used;
    size_ -= used;
    return text;
  }

  std::string rest() {
    std::string text(data_, data_ + size_);
    data_ += size_;
    size_ = 0;
    return text;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace visq::test
