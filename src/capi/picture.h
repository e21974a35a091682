// VmafPicture, the caller's struct, and the Picture that the library reads.
#pragma once

#include <memory>
#include <mutex>

#include "libvmaf/picture.h"
#include "picture/picture.h"

namespace visq::capi {

// What all holds on one picture share.
struct SharedPicture {
  PictureFormat format;
  PictureColor color;
  PictureMemory memory;
  std::mutex mutex;
  std::shared_ptr<SharedPicture> original;  // what it was converted from; may be null
  PicturePtr picture;                       // made when it is first read; carries the artefacts
};

// Fills the caller's struct with a hold on `shared`.
void hand_out(VmafPicture* pic, const std::shared_ptr<SharedPicture>& shared);

// The same for a picture that may have failed: its negative errno.
int hand_out(VmafPicture* pic, const Result<std::shared_ptr<SharedPicture>>& shared);

// The format that a caller names, within the limits of the house.
Result<PictureFormat> checked_format(VmafPixelFormat pix_fmt, unsigned bpc, unsigned w, unsigned h);

// The picture behind the struct. -EINVAL when vmaf_picture_alloc did not make it.
Result<PicturePtr> picture_of(const VmafPicture* pic);

// Releases the hold and zeroes the struct; a struct without one is left alone.
void release(VmafPicture* pic);

}  // namespace visq::capi

struct VmafRef {
  explicit VmafRef(std::shared_ptr<visq::capi::SharedPicture> picture)
      : shared(std::move(picture)) {}

  std::shared_ptr<visq::capi::SharedPicture> shared;
};
