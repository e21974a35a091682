#include "cli/interrupt.h"

#include <chrono>
#include <initializer_list>
#include <system_error>

#include <unistd.h>

namespace visq::cli {
namespace {

// timeout(1) sends its signal twice: to the process and to its group.
constexpr std::chrono::milliseconds kSameWish{500};

std::stop_source& source() {
  static std::stop_source one;
  return one;
}

int closing_signal() { return SIGRTMIN; }

bool is_ignored(int signal) {
  struct sigaction now{};
  sigaction(signal, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}

// The default action of the signal.
void end_process(int signal, const sigset_t& signals) {
  std::signal(signal, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  kill(getpid(), signal);
}

}  // namespace

SignalWatch::SignalWatch() {
  source();  // made before the thread that reads it
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) sigaddset(&signals_, signal);
  sigaddset(&signals_, closing_signal());
  pthread_sigmask(SIG_BLOCK, &signals_,
                  nullptr);  // threads inherit it: only the watching one takes them
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "the thread that waits for signals cannot be started");
  }
}

SignalWatch::~SignalWatch() {
  closing_ = true;
  pthread_kill(thread_.native_handle(), closing_signal());
  thread_.join();
}

void SignalWatch::watch() {
  siginfo_t info{};
  while (!closing_) {
    const int signal = sigwaitinfo(&signals_, &info);
    if (closing_) return;
    if (signal > 0 && !interrupted()) {
      first_ = std::chrono::steady_clock::now();
      source().request_stop();
    } else if (signal > 0 && std::chrono::steady_clock::now() - first_ > kSameWish) {
      return end_process(signal, signals_);
    }
  }
}

std::stop_token interruption() { return source().get_token(); }

bool interrupted() { return source().stop_requested(); }

}  // namespace visq::cli
