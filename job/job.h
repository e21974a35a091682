// What every front end asks for: one reference, clips that are compared with it, and with what.
// A command line, a configuration and Python's keywords become one of these.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/convert.h"
#include "io/crop.h"
#include "io/reader.h"
#include "libvmaf/visq.h"

namespace visq::job {

using OptionMap = std::map<std::string, std::string>;

// A metric and its options.
struct FeatureSpec {
  std::string name;
  OptionMap options;
  bool optional = false;  // left out where its network cannot be found
};

// A model of VMAF, as vmaf_use_model takes it, and what the library reads from that.
struct ModelSpec {
  std::string text, name;
  std::string version, path;  // one of them
  bool named = false;         // the text says the name
  std::string label() const { return path.empty() ? version : path; }
  bool goes_by_size() const { return version == "auto"; }
};

// The tiny models, and how learned models run, those of metrics included.
struct TinySettings {
  std::vector<std::string> models;  // paths, or IDs of the registry
  std::string codec, preset, quant, device;
  std::optional<double> crf;
  int threads = 0;                                  // inside one run; 0: what the metric chooses
  unsigned limit_seconds = 0, limit_megabytes = 0;  // of one run; 0: as vmaf_set_dnn_limits has it
  bool fp16 = false, verify = false;
};

// A value of a score, on whose bad side frames are counted.
struct Threshold {
  std::string score;
  double value = 0;
};

// The size that clips are brought to.
struct ScaleTo {
  enum Mode { none, largest, reference, distorted, size } mode = none;
  unsigned width = 0, height = 0;  // of `size`
};

// Frames to skip so that clips begin with the same frame, as align() found them.
struct SynchronySkips {
  std::uint64_t reference = 0;
  std::vector<std::uint64_t> distorted;
  std::uint64_t of(std::size_t clip) const { return clip < distorted.size() ? distorted[clip] : 0; }
};

// What a user says of the samples of clips, whatever they say themselves.
struct ColourWords {
  std::optional<int> matrix, transfer;  // of H.273
  std::optional<VmafColorRange> range;
};

// How the reference is cut into pieces that get statistics of their own.
struct CutInto {
  enum Mode { whole, detected, listed, equal } mode = whole;
  std::string file;     // of `listed`
  unsigned frames = 0;  // of `equal`
};

// What becomes of frames that are damaged.
enum class Damaged { stop, skip, conceal };

// The last frame of a range that has no end.
inline constexpr unsigned kEndOfClip = (1u << 26) - 1;

// How the front end's users write an option, for the sentences that name one.
enum class Spelling { command, python };

struct Job {
  std::string reference;               // empty: the clips are scored by themselves
  std::vector<std::string> distorted;  // at least one
  Spelling spelling = Spelling::command;

  // How clips are opened, and matched where they differ.
  std::optional<io::RawFormat> raw;
  bool allow_playlists = false;
  io::Decoding decoding;                                       // of both sides, but for the stream
  std::optional<unsigned> stream_reference, stream_distorted;  // of the video streams, from 0
  std::optional<io::Crop> crop_reference, crop_distorted;
  Damaged damaged = Damaged::stop;
  std::string index_folder;  // as io::Access has it
  io::FrameRate frame_rate;  // that clips should have; of raw ones it is taken as theirs
  ScaleTo scale;
  std::optional<io::Scaler> scaler;                // bicubic where it is not told
  std::optional<VmafPixelFormat> to_pixel_format;  // VMAF_PIX_FMT_UNKNOWN: the reference's
  std::optional<unsigned> to_bits;
  bool common_depth = false;  // clips of different bit depths are brought to the larger one
  ColourWords colour_reference, colour_distorted;
  bool strict = false;  // a clip that another meaning would convert is an error
  bool sync = false;    // align() is to be called
  SynchronySkips synchrony;

  // The frames that count.
  std::uint64_t frame_count = 0;  // at most so many; 0: all
  std::uint64_t skip_reference = 0, skip_distorted = 0;
  bool shortest = false;                // a clip that ends before the other is no error
  std::optional<VmafFrameRange> range;  // of them, those that count, as in a run of all
  unsigned subsample = 0;

  // What is scored.
  std::vector<ModelSpec> models;
  std::vector<FeatureSpec> features;
  TinySettings tiny;

  // By what.
  unsigned threads = 0;           // 0: all cores
  unsigned memory_megabytes = 0;  // of the frames in flight; 0: as vmaf_set_memory_limit has it
  std::uint64_t cpumask = 0, gpumask = 0;

  // How the library's reports are written.
  int precision = 0;    // as vmaf_set_output_precision takes it
  unsigned window = 0;  // frames of the moving mean whose worst is reported
  std::vector<Threshold> thresholds;
  CutInto shots;

  bool has_reference() const { return !reference.empty(); }
  unsigned thread_count() const;  // of all cores, where that is meant

  // An option as its user writes it: --scale auto, or scale="auto"; "true" is that of a flag.
  std::string option(std::string_view name, std::string_view value = "") const;
};

}  // namespace visq::job
