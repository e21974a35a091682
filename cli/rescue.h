// A learned model may take seconds for one step of a frame, which nothing can break off. Who
// pressed Ctrl-C does not wait for it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "job/turn.h"

namespace visq::cli {

using job::Turn;

// A moment after an interruption, as soon as it can have the turn, a thread calls `deliver` and
// ends the process with the exit code that it returns, unless over() was called before. The turn is
// free when it is destroyed.
class Rescue {
 public:
  Rescue(Turn& turn, std::function<int()> deliver);
  ~Rescue();
  Rescue(const Rescue&) = delete;
  Rescue& operator=(const Rescue&) = delete;

  void over();  // the caller delivers; it has the turn

 private:
  void wait();

  Turn& turn_;
  std::function<int()> deliver_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;  // guarded by mutex_
  std::thread thread_;
  std::optional<std::stop_callback<std::function<void()>>>
      on_interrupt_;  // last: it starts the thread
};

}  // namespace visq::cli
