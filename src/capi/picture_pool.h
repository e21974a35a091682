// Pictures that are used again when their last reader lets go: fresh memory costs page faults.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/process.h"
#include "capi/picture.h"

namespace visq::capi {

class PicturePool : public std::enable_shared_from_this<PicturePool> {
 public:
  static constexpr std::uint64_t kUnlimited = 1ull << 32;

  struct Kind {
    ChromaRounding rounding;
    Planes planes;
  };
  PicturePool(const PictureFormat& format, Kind kind, std::uint64_t limit)
      : format_(format), kind_(kind), limit_(limit) {}

  // Makes all the pictures that a limited pool may have.
  Status fill();

  // A free picture with the samples of its last use, else a new one; waits when there are `kept`
  // more than the limit: those that the engine holds on to are not the caller's to wait for.
  Result<std::shared_ptr<SharedPicture>> fetch(unsigned kept);

 private:
  Status add();
  void give_back(PictureMemory memory);

  const Birthplace birthplace_;
  const PictureFormat format_;
  const Kind kind_;
  const std::uint64_t limit_;
  std::uint64_t made_ = 0;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<PictureMemory> free_;
};

}  // namespace visq::capi
