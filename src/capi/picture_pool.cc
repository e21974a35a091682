#include "capi/picture_pool.h"

#include <utility>

namespace visq::capi {

Result<std::shared_ptr<PicturePool>> PicturePool::make(const PictureFormat& format, unsigned count) {
  std::shared_ptr<PicturePool> pool(new PicturePool(format));
  for (unsigned i = 0; i < count; ++i) {
    VISQ_ASSIGN(PictureMemory memory, allocate_picture(format, ChromaRounding::down));
    pool->free_.push_back(std::move(memory));
  }
  return pool;
}

Result<PictureMemory> PicturePool::take(unsigned kept) {
  std::unique_lock lock(mutex_);
  if (free_.empty() && extra_ < kept) {
    ++extra_;
    return allocate_picture(format_, ChromaRounding::down);
  }
  returned_.wait(lock, [this] { return !free_.empty(); });
  PictureMemory memory = std::move(free_.back());
  free_.pop_back();
  return memory;
}

Result<std::shared_ptr<SharedPicture>> PicturePool::fetch(unsigned kept) {
  VISQ_ASSIGN(PictureMemory memory, take(kept));
  auto shared = std::make_shared<SharedPicture>();
  shared->format = format_;
  shared->memory.planes = memory.planes;
  // The last holder's reference goes away: the memory comes back, and the pool lives until then.
  void* const block = memory.owner.get();
  shared->memory.owner = std::shared_ptr<void>(block, [pool = shared_from_this(), memory](void*) mutable {
    std::lock_guard returning(pool->mutex_);
    pool->free_.push_back(std::move(memory));
    pool->returned_.notify_one();
  });
  return shared;
}

}  // namespace visq::capi
