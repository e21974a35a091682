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

  // Waits until a picture is free. Its samples are those of its last use.
  std::shared_ptr<SharedPicture> fetch();

 private:
  explicit PicturePool(const PictureFormat& format) : format_(format) {}

  PictureFormat format_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<PictureMemory> free_;
};

}  // namespace visq::capi
