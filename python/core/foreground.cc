#include "python/core/foreground.h"

#include <system_error>
#include <thread>

#include <pybind11/pybind11.h>

#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

}  // namespace

void Foreground::run(const Work& work) {
  std::thread thread;
  try {
    thread = std::thread([&] {
      try {
        work(stop_.get_token());
      } catch (...) {
        thrown_ = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      done_ = true;
      changed_.notify_all();
    });
  } catch (const std::system_error& error) {
    throw Failure(EAGAIN, std::string("a thread cannot start: ") + error.what());
  }
  const std::function<void()>* errand = nullptr;
  while (wait(errand)) serve(errand);
  thread.join();
  if (raised_) std::rethrow_exception(raised_);
  if (thrown_) std::rethrow_exception(thrown_);
}

// False when the work is over.
bool Foreground::wait(const std::function<void()>*& errand) {
  const py::gil_scoped_release unlocked;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kBetweenLooks, [&] { return done_ || errand_ != nullptr; });
  errand = errand_;
  return !done_;
}

void Foreground::attempt(const std::function<void()>& f) {
  if (raised_) return;
  try {
    f();
  } catch (...) {
    raised_ = std::current_exception();
    raised_at_ = std::chrono::steady_clock::now();
  }
}

// The work waits meanwhile, if there is an errand.
void Foreground::serve(const std::function<void()>* errand) {
  attempt([] {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  });
  if (errand != nullptr) attempt(*errand);
  if (raised_ && std::chrono::steady_clock::now() - raised_at_ >= grace_) stop_.request_stop();
  if (errand == nullptr) return;
  const std::lock_guard lock(mutex_);
  errand_ = nullptr;
  changed_.notify_all();
}

bool Foreground::call(const std::function<void()>& errand) {
  std::unique_lock lock(mutex_);
  errand_ = &errand;
  changed_.notify_all();
  changed_.wait(lock, [&] { return errand_ == nullptr; });
  return raised_ == nullptr;
}

}  // namespace visq::python
