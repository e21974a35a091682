#include "python/core/reader.h"

#include "python/core/failure.h"

namespace visq::python {

Reader::Reader(const job::Job& job)
    : reader_(value_of(job::open_readers(job, std::stop_token())).reference) {}

std::optional<Picture> Reader::read() {
  std::lock_guard lock(mutex_);
  Picture picture;
  if (!value_of(reader_->read(picture.get()))) return std::nullopt;
  return picture;
}

}  // namespace visq::python
