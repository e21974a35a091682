#include "tests/support/score.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/args/settings.h"
#include "io/reader.h"
#include "job/session.h"

namespace visq::test {
namespace {

using Json = nlohmann::json;

Result<job::Job> job_of(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"vmaf", "-r", "reference", "-d", "distorted", "--precision", "max"};
  if (std::find(arguments.begin(), arguments.end(), "--threads") == arguments.end())
    argv.insert(argv.end(), {"--threads", "2"});
  if (const char* mask = std::getenv("VISQ_CPUMASK")) argv.insert(argv.end(), {"--cpumask", mask});
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  VISQ_ASSIGN(auto parsed, cli::parse_arguments(static_cast<int>(argv.size()), argv.data()));
  return parsed.settings->job;
}

std::map<std::string, double> values_of(const Json& object) {
  std::map<std::string, double> values;
  for (const auto& [name, value] : object.items())
    values[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  return values;
}

Result<ClipScores> read_back(VmafContext* context) {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("visq-scores-{}.json", getpid()))
          .string();
  if (vmaf_write_output(context, path.c_str(), VMAF_OUTPUT_FORMAT_JSON) != 0)
    return fail(EIO, vmaf_last_error());
  std::ifstream file(path);
  const Json report = Json::parse(file);
  std::filesystem::remove(path);
  ClipScores scores;
  for (const Json& frame : report["frames"]) scores.frames.push_back(values_of(frame["metrics"]));
  scores.aggregates = values_of(report["aggregate_metrics"]);
  for (const auto& [name, pooled] : report["pooled_metrics"].items())
    scores.means[name] = pooled["mean"].is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                  : pooled["mean"].get<double>();
  return scores;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

Result<ClipScores> score_clip(const std::vector<std::string>& arguments, const NextPair& next) {
  VISQ_ASSIGN(const job::Job job, job_of(arguments));
  VISQ_ASSIGN(const job::Session session, job::Session::open(job, 0));
  unsigned frames = 0;
  for (;; ++frames) {
    VmafPicture reference{}, distorted{};
    VISQ_ASSIGN(const bool more, next(&reference, &distorted));
    if (!more) break;
    if (vmaf_read_pictures(session.context(), &reference, &distorted, frames) != 0)
      return fail(EINVAL, vmaf_last_error());
  }
  if (vmaf_read_pictures(session.context(), nullptr, nullptr, 0) != 0)
    return fail(EINVAL, vmaf_last_error());
  return read_back(session.context());
}

Result<NextPair> open_pair(const std::string& reference, const std::string& distorted) {
  const auto raw = has(reference, ".yuv")
                       ? std::optional(io::RawFormat{576, 324, VMAF_PIX_FMT_YUV420P, 16})
                       : std::nullopt;
  VISQ_ASSIGN(std::shared_ptr<io::VideoReader> ref, io::open_video(reference, raw, 1));
  VISQ_ASSIGN(std::shared_ptr<io::VideoReader> dist, io::open_video(distorted, raw, 1));
  return NextPair([ref, dist](VmafPicture* r, VmafPicture* d) -> Result<bool> {
    VISQ_ASSIGN(const bool more, ref->read(r));
    VISQ_ASSIGN(const bool also, dist->read(d));
    if (more != also) return fail(EINVAL, "the clips have different lengths");
    return more;
  });
}

Result<NextPair> open_clip(const std::string& base) {
  const bool y4m = std::filesystem::exists(base + "_ref.y4m");
  const std::string extension = y4m ? ".y4m" : ".yuv";
  return open_pair(base + "_ref" + extension, base + "_dis" + extension);
}

NextPair generated_pair(const GeneratedClip& clip) {
  return [clip, frame = 0u](VmafPicture* reference,
                            VmafPicture* distorted) mutable -> Result<bool> {
    if (frame == clip.frames) return false;
    for (VmafPicture* picture : {reference, distorted}) {
      if (vmaf_picture_alloc(picture, clip.pixel_format, clip.bits, clip.width, clip.height) != 0)
        return fail(ENOMEM, vmaf_last_error());
      fill_generated(picture, frame, picture == reference ? Side::reference : Side::distorted);
    }
    ++frame;
    return true;
  };
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

double tolerance_of(const std::string& feature) {
  if (has(feature, "speed_")) return 5e-4;
  if (has(feature, "integer_adm") || has(feature, "integer_aim")) return 1e-7;
  if (has(feature, "integer_") ||
      (has(feature, "psnr") && !has(feature, "hvs") && !has(feature, "float")))
    return 1e-9;
  if (has(feature, "mse_")) return 1e-9;
  if (has(feature, "cambi")) return 1e-6;
  if (has(feature, "ciede") || has(feature, "psnr")) return 1e-4;
  if (has(feature, "v1")) return 2e-5;
  if (feature[0] == 'v' && !has(feature, "vif")) return 1e-6;  // vmaf, v061, v4k, vb
  return 1e-5;
}

void expect_equal(const std::map<std::string, double>& expected,
                  const std::map<std::string, double>& actual, Oracle oracle,
                  const std::string& where) {
  const bool secondary = oracle == Oracle::secondary;
  for (const auto& [name, target] : expected) {
    const auto ours = actual.find(name);
    if (secondary && ours == actual.end() && name.rfind("integer_motion", 0) == 0)
      continue;  // which always reports it
    if (ours == actual.end()) {
      ADD_FAILURE() << where << ": score " << name << " is missing";
      continue;
    }
    if (std::isnan(target)) {
      EXPECT_FALSE(std::isfinite(ours->second)) << where << ": " << name;
      continue;
    }
    if (has(name, "ssim") && target > 1) {  // in dB
      EXPECT_NEAR(ours->second, target, 1e-4) << where << ": " << name;
      continue;
    }
    const bool relative = has(name, "speed_") || has(name, "v1") || std::fabs(target) > 1;
    const bool loose = secondary && (has(name, "motion") || has(name, "vmaf"));
    const bool cube_root =
        secondary && (has(name, "adm") || has(name, "aim"));  // ends in a float one: one bit
    EXPECT_NEAR(ours->second, target,
                (loose       ? 2e-5
                 : cube_root ? 2.4e-7
                             : tolerance_of(name)) *
                    (relative ? std::max(1.0, std::fabs(target)) : 1.0))
        << where << ": " << name;
  }
}

}  // namespace visq::test
