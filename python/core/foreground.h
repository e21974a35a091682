// The library at work while Python goes on hearing of Ctrl-C.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>

namespace visq::python {

// The work has a thread of its own. The calling one, which has the interpreter's lock, does what
// only it may: handle signals, and what the work asks of Python.
class Foreground {
 public:
  // `grace`: how long the work may go on when Python raised an exception, before it is stopped.
  explicit Foreground(std::chrono::milliseconds grace = std::chrono::milliseconds(0))
      : grace_(grace) {}

  // Throws what Python raised, or else what the work threw. The work is over then.
  using Work = std::function<void(const std::stop_token& stop)>;
  void run(const Work& work);

  // Of the work: does the errand in the calling thread, with the interpreter's lock. False: Python
  // raised an exception, then or before.
  bool call(const std::function<void()>& errand);

 private:
  bool wait(const std::function<void()>*& errand);
  void attempt(const std::function<void()>& f);
  void serve(const std::function<void()>* errand);

  std::chrono::milliseconds grace_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;                              // guarded by mutex_
  const std::function<void()>* errand_ = nullptr;  // likewise
  std::exception_ptr raised_, thrown_;             // in this thread; by the work
  std::chrono::steady_clock::time_point raised_at_;
};

}  // namespace visq::python
