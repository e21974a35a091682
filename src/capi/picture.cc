#include "capi/picture.h"

#include <fmt/format.h>

#include "capi/log.h"
#include "libvmaf/visq.h"

namespace visq::capi {
namespace {

// Tells the owner of wrapped samples that nobody reads them any more.
struct Release {
  void (*call)(void* user) = nullptr;
  void* user = nullptr;
  Release() = default;
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;
  ~Release() {
    if (call != nullptr) call(user);
  }
};

int allocate(VmafPicture* pic, const PictureFormat& format, ChromaRounding rounding) {
  auto memory = allocate_picture(format, rounding);
  if (!memory) return report(memory.error());
  auto shared = std::make_shared<SharedPicture>();
  shared->format = format;
  shared->memory = *std::move(memory);
  hand_out(pic, shared);
  return 0;
}

int allocate(VmafPicture* pic, VmafPixelFormat pix_fmt, unsigned bpc, unsigned w, unsigned h,
             ChromaRounding rounding) {
  if (pic == nullptr) return report(EINVAL, "a picture to allocate is NULL");
  return guarded([&] {
    const auto format = checked_format(pix_fmt, bpc, w, h);
    return format ? allocate(pic, *format, rounding) : report(format.error());
  });
}

// The planes of somebody else's picture, checked against its format.
Result<PlaneLayouts> checked_planes(const VmafPicture& pic, const PictureFormat& format) {
  PlaneLayouts planes = plane_sizes(format, ChromaRounding::up);
  const std::ptrdiff_t sample = format.bits > 8 ? 2 : 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(plane_count(format.pixel_format)); ++i) {
    planes[i].data = static_cast<std::byte*>(pic.data[i]);
    planes[i].stride = pic.stride[i];
    if (pic.data[i] == nullptr ||
        reinterpret_cast<std::uintptr_t>(pic.data[i]) % static_cast<std::uintptr_t>(sample) != 0)
      return fail(
          EINVAL,
          fmt::format(
              "plane {} of a picture to wrap has no memory, or not where its samples can be", i),
          ErrorKind::usage);
    if (pic.stride[i] < planes[i].width * sample || pic.stride[i] % sample != 0)
      return fail(EINVAL,
                  fmt::format("plane {} of a picture to wrap has a stride of {} bytes, and "
                              "rows of {} samples of {} bytes",
                              i, pic.stride[i], planes[i].width, sample),
                  ErrorKind::usage);
  }
  return planes;
}

int wrap(VmafPicture* pic, void (*release)(void*), void* user) {
  const auto format = checked_format(pic->pix_fmt, pic->bpc, pic->w[0], pic->h[0]);
  if (!format) return report(format.error());
  if (const Status possible = check_format(*format); !possible) return report(possible.error());
  const auto planes = checked_planes(*pic, *format);
  if (!planes) return report(planes.error());
  auto shared = std::make_shared<SharedPicture>();
  shared->format = *format;
  shared->memory.planes = *planes;
  // The hold is made last: once the deleter exists it is called, and after an error it must not be.
  auto owner = std::make_shared<Release>();
  shared->memory.owner = owner;
  hand_out(pic, shared);
  owner->call = release;
  owner->user = user;
  return 0;
}

}  // namespace

Result<PictureFormat> checked_format(VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                                     unsigned h) {
  if (pix_fmt < VMAF_PIX_FMT_YUV420P || pix_fmt > VMAF_PIX_FMT_YUV400P)
    return fail(EINVAL,
                fmt::format("a picture cannot have pixel format {}", static_cast<int>(pix_fmt)),
                ErrorKind::usage);
  if (bpc > 16 || w > 32768 || h > 32768)
    return fail(
        EINVAL,
        fmt::format(
            "a picture of {}x{} at {} bits is not possible: sides are 1 to 32768, bits 8 to 16", w,
            h, bpc),
        ErrorKind::usage);
  return PictureFormat{static_cast<PixelFormat>(pix_fmt), static_cast<int>(bpc),
                       static_cast<int>(w), static_cast<int>(h)};
}

int hand_out(VmafPicture* pic, const Result<std::shared_ptr<SharedPicture>>& shared) {
  if (!shared) return report(shared.error());
  hand_out(pic, *shared);
  return 0;
}

void hand_out(VmafPicture* pic, const std::shared_ptr<SharedPicture>& shared) {
  *pic = {};
  auto ref = std::make_unique<VmafRef>(shared);
  pic->pix_fmt = static_cast<VmafPixelFormat>(shared->format.pixel_format);
  pic->bpc = static_cast<unsigned>(shared->format.bits);
  for (std::size_t i = 0; i < 3; ++i) {
    const PlaneLayout& plane = shared->memory.planes[i];
    pic->w[i] = static_cast<unsigned>(plane.width);
    pic->h[i] = static_cast<unsigned>(plane.height);
    pic->stride[i] = plane.stride;
    pic->data[i] = plane.data;
  }
  pic->ref = ref.release();
  pic->priv = pic->ref;
}

