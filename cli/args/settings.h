// What the command line says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/job/tiny_models.h"
#include "io/convert.h"
#include "io/reader.h"
#include "libvmaf/libvmaf.h"

namespace visq::cli {

// How the command ends; --help and docs/cli.md list them.
enum ExitCode {
  kDone = 0,
  kUsageError = 1,
  kInputError = 2,
  kModelError = 3,
  kProcessingError = 4,
  kInterrupted = 130
};

using OptionMap = std::map<std::string, std::string>;

// Options of metrics that name a folder for maps.
inline constexpr const char* kMapFolders[] = {"map_path", "heatmaps_path"};

struct FeatureSpec {
  std::string name;
  OptionMap options;
};

// version=V or path=P, and what to do with it.
struct ModelSpec {
  std::string version, path;
  std::string name = "vmaf";
  std::uint64_t flags = VMAF_MODEL_FLAGS_DEFAULT;
  std::vector<FeatureSpec> overloads;  // metric and options
  std::string label() const { return path.empty() ? version : path; }
};

// What the command is asked for.
enum class Task { score, list_devices, list_models, verify_models };

// The size that clips are brought to.
struct ScaleTo {
  enum Mode { none, largest, reference, distorted, size } mode = none;
  unsigned width = 0, height = 0;  // of `size`
};

// Frames to skip so that clips begin with the same frame, as --sync found them.
struct SynchronySkips {
  std::uint64_t reference = 0;
  std::vector<std::uint64_t> distorted;
  std::uint64_t of(std::size_t clip) const { return clip < distorted.size() ? distorted[clip] : 0; }
};

struct Settings {
  Task task = Task::score;
  std::string config;    // the file of the jobs; what else stands here holds for all of them
  std::string job;       // "job 2 of 5 (jobs.yaml:7)"; empty when it is the only one
  bool dry_run = false;  // tell what would be done
  bool json = false;     // of what is listed
  std::string reference;
  std::vector<std::string> distorted;  // at least one
  std::optional<io::RawFormat> raw;
  std::vector<ModelSpec> models;
  std::vector<FeatureSpec> features;
  TinySettings tiny;
  bool no_reference = false;  // the distorted clip is scored by itself
  std::string output;
  std::string report;      // of the HTML page
  bool lpips_map = false;  // in it
  std::vector<std::string>
      curves;           // the rate-quality curve of each distorted clip; empty: one for all
  std::string command;  // as it was typed
  VmafOutputFormat format = VMAF_OUTPUT_FORMAT_XML;
  int precision = 0;     // as vmaf_set_output_precision takes it
  unsigned threads = 0;  // 0: all cores
  unsigned subsample = 0;
  unsigned window = 0;  // frames of the moving mean whose worst is reported
  std::uint64_t cpumask = 0, gpumask = 0;
  std::uint64_t frame_count = 0, skip_reference = 0, skip_distorted = 0;
  bool shortest = false, quiet = false;
  bool progress_json = false;  // progress and messages on standard error are JSON, an object a line
  io::FrameRate frame_rate;    // that clips should have; of raw ones it is taken as theirs
  ScaleTo scale;
  io::Scaler scaler = io::Scaler::bicubic;
  std::optional<VmafPixelFormat> to_pixel_format;  // VMAF_PIX_FMT_UNKNOWN: the reference's
  std::optional<unsigned> to_bits;
  bool sync = false;
  SynchronySkips synchrony;
  bool common_depth = false;  // clips of different bit depths are brought to the larger one
};

// The settings; nothing when --help or --version was asked for and `text` is to be printed; an
// error that says which argument is wrong. With --config only what is not for one job is checked.
struct Parsed {
  std::optional<Settings> settings;
  std::string text;
};
Result<Parsed> parse_arguments(int argc, const char* const* argv);

// "psnr=enable_mse=true:min_sse=0.5"
Result<FeatureSpec> parse_feature_spec(const std::string& text);

// "version=vmaf_v0.6.1:name=neg:vif.vif_enhn_gain_limit=1"
Result<ModelSpec> parse_model_spec(const std::string& text);

// The metrics of the library with their features and options, for --help.
std::string metrics_help();

}  // namespace visq::cli
