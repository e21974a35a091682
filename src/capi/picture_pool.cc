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
  free_.reserve(made_ + std::size_t{1});  // so that giving a picture back needs no memory
  VISQ_ASSIGN(PictureMemory memory, allocate_picture(format_, kind_.rounding, kind_.planes));
  free_.push_back(std::move(memory));
  ++made_;
  return {};
}

void PicturePool::give_back(PictureMemory memory) {
  if (!birthplace_.is_here()) return;  // a thread of the parent may have the lock, for ever
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(memory));
  returned_.notify_one();
}

Result<std::shared_ptr<SharedPicture>> PicturePool::fetch(unsigned kept) {
  auto shared = std::make_shared<SharedPicture>();
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !free_.empty() || made_ < limit_ + kept; });
  if (free_.empty()) VISQ_TRY(add());
  PictureMemory memory = std::move(free_.back());
  free_.pop_back();
  lock.unlock();
  shared->format = format_;
  shared->memory.planes = memory.planes;
  shared->memory.present = memory.present;
  // The last holder's reference goes away: the memory comes back, and the pool lives until then.
  void* const block = memory.owner.get();
  shared->memory.owner = std::shared_ptr<void>(
      block,
      [pool = shared_from_this(), memory](void*) mutable { pool->give_back(std::move(memory)); });
  return shared;
}

}  // namespace visq::capi

using namespace visq::capi;

struct VmafPicturePool {
  explicit VmafPicturePool(std::shared_ptr<PicturePool> made) : pool(std::move(made)) {}

  const visq::Birthplace birthplace;
  std::shared_ptr<PicturePool> pool;
};

namespace {

// `format_of()` gives the pictures'.
template <typename Format>
int open_pool(VmafPicturePool** pool, const Format& format_of, visq::Planes planes) {
  if (pool == nullptr) return report(EINVAL, "a picture pool needs a place to be put");
  return guarded([&] {
    const auto format = format_of();
    if (!format) return report(format.error());
    const PicturePool::Kind kind{visq::ChromaRounding::up, planes};
    *pool =
        new VmafPicturePool(std::make_shared<PicturePool>(*format, kind, PicturePool::kUnlimited));
    return 0;
  });
}

}  // namespace

extern "C" {

int vmaf_picture_pool_open(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                           unsigned w, unsigned h) {
  return open_pool(pool, [&] { return checked_format(pix_fmt, bpc, w, h); }, visq::Planes::all);
}

int vmaf_picture_pool_open_luma(VmafPicturePool** pool, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                unsigned w, unsigned h) {
  return open_pool(pool, [&] { return checked_format(pix_fmt, bpc, w, h); }, visq::Planes::luma);
}

int vmaf_picture_pool_fetch(VmafPicturePool* pool, VmafPicture* pic) {
  if (pool == nullptr || pic == nullptr)
    return report(EINVAL, "vmaf_picture_pool_fetch needs a pool and a picture");
  return guarded(*pool, [&] { return hand_out(pic, pool->pool->fetch(0)); });
}

void vmaf_picture_pool_close(VmafPicturePool* pool) { delete pool; }

}  // extern "C"
