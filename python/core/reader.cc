#include "python/core/reader.h"

#include "python/core/failure.h"
#include "python/core/foreground.h"

namespace visq::python {

Reader::Reader(const job::Job& job) {
  stoppably([&] { reader_ = value_of(job::open_readers(job, stop_.get_token())).reference; });
}

// Once stopped, the file is read no further.
void Reader::stoppably(const std::function<void()>& f) {
  Foreground().run([&](const std::stop_token& stop) {
    const std::stop_callback end(stop, [this] { stop_.request_stop(); });
    f();
  });
}

std::optional<Picture> Reader::read() {
  std::optional<Picture> picture;
  stoppably([&] {
    const std::lock_guard lock(mutex_);
    picture.emplace();
    if (!value_of(reader_->read(picture->get()))) picture.reset();
  });
  return picture;
}

}  // namespace visq::python
