#include "io/av_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "io/av_convert.h"
#include "io/av_reader.h"

namespace visq::io {
namespace {

constexpr const char* kModule = "libvisq_av.so";

}  // namespace

// Loaded once, and never unloaded: libav has state of its own.
Result<void*> module_function(const char* name, const std::string& what) {
  void* const module = dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
  void* const function = module == nullptr ? nullptr : dlsym(module, name);
  if (function != nullptr) return function;
  return fail(
      ENOENT,
      fmt::format("{} needs {}, which cannot be loaded: {}; y4m and raw files are read without it",
                  what, kModule, dlerror()));
}

void load_libav() { dlopen(kModule, RTLD_NOW | RTLD_LOCAL); }

Result<std::unique_ptr<VideoReader>> open_av(const std::string& path,
                                             std::unique_ptr<ByteSource> source, int threads,
                                             const Access& access) {
  VISQ_ASSIGN(const auto open, module_function_as<decltype(visq_open_av)>("visq_open_av", path));
  Result<std::unique_ptr<VideoReader>> reader;
  open(path, std::move(source), threads, access, reader);
  return reader;
}

Result<std::unique_ptr<VideoReader>> scale(std::unique_ptr<VideoReader> reader, const Size& to,
                                           Scaler scaler) {
  VISQ_ASSIGN(const auto scale_with,
              module_function_as<decltype(visq_scale_with_av)>(
                  "visq_scale_with_av", "scaling " + describe(reader->info())));
  Result<std::unique_ptr<VideoReader>> scaled;
  scale_with(std::move(reader), to, scaler, scaled);
  return scaled;
}

Result<std::unique_ptr<VideoReader>> convert(std::unique_ptr<VideoReader> reader,
                                             const SampleFormat& to, Originals originals) {
  VISQ_ASSIGN(const auto convert_with,
              module_function_as<decltype(visq_convert_with_zimg)>(
                  "visq_convert_with_zimg", "converting " + describe(reader->info())));
  Result<std::unique_ptr<VideoReader>> converted;
  convert_with(std::move(reader), to, originals, converted);
  return converted;
}

Result<RgbImage> to_rgb(const VmafPicture& picture, const VmafPictureColor& color,
                        unsigned max_width) {
  VISQ_ASSIGN(const auto draw, module_function_as<decltype(visq_rgb_with_av)>("visq_rgb_with_av",
                                                                              "drawing a picture"));
  Result<RgbImage> image;
  draw(picture, color, max_width, image);
  return image;
}

Result<std::unique_ptr<Thumbnails>> open_thumbnails(const StreamInfo& info, unsigned width,
                                                    unsigned height) {
  VISQ_ASSIGN(const auto open, module_function_as<decltype(visq_thumbnails_with_av)>(
                                   "visq_thumbnails_with_av", "making thumbnails"));
  Result<std::unique_ptr<Thumbnails>> thumbnails;
  open(info, width, height, thumbnails);
  return thumbnails;
}

Result<std::string> to_jpeg(const RgbImage& image) {
  VISQ_ASSIGN(const auto encode, module_function_as<decltype(visq_jpeg_with_av)>(
                                     "visq_jpeg_with_av", "drawing a picture"));
  Result<std::string> bytes;
  encode(image, bytes);
  return bytes;
}

}  // namespace visq::io
