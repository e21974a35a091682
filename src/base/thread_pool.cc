#include "base/thread_pool.h"

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace visq {

// A local variable of the function that runs it.
struct ThreadPool::Loop {
  const std::size_t count;
  const Share& share;
  std::atomic<std::size_t> next = 0;

  std::size_t helpers = 0;  // guarded by the pool's mutex, as is what follows
  std::exception_ptr thrown = nullptr;
  std::condition_variable ended = {};  // the last helper has gone

  bool left() const { return next.load(std::memory_order_relaxed) < count; }

  // No exception of a share leaves its thread.
  std::exception_ptr do_share(Rounds rounds) {
    try {
      share(rounds);
      return nullptr;
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      return std::current_exception();
    }
  }
  void note(std::exception_ptr exception) {
    if (thrown == nullptr) thrown = std::move(exception);
  }
};

std::optional<std::size_t> ThreadPool::Rounds::take() {
  if (helps_ && pool_.task_waits_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::size_t round = loop_.next.fetch_add(1, std::memory_order_relaxed);
  return round < loop_.count ? std::optional(round) : std::nullopt;
}

ThreadPool::ThreadPool(std::size_t threads) {
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {  // no thread is to be had,
  } catch (const std::bad_alloc&) {     // or no memory for one
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(Task task) {
  if (threads_.empty()) return task();
  std::unique_lock lock(mutex_);
  tasks_.push_back(std::move(task));
  task_waits_.store(true, std::memory_order_relaxed);
  unlock_and_wake(lock, 1);
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!tasks_.empty()) {
      begin_task(lock);
    } else if (Loop* const loop = loop_to_help()) {
      help(*loop, lock);
    } else if (closing_) {
      return;
    } else {
      ++asleep_;
      wake_.wait(lock);
      --asleep_;
    }
  }
}

void ThreadPool::begin_task(std::unique_lock<std::mutex>& lock) {
  {
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task_waits_.store(!tasks_.empty(), std::memory_order_relaxed);
    lock.unlock();
    task();
  }
  lock.lock();
}

// The oldest: its task belongs to the frame that should be done first.
ThreadPool::Loop* ThreadPool::loop_to_help() const {
  const auto it =
      std::find_if(loops_.begin(), loops_.end(), [](const Loop* loop) { return loop->left(); });
  return it == loops_.end() ? nullptr : *it;
}

void ThreadPool::help(Loop& loop, std::unique_lock<std::mutex>& lock) {
  ++loop.helpers;
  unlock_and_wake(lock, 2);
  std::exception_ptr thrown = loop.do_share({*this, loop, true});
  lock.lock();
  loop.note(std::move(thrown));
  if (--loop.helpers == 0) loop.ended.notify_one();  // with the mutex: then the loop may be gone
}

void ThreadPool::loop(std::size_t count, const Share& share) {
  Loop loop{count, share};
  const bool alone = count < 2 || threads_.size() < 2;
  if (!alone) {
    std::unique_lock lock(mutex_);
    loops_.push_back(&loop);
    unlock_and_wake(lock, std::min<std::size_t>(count - 1, 2));
  }
  std::exception_ptr thrown = loop.do_share({*this, loop, false});
  if (!alone) {
    std::unique_lock lock(mutex_);
    loops_.erase(std::find(loops_.begin(), loops_.end(), &loop));
    loop.ended.wait(lock, [&] { return loop.helpers == 0; });
    loop.note(std::move(thrown));
    thrown = std::move(loop.thrown);
  }
  if (thrown != nullptr) std::rethrow_exception(thrown);
}

// Each helper wakes two others: all are awake after as many steps as their number has bits, and
// nobody makes more than two system calls.
void ThreadPool::unlock_and_wake(std::unique_lock<std::mutex>& lock, std::size_t wanted) {
  const std::size_t sleepers = std::min(wanted, asleep_);
  lock.unlock();
  for (std::size_t i = 0; i < sleepers; ++i) wake_.notify_one();
}

}  // namespace visq
