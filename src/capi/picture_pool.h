// A fixed number of pictures that are used again when their last reader lets go.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "capi/picture.h"

namespace visq::capi {

class PicturePool : public std::enable_shared_from_this<PicturePool> {
 public:
  static Result<std::shared_ptr<PicturePool>> make(const PictureFormat& format, unsigned count);

  // Waits until a picture is free. Its samples are those of its last use. Before it waits it makes up to
  // `kept` pictures more: those that the engine holds on to are not the caller's to wait for.
  Result<std::shared_ptr<SharedPicture>> fetch(unsigned kept);

 private:
  explicit PicturePool(const PictureFormat& format) : format_(format) {}
  Result<PictureMemory> take(unsigned kept);

  PictureFormat format_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<PictureMemory> free_;
  unsigned extra_ = 0;
};

}  // namespace visq::capi
