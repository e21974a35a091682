// Memory that is large and read all over.
#pragma once

#include <sys/mman.h>

#include "base/aligned.h"

namespace visq {

// Asks the system for large pages inside: their addresses are found faster, and one fault brings
// 512 times as much. A system that has none ignores it.
template <typename T>
AlignedBuffer<T> in_large_pages(std::size_t size) {
  AlignedBuffer<T> buffer(size);
  const std::size_t bytes = size * sizeof(T);
  if (bytes == 0) return buffer;
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kLargePage = std::size_t{2} << 20;
  const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
  const std::size_t before = round_up(address, kLargePage) - address;
  if (before + kLargePage <= bytes)
    (void)madvise(reinterpret_cast<std::byte*>(buffer.data()) + before,
                  (bytes - before) / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return buffer;
}

// As AlignedBuffer::zeroed.
template <typename T>
AlignedBuffer<T> zeroed_in_large_pages(std::size_t size) {
  AlignedBuffer<T> buffer = in_large_pages<T>(size);
  if (size > 0) std::memset(buffer.data(), 0, size * sizeof(T));
  return buffer;
}

}  // namespace visq
