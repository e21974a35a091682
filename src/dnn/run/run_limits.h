// What a run of somebody's model may take: a graph can have loops that never end, and tensors that
// double.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace visq {

// A thread that ends runs whose time is over.
class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;

  // Throws std::system_error where the thread cannot be started.
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // One run. `expire` is called once, from the thread, unless the watch is gone before.
  class Watch {
   public:
    Watch(Watchdog& dog, Clock::duration limit, std::function<void()> expire);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    bool expired() const;

   private:
    friend class Watchdog;
    Watchdog& dog_;
    std::function<void()> expire_;
    bool expired_ = false;  // guarded by the dog's mutex
    std::multimap<Clock::time_point, Watch*>::iterator place_;
  };

 private:
  void wait();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Watch*> watches_;  // by their ends
  Clock::time_point wakes_ = Clock::time_point::max();
  bool closing_ = false;
  std::thread thread_;
};

// The memory of a process's runs. Blocks are kept for the next run, which mostly wants the same
// ones: fresh memory costs page faults.
class RunMemory {
 public:
  // While it lives, what its thread takes counts. Other threads that help with the run are free:
  // what is thrown in them nobody catches.
  class Account {
   public:
    explicit Account(std::uint64_t limit);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    bool refused() const { return refused_; }  // a block, since it would have been too much

   private:
    friend class RunMemory;
    const std::uint64_t limit_;
    std::uint64_t used_ = 0;
    bool refused_ = false;
    Account* const outer_;
  };

  RunMemory();
  ~RunMemory();

  // std::bad_alloc where there is no memory, or the thread's account would be overdrawn.
  void* take(std::size_t size);
  void give(void* block);
  void drop_kept();  // to the system

 private:
  struct Block;
  std::mutex mutex_;
  std::map<std::size_t, std::vector<Block*>> kept_;  // by their sizes
};

}  // namespace visq
