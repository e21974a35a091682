// Ctrl-C, and what else asks the command to end.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <thread>

namespace visq::cli {

// While it lives, a thread of its own waits for SIGINT, SIGTERM and SIGHUP (where they are not
// ignored: nohup does that): the first requests the stop, another one half a second later or more
// ends the process at once. A broken pipe and a file that grows past the limit are errors of the
// write instead of the end. Made before any other thread is.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch();

  sigset_t signals_;
  std::atomic<bool> closing_ = false;
  std::chrono::steady_clock::time_point first_;  // when the first signal came
  std::thread thread_;
};

// Requested by the user's signal. Callbacks run on the watching thread.
std::stop_token interruption();
bool interrupted();

}  // namespace visq::cli
