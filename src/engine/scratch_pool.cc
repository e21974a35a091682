#include "engine/scratch_pool.h"

#include "base/process.h"

namespace visq {

std::shared_ptr<ScratchPool> ScratchPool::of(const std::string& format) {
  struct Pools {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<ScratchPool>> by_format;
  };
  static OncePerProcess<Pools> of_process;
  auto& [mutex, pools] = of_process.get();
  std::lock_guard lock(mutex);
  std::erase_if(pools, [](const auto& entry) { return entry.second.expired(); });
  auto pool = pools[format].lock();
  if (pool == nullptr) pools[format] = pool = std::make_shared<ScratchPool>();
  return pool;
}

Scratch ScratchPool::take(const std::string& metric) {
  std::lock_guard lock(mutex_);
  std::vector<Scratch>& free = free_[metric];
  if (free.empty()) return {};
  Scratch scratch = std::move(free.back());
  free.pop_back();
  return scratch;
}

void ScratchPool::give(const std::string& metric, Scratch scratch) {
  scratch.reset();
  std::lock_guard lock(mutex_);
  free_[metric].push_back(std::move(scratch));
}

}  // namespace visq
