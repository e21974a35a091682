// Any bytes as a clip, under any name, with and without the description of raw samples: whatever
// reader is chosen, a picture has the size that the clip says, or an error says what is wrong.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "io/reader.h"
#include "io/y4m.h"

namespace {

using visq::io::VideoReader;

constexpr std::array<std::string_view, 6> kSuffixes{"", ".yuv", ".y4m", ".png", ".jpg", ".webp"};
constexpr unsigned kRawWidth = 6, kRawHeight = 4;
constexpr std::size_t kRawFrame = 36;
constexpr std::uint64_t kMostSamples = 1u << 22;

// A folder of this process.
std::string file_named(std::string_view suffix) {
  static const std::string folder = [] {
    std::string name = "/tmp/open_fuzz.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  return folder + "/clip" + std::string(suffix);
}

void read_all(VideoReader& reader) {
  const auto& info = reader.info();
  if (std::uint64_t{info.width} * info.height > kMostSamples) return;
  for (int i = 0; i < 4; ++i) {
    VmafPicture picture{};
    const auto more = reader.read(&picture);
    if (!more && more.error().message.empty()) std::abort();
    if (!more || !*more) return;
    if (picture.w[0] != info.width || picture.h[0] != info.height || picture.bpc != info.bits)
      std::abort();
    vmaf_picture_unref(&picture);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const bool is_raw = data[0] % 2 != 0;
  const std::string_view suffix = kSuffixes[data[0] / 2 % kSuffixes.size()];
  const std::string_view content(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string path = file_named(suffix);
  std::ofstream(path, std::ios::binary) << content;
  std::optional<visq::io::RawFormat> raw;
  if (is_raw) raw = {kRawWidth, kRawHeight, VMAF_PIX_FMT_YUV420P, 8};
  const auto reader = visq::io::open_video(path, raw, 1);
  ::unlink(path.c_str());
  if (!reader && reader.error().message.empty()) std::abort();
  const bool is_y4m = content.starts_with(visq::io::kY4mMagic);
  const bool must_be_raw = is_raw && suffix == ".yuv" && !is_y4m && !content.empty();
  if (must_be_raw && (!reader || (*reader)->info().frames != content.size() / kRawFrame))
    std::abort();
  if (reader) read_all(**reader);
  return 0;
}
