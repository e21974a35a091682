#include "dnn/run/run_limits.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

#include "base/aligned.h"

namespace visq {

Watchdog::Watchdog() {
  try {
    thread_ = std::thread([this] { wait(); });
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "the thread that watches over a model cannot be started");
  }
}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

// Runs begin often and end in time: the thread sleeps until the first end that it knows, and looks
// then whether that run is still there.
void Watchdog::wait() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    const auto now = Clock::now();
    while (!watches_.empty() && watches_.begin()->first <= now) {
      Watch& watch = *watches_.begin()->second;
      watches_.erase(watches_.begin());
      watch.expired_ = true;
      watch.expire_();
    }
    wakes_ = watches_.empty() ? Clock::time_point::max() : watches_.begin()->first;
    if (watches_.empty())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, wakes_);
  }
}

Watchdog::Watch::Watch(Watchdog& dog, Clock::duration limit, std::function<void()> expire)
    : dog_(dog), expire_(std::move(expire)) {
  const auto end = Clock::now() + limit;
  std::lock_guard lock(dog_.mutex_);
  place_ = dog_.watches_.emplace(end, this);
  if (end < dog_.wakes_) dog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  std::lock_guard lock(dog_.mutex_);
  if (!expired_) dog_.watches_.erase(place_);
}

bool Watchdog::Watch::expired() const {
  std::lock_guard lock(dog_.mutex_);
  return expired_;
}

namespace {

thread_local RunMemory::Account* current_account = nullptr;

// A block of that many times the size that is wanted is still taken: what lies in the cache is
// better than what fits.
constexpr std::size_t kMostWaste = 4;

// A few sizes for each power of two, so that a block fits the next run although its size differs.
std::size_t rounded(std::size_t size) {
  const std::size_t step = std::max<std::size_t>(std::bit_floor(size) / 8, kAlignment);
  return round_up(std::max<std::size_t>(size, 1), step);
}

}  // namespace

// In front of what is handed out.
struct alignas(kAlignment) RunMemory::Block {
  std::size_t size;
  void* origin;  // of malloc
};

RunMemory::Account::Account(std::uint64_t limit)
    : limit_(limit), outer_(std::exchange(current_account, this)) {}
RunMemory::Account::~Account() { current_account = outer_; }

RunMemory::RunMemory() = default;
RunMemory::~RunMemory() { drop_kept(); }

void* RunMemory::take(std::size_t size) {
  if (size > static_cast<std::size_t>(-1) / 2) throw std::bad_alloc();
  const std::size_t bytes = rounded(size);
  Account* const account = current_account;
  if (account != nullptr && bytes > account->limit_ - std::min(account->limit_, account->used_)) {
    account->refused_ = true;
    throw std::bad_alloc();
  }
  Block* block = nullptr;
  {
    std::lock_guard lock(mutex_);
    const auto fit = kept_.lower_bound(bytes);
    if (fit != kept_.end() && fit->first <= kMostWaste * bytes) {
      block = fit->second.back();
      fit->second.pop_back();
      if (fit->second.empty()) kept_.erase(fit);
    }
  }
  if (block == nullptr) {
    std::size_t room = sizeof(Block) + bytes + kAlignment;
    void* const origin = std::malloc(room);
    if (origin == nullptr) throw std::bad_alloc();
    void* aligned = origin;
    std::align(kAlignment, sizeof(Block) + bytes, aligned, room);
    block = new (aligned) Block{bytes, origin};
  }
  if (account != nullptr) account->used_ += block->size;
  return block + 1;
}

void RunMemory::give(void* memory) {
  if (memory == nullptr) return;
  Block* const block = static_cast<Block*>(memory) - 1;
  if (Account* const account = current_account)
    account->used_ -= std::min<std::uint64_t>(account->used_, block->size);
  try {
    std::lock_guard lock(mutex_);
    kept_[block->size].push_back(block);
  } catch (const std::bad_alloc&) {
    std::free(block->origin);
  }
}

void RunMemory::drop_kept() {
  std::lock_guard lock(mutex_);
  for (const auto& [size, blocks] : kept_)
    for (Block* block : blocks) std::free(block->origin);
  kept_.clear();
}

}  // namespace visq
