#include "capi/picture_pool.h"

#include <utility>

#include "capi/log.h"
#include "libvmaf/visq.h"

namespace visq::capi {

Status PicturePool::fill() {
  std::lock_guard lock(mutex_);
  while (made_ < limit_) VISQ_TRY(add());
  return {};
}

Status PicturePool::add() {
  VISQ_ASSIGN(PictureMemory memory, allocate_picture(format_, rounding_));
  free_.push_back(std::move(memory));
  ++made_;
  return {};
}

void PicturePool::give_back(PictureMemory memory) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(memory));
  returned_.notify_one();
}

Result<std::shared_ptr<SharedPicture>> PicturePool::fetch(unsigned kept) {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !free_.empty() || made_ < limit_ + kept; });
  if (free_.empty()) VISQ_TRY(add());
  PictureMemory memory = std::move(free_.back());
  free_.pop_back();
  lock.unlock();
  auto shared = std::make_shared<SharedPicture>();
  shared->format = format_;
  shared->memory.planes = memory.planes;
  // The last holder's reference goes away: the memory comes back, and the pool lives until then.
  void* const block = memory.owner.get();
  shared->memory.owner = std::shared_ptr<void>(
      block, [pool = shared_from_this(), memory](void*) mutable { pool->give_back(std::move(memory)); });
  return shared;
}

}  // namespace visq::capi

using namespace visq::capi;

struct VmafPicturePool {
  std::shared_ptr<PicturePool> pool;
};

extern "C" {

int vmaf_picture_pool_open(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w, unsigned h) {
  if (pool == nullptr) return report(EINVAL, "vmaf_picture_pool_open needs a place for the pool");
  const auto format = checked_format(pix_fmt, bpc, w, h);
  if (!format) return report(format.error());
  return guarded([&] {
    *pool = new VmafPicturePool{std::make_shared<PicturePool>(*format, visq::ChromaRounding::up, PicturePool::kUnlimited)};
    return 0;
  });
}

int vmaf_picture_pool_fetch(VmafPicturePool* pool, VmafPicture* pic) {
  if (pool == nullptr || pic == nullptr) return report(EINVAL, "vmaf_picture_pool_fetch needs a pool and a picture");
  return guarded([&] { return hand_out(pic, pool->pool->fetch(0)); });
}

void vmaf_picture_pool_close(VmafPicturePool* pool) { delete pool; }

}  // extern "C"