namespace {

PicturePtr picture_of(SharedPicture& shared) {
  std::lock_guard lock(shared.mutex);
  if (shared.picture == nullptr)
    shared.picture = std::make_shared<const Picture>(
        shared.format, shared.color, shared.memory.planes, shared.memory.owner,
        shared.memory.present, shared.original ? picture_of(*shared.original) : nullptr);
  return shared.picture;
}

}  // namespace

Result<PicturePtr> picture_of(const VmafPicture* pic) {
  if (pic->ref == nullptr)
    return fail(EINVAL, "a picture was not made by vmaf_picture_alloc, or was given up already",
                ErrorKind::usage);
  return picture_of(*pic->ref->shared);
}

void release(VmafPicture* pic) {
  if (pic == nullptr || pic->ref == nullptr) return;
  delete pic->ref;
  *pic = {};
}

}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_picture_alloc(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc, unsigned w,
                       unsigned h) {
  return allocate(pic, pix_fmt, bpc, w, h, ChromaRounding::down);
}

int vmaf_picture_alloc_full_chroma(VmafPicture* pic, enum VmafPixelFormat pix_fmt, unsigned bpc,
                                   unsigned w, unsigned h) {
  return allocate(pic, pix_fmt, bpc, w, h, ChromaRounding::up);
}

int vmaf_picture_wrap(VmafPicture* pic, void (*release)(void* user), void* user) {
  if (pic == nullptr || release == nullptr)
    return report(EINVAL,
                  "vmaf_picture_wrap needs a picture and a function to release its samples");
  return guarded([&] { return wrap(pic, release, user); });
}

int vmaf_picture_unref(VmafPicture* pic) {
  if (pic == nullptr || pic->ref == nullptr) return -EINVAL;
  release(pic);
  return 0;
}

int vmaf_picture_ref(VmafPicture* dst, VmafPicture* src) {
  if (dst == nullptr || src == nullptr || src->ref == nullptr)
    return report(EINVAL, "a picture to share was not made by vmaf_picture_alloc");
  return guarded([&] {
    hand_out(dst, src->ref->shared);
    return 0;
  });
}

int vmaf_picture_set_color(VmafPicture* pic, VmafPictureColor color) {
  if (pic == nullptr || pic->ref == nullptr)
    return report(EINVAL, "a picture to describe was not made by vmaf_picture_alloc");
  if (color.matrix < 0 || color.matrix > 255 || color.transfer < 0 || color.transfer > 255 ||
      color.range > VMAF_COLOR_RANGE_FULL)
    return guarded([&] {
      return report(EINVAL, fmt::format("matrix {} or transfer {} is not a number of ITU-T H.273",
                                        color.matrix, color.transfer));
    });
  SharedPicture& shared = *pic->ref->shared;
  if (color.matrix == 0 && shared.format.pixel_format != PixelFormat::yuv444)
    return report(EINVAL, "matrix 0 (G, B, R planes) needs a 4:4:4 picture");
  if (color.matrix == 0 && shared.memory.present == Planes::luma)
    return report(EINVAL,
                  "matrix 0 (G, B, R planes) needs all planes, and this picture has luma only");
  std::lock_guard lock(shared.mutex);
  if (shared.picture != nullptr)
    return report(EINVAL, "the colour of a picture must be set before it is read");
  shared.color = {static_cast<Matrix>(color.matrix), static_cast<Range>(color.range),
                  color.transfer};
  return 0;
}

int vmaf_picture_set_original(VmafPicture* pic, VmafPicture* original) {
  if (pic == nullptr || pic->ref == nullptr || original == nullptr || original->ref == nullptr)
    return report(EINVAL, "a picture or its original was not made by vmaf_picture_alloc");
  SharedPicture& shared = *pic->ref->shared;
  const std::shared_ptr<SharedPicture>& from = original->ref->shared;
  if (from->original != nullptr || from.get() == &shared)
    return report(EINVAL, "the original of a picture cannot be a picture that has one");
  if (shared.format.width != from->format.width || shared.format.height != from->format.height)
    return report(EINVAL, fmt::format("a picture is {} and its original {}: sizes must be the same",
                                      describe(shared.format), describe(from->format)));
  std::lock_guard lock(shared.mutex);
  if (shared.picture != nullptr)
    return report(EINVAL, "the original of a picture must be set before the picture is read");
  shared.original = from;
  return 0;
}

}  // extern "C"
