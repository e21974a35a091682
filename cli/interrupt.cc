#include "cli/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace visq::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int) { noted = 1; }

}  // namespace

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // and no SA_RESTART: a read from a silent pipe ends
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup has it ignored
  }
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return noted != 0; }

}  // namespace visq::cli
