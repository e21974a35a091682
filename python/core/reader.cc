#include "python/core/reader.h"

#include "io/deepen.h"
#include "python/core/failure.h"

namespace visq::python {

Reader::Reader(const std::string& path, const std::optional<io::RawFormat>& raw, int threads)
    : path_(path) {
  auto reader = io::open_video(path, raw, threads);
  if (!reader) throw Failure(reader.error().code, reader.error().message);
  reader_ = *std::move(reader);
}

void Reader::deepen_to(unsigned bits) {
  std::lock_guard lock(mutex_);
  reader_ = io::deepen(std::move(reader_), bits);
}

std::optional<Picture> Reader::read() {
  std::lock_guard lock(mutex_);
  Picture picture;
  const auto more = reader_->read(picture.get());
  if (!more) throw Failure(more.error().code, more.error().message);
  if (!*more) return std::nullopt;
  return picture;
}

}  // namespace visq::python
