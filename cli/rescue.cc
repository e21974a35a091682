#include "cli/rescue.h"

#include <chrono>
#include <cstdlib>

#include "base/attempt.h"
#include "cli/interrupt.h"

namespace visq::cli {
namespace {

constexpr std::chrono::milliseconds kGrace{200};  // most frames end within it

}  // namespace

Rescue::Rescue(Turn& turn, std::function<int()> deliver)
    : turn_(turn), deliver_(std::move(deliver)) {
  // Without a thread the frame is waited for, and a second signal ends the process.
  on_interrupt_.emplace(interruption(), [this] {
    (void)attempt([this]() -> Status {
      thread_ = std::thread([this] { wait(); });
      return {};
    });
  });
}

Rescue::~Rescue() {
  over();
  on_interrupt_.reset();
  if (thread_.joinable()) thread_.join();
}

void Rescue::over() {
  std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

void Rescue::wait() {
  {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kGrace, [this] { return over_; })) return;
  }
  std::lock_guard turn(
      turn_);  // kept until the end of the process: whoever waits for it changes nothing any more
  {
    std::lock_guard lock(mutex_);
    if (over_) return;
  }
  std::_Exit(deliver_());
}

}  // namespace visq::cli
