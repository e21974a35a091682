// Worker threads that take tasks in the order in which they were given, and help with the loops of
// each other's tasks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace visq {

class ThreadPool {
 public:
  using Task = std::function<void()>;

  // With 0 threads `submit` runs the task before it returns. Where the system gives fewer threads
  // than asked for, there are fewer.
  explicit ThreadPool(std::size_t threads);
  std::size_t size() const { return threads_.size(); }
  ~ThreadPool();  // runs what was submitted, then joins
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void submit(Task task);

  class Rounds;
  // What one thread does of a loop: it takes rounds and does them until it gets none.
  using Share = std::function<void(Rounds&)>;

  // A loop in the midst of a task: the calling worker does a share of it, and so does each worker
  // that finds no task to begin. Returns when all of these have ended. What a share throws is
  // thrown here; no round is begun after it.
  //
  // A worker begins a task rather than help, and leaves a loop when a task comes. The caller of a
  // loop waits at its end for those who still do a round, so helping costs time that a task of its
  // own does not; with many frames in flight all cores have tasks, and none waits. Where tasks are
  // few (one picture, the last frames of a clip), nothing is lost by helping.
  //
  // A caller that waits does nothing else meanwhile. So it waits only for rounds that others have
  // begun, and those only for loops within them: no circle, whatever locks the caller holds.
  void loop(std::size_t count, const Share& share);

 private:
  struct Loop;

  void work();
  void begin_task(std::unique_lock<std::mutex>& lock);
  Loop* loop_to_help() const;
  void help(Loop& loop, std::unique_lock<std::mutex>& lock);
  void unlock_and_wake(std::unique_lock<std::mutex>& lock, std::size_t wanted);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::vector<Loop*> loops_;  // under way, in the order in which they began
  std::size_t asleep_ = 0;    // workers that wait for something to do
  bool closing_ = false;
  std::atomic<bool> task_waits_ = false;  // tasks_ is not empty: for helpers, without the mutex
  std::vector<std::thread> threads_;
};

// The rounds of a loop, 0 to count - 1, as one thread gets them.
class ThreadPool::Rounds {
 public:
  std::optional<std::size_t> take();     // one that nobody has begun
  bool helps() const { return helps_; }  // the thread is not the one that called `loop`

 private:
  friend class ThreadPool;
  Rounds(ThreadPool& pool, Loop& loop, bool helps) : pool_(pool), loop_(loop), helps_(helps) {}

  ThreadPool& pool_;
  Loop& loop_;
  bool helps_;
};

}  // namespace visq
