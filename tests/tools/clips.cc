// visq_clips FOLDER: writes the generated clips as y4m (chroma of odd sizes rounded up), for
// benchmarks and for tests that need files.
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "tests/support/generated_clips.h"

namespace {

using namespace visq::test;

const char* chroma_name(VmafPixelFormat format) {
  return format == VMAF_PIX_FMT_YUV420P ? "420" : format == VMAF_PIX_FMT_YUV422P ? "422" : "444";
}

void write_frame(std::FILE* file, const GeneratedClip& clip, unsigned frame, Side side) {
  VmafPicture picture{};
  if (vmaf_picture_alloc_full_chroma(&picture, clip.pixel_format, clip.bits, clip.width,
                                     clip.height) != 0)
    return;
  fill_generated(&picture, frame, side);
  fmt::print(file, "FRAME\n");
  for (int plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < picture.h[plane]; ++y)
      std::fwrite(static_cast<char*>(picture.data[plane]) +
                      static_cast<std::ptrdiff_t>(y) * picture.stride[plane],
                  clip.bits > 8 ? 2 : 1, picture.w[plane], file);
  vmaf_picture_unref(&picture);
}

bool write_clip(const std::string& folder, const GeneratedClip& clip, Side side) {
  const std::string chroma = chroma_name(clip.pixel_format);
  const std::string depth = clip.bits > 8 ? fmt::format("p{}", clip.bits) : "";
  const std::string path = fmt::format("{}/{}x{}_{}p{}_{}.y4m", folder, clip.width, clip.height,
                                       chroma, clip.bits, side == Side::reference ? "ref" : "dis");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"),
                                                             std::fclose);
  if (file == nullptr) return false;
  fmt::print(file.get(), "YUV4MPEG2 W{} H{} F25:1 Ip C{}{}\n", clip.width, clip.height, chroma,
             depth);
  for (unsigned frame = 0; frame < clip.frames; ++frame) write_frame(file.get(), clip, frame, side);
  return std::ferror(file.get()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: visq_clips FOLDER\n");
    return 1;
  }
  for (const GeneratedClip& clip : generated_clips())
    for (const Side side : {Side::reference, Side::distorted})
      if (!write_clip(argv[1], clip, side)) {
        fmt::print(stderr, "visq_clips: cannot write to {}\n", argv[1]);
        return 2;
      }
  return 0;
}
