// The sums of 2x2 samples of a picture, kept: the frames after it are compared with these above HD,
// and they are a quarter of what the picture would be to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "base/aligned.h"
#include "base/buffer_pool.h"
#include "base/plane.h"
#include "base/samples.h"
#include "kernels/xpsnr/xpsnr.h"

namespace visq::xpsnr {

class CellSums {
 public:
  using Pool = BufferPool<std::uint16_t>;

  // Whether all cells are whole, and 16 bits hold their sums.
  static bool fit(const Samples& luma) {
    return luma.width % 2 == 0 && luma.height % 2 == 0 && luma.bits <= 14;
  }

  // Of luma that they fit, in no row yet. The memory is the pool's.
  CellSums(const Samples& luma, const Grid& grid, std::shared_ptr<Pool> pool)
      : made_(std::make_unique<std::once_flag[]>(static_cast<std::size_t>(grid.rows))),
        pool_(std::move(pool)) {
    const std::size_t width = static_cast<std::size_t>(luma.width) / 2,
                      stride = round_up(width, kAlignment / sizeof(std::uint16_t)),
                      height = static_cast<std::size_t>(luma.height) / 2;
    memory_ = pool_->take(stride * height);
    sums_ = {memory_.data(), static_cast<std::ptrdiff_t>(stride), static_cast<int>(width),
             static_cast<int>(height)};
  }
  CellSums(CellSums&&) = default;
  CellSums& operator=(CellSums&&) = delete;
  ~CellSums() {
    if (pool_ != nullptr) pool_->give(std::move(memory_));
  }

  // Calls make() where nobody has for that row of blocks; waits for whoever is at it.
  template <typename Make>
  void once(int row_of_blocks, const Make& make) const {
    std::call_once(made_[static_cast<std::size_t>(row_of_blocks)], make);
  }

  // Of cells of rows 2y and 2y + 1.
  std::uint16_t* row(int y) const { return sums_.row(y); }

 private:
  AlignedBuffer<std::uint16_t> memory_;
  PlaneView<std::uint16_t> sums_;
  std::unique_ptr<std::once_flag[]> made_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace visq::xpsnr
