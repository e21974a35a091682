// Video and image files as pictures, one frame at a time.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "libvmaf/visq.h"

namespace visq::io {

struct FrameRate {
  int num = 0, den = 1;  // frames a second; 0 when unknown
  double per_second() const { return static_cast<double>(num) / den; }
};

struct StreamInfo {
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 0;
  unsigned width = 0, height = 0;
  VmafPictureColor color{2, 2, VMAF_COLOR_RANGE_UNSPECIFIED};
  int siting = 0;              // of chroma: a type of H.273, 0 left, 1 centre, 2 top left, ...
  bool range_of_kind = false;  // files of this kind have that range: it is no tag
  FrameRate rate;
  bool image = false;                    // whose rate is a formality
  std::optional<std::uint64_t> frames;   // when the container or the file's size says so
  std::optional<std::int64_t> bit_rate;  // bits a second, when the container says so
  std::string converted_from;            // what the file has, described; empty: the same
  std::string converted_to;              // what became of it, in the same words
  // What pictures lose, as the first frame has it:
  bool transparent = false;     // in places; pictures are opaque
  bool colour_profile = false;  // an ICC one other than sRGB's, which nothing here applies
};

std::string describe(const StreamInfo& info);         // "1920x1080 4:2:0 8-bit"
std::string describe(const VmafPictureColor& color);  // "BT.601, full range, transfer 6"

class VideoReader {
 public:
  virtual ~VideoReader() = default;
  virtual const StreamInfo& info() const = 0;

  // From the next frame on luma is enough: chroma is left out where that saves work, but must be
  // there all the same. Pictures of RGB stay whole: what reads luma needs all their planes.
  virtual void read_luma_only() = 0;

  // The next frame, which nobody may write to; false at the clean end of the clip. An error (a
  // truncated frame, say) names the file and the frame.
  virtual Result<bool> read(VmafPicture* picture) = 0;

  // Whether the frame that was read or passed over last is damaged: others are an error, unless
  // they were asked for.
  virtual bool damaged() const { return false; }

  // An error once frames that were read lost samples, which lie where the system keeps the file.
  virtual Status intact() const { return {}; }

  // Passes over the next frame, which has to be whole all the same. True and false as above.
  virtual Result<bool> skip();

  // Passes over at most so many frames without decoding them all, where what follows is then read
  // exactly as it would be otherwise, and says how many those were; the others can be skipped.
  virtual Result<std::uint64_t> seek(std::uint64_t /*count*/) { return std::uint64_t{0}; }

  // How many frames the clip has; of a container by its packets, which takes as long as reading the
  // file. Nothing where only decoding tells.
  virtual Result<std::optional<std::uint64_t>> count_frames() { return info().frames; }
};

// Describes raw planar samples, little endian above 8 bits.
struct RawFormat {
  unsigned width = 0, height = 0;
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 0;
  FrameRate rate = {};
};

// Codes of errors that a decoding can be asked to let pass.
inline constexpr int kDamagedFrame = EBADMSG, kInterlacedFrame = EILSEQ;

// What a decoder is to give of a clip.
struct Decoding {
  std::optional<unsigned> stream;  // of the video streams, from 0; without: the best one
  bool as_progressive = false;     // frames that are said to be interlaced are no error
  bool film_grain = true;          // is put on, where the decoder can leave it
  bool damaged = false;            // frames that are damaged are given, too
};

// What may be opened, and for how long.
struct Access {
  // Playlists (HLS), too, and of the files that they name those in their folder and below it.
  bool playlists = false;
  // Whatever waits for a file then ends soon, with an error of ECANCELED or EIO.
  std::stop_token stop = {};
  Decoding decoding = {};
  // A folder that keeps, file by file, at which frames decoding can begin; empty: none does.
  std::string index_folder = {};
};

// y4m is known by its first bytes, whatever `raw` says; raw samples are what is named so (.yuv,
// .raw, .rgb), or is nothing else, when `raw` says how they lie; everything else is whatever
// libavformat opens. Pipes, and "-" for standard input, can be each of them. `threads`: for
// decoding.
Result<std::unique_ptr<VideoReader>> open_video(const std::string& path,
                                                const std::optional<RawFormat>& raw, int threads,
                                                const Access& access = {});

// Loads what opens containers, where it is there, before a file asks for it.
void load_libav();

}  // namespace visq::io
