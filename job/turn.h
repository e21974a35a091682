// Who may change a run: another thread can deliver what is there while a frame takes long.
#pragma once

#include <mutex>

namespace visq::job {

// Held by the thread that scores, except while it is inside the library and leaves the run alone.
using Turn = std::mutex;

// Gives the turn up for as long as it lives.
class InLibrary {
 public:
  explicit InLibrary(Turn& turn) : turn_(turn) { turn_.unlock(); }
  ~InLibrary() { turn_.lock(); }
  InLibrary(const InLibrary&) = delete;
  InLibrary& operator=(const InLibrary&) = delete;

 private:
  Turn& turn_;
};

}  // namespace visq::job
