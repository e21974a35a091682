#include "cli/run.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/session.h"
#include "io/deepen.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

// A pair of clips on their way through a session.
struct Job {
  const Settings& settings;
  const Session& session;
  io::VideoReader& reference;
  io::VideoReader& distorted;
  std::uint64_t frames = 0;  // read so far
};

Result<std::unique_ptr<io::VideoReader>> open(const std::string& path, const Settings& settings) {
  const unsigned threads = settings.threads == 0 ? std::thread::hardware_concurrency() : settings.threads;
  auto reader = io::open_video(path, settings.raw, static_cast<int>(threads));
  if (!reader) return fail(kInputError, reader.error().message);
  return reader;
}

Status check_same(const Settings& s, const io::StreamInfo& a, const io::StreamInfo& b) {
  const bool same = a.width == b.width && a.height == b.height && a.pixel_format == b.pixel_format && a.bits == b.bits &&
                    (a.color.matrix == 0) == (b.color.matrix == 0);
  if (same) return {};
  return fail(kInputError, fmt::format("{} is {} and {} is {}; both must have the same size and format", s.reference,
                                       describe(a), s.distorted, describe(b)));
}

Status skip(io::VideoReader& reader, std::uint64_t count, const std::string& name) {
  for (std::uint64_t i = 0; i < count; ++i) {
    VmafPicture picture{};
    const auto more = reader.read(&picture);
    if (!more) return fail(kInputError, more.error().message);
    if (!*more) return fail(kInputError, fmt::format("{} has {} frames, and {} are to be skipped", name, i, count));
    vmaf_picture_unref(&picture);
  }
  return {};
}

// One clip ended before the other.
Status uneven(const Job& job, const std::string& shorter, const std::string& longer) {
  if (job.settings.shortest) return {};
  return fail(kInputError, fmt::format("{} ended after {} frames, before {}; the common frames were scored (--shortest accepts this)",
                                       shorter, job.frames, longer));
}

// Reads one pair and hands it on; false at the end of a clip, which `end` judges.
Result<bool> step(Job& job, Status& end) {
  VmafPicture reference{}, distorted{};
  const auto more_reference = job.reference.read(&reference);
  const auto more_distorted = job.distorted.read(&distorted);
  if (more_reference && more_distorted && *more_reference && *more_distorted) {
    if (vmaf_read_pictures(job.session.context(), &reference, &distorted, static_cast<unsigned>(job.frames)) != 0)
      return fail(kProcessingError, vmaf_last_error());
    ++job.frames;
    return true;
  }
  vmaf_picture_unref(&reference);
  vmaf_picture_unref(&distorted);
  if (!more_reference) return fail(kInputError, more_reference.error().message);
  if (!more_distorted) return fail(kInputError, more_distorted.error().message);
  if (*more_distorted) end = uneven(job, job.settings.reference, job.settings.distorted);
  if (*more_reference) end = uneven(job, job.settings.distorted, job.settings.reference);
  return false;
}

Status score_frames(Job& job, Progress& progress) {
  Status end;
  for (;;) {
    if (job.settings.frame_count != 0 && job.frames == job.settings.frame_count) return {};
    VISQ_ASSIGN(const bool more, step(job, end));
    if (!more) return end;
    progress.show(vmaf_frames_done(job.session.context()));
  }
}

std::optional<std::uint64_t> expected_frames(const Job& job) {
  auto frames = job.reference.info().frames;
  const auto other = job.distorted.info().frames;
  if (frames && other) frames = std::min(*frames, *other);
  if (frames && job.settings.frame_count != 0) frames = std::min(*frames, job.settings.frame_count);
  return frames;
}

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{:.6f}", value) : fmt::format("{}", value); }

void print_summary(const Job& job, double seconds) {
  std::FILE* out = job.settings.output == "-" ? stderr : stdout;
  fmt::print(out, "reference  {} ({})\n", job.settings.reference, describe(job.reference.info()));
  fmt::print(out, "distorted  {}\n", job.settings.distorted);
  fmt::print(out, "frames     {} ({:.1f} a second)\n\n", job.frames, job.frames / std::max(seconds, 1e-9));
  fmt::print(out, "{:<30} {:>14} {:>14} {:>14} {:>14}\n", "metric", "mean", "harmonic mean", "min", "max");
  vmaf_for_each_pooled(job.session.context(), [](void* user, const VmafPooledScore* s) {
    fmt::print(static_cast<std::FILE*>(user), "{:<30} {:>14} {:>14} {:>14} {:>14}\n", s->name, cell(s->mean), cell(s->harmonic_mean), cell(s->min), cell(s->max));
  }, out);
}

// Whatever happened to the reading, what was finished is written.
Status write_scores(const Job& job) {
  Status status;
  const auto note = [&](Status next) { if (status && !next) status = std::move(next); };
  if (vmaf_read_pictures(job.session.context(), nullptr, nullptr, 0) != 0) note(fail(kProcessingError, vmaf_last_error()));
  if (status) note(job.session.predict(job.frames));
  if (!job.settings.output.empty() && vmaf_write_output(job.session.context(), job.settings.output.c_str(), job.settings.format) != 0)
    note(fail(kProcessingError, vmaf_last_error()));
  return status;
}

// Said at the start, not after hours of scoring.
Status check_writable(const std::string& output) {
  if (output.empty() || output == "-") return {};
  const std::filesystem::path file(output);
  std::error_code unknown;
  const bool there = std::filesystem::exists(file, unknown);
  const auto place = there ? file : file.has_parent_path() ? file.parent_path() : ".";
  if (there && std::filesystem::is_directory(file, unknown)) errno = EISDIR;
  else if (::access(place.c_str(), W_OK) == 0) return {};
  return fail(kProcessingError, fmt::format("cannot write the report {}: {}", output, std::strerror(errno)));
}

Status score(const Settings& settings) {
  VISQ_TRY(check_writable(settings.output));
  VISQ_ASSIGN(auto reference, open(settings.reference, settings));
  VISQ_ASSIGN(auto distorted, open(settings.distorted, settings));
  if (settings.common_depth) {
    const unsigned bits = std::max(reference->info().bits, distorted->info().bits);
    reference = io::deepen(std::move(reference), bits);
    distorted = io::deepen(std::move(distorted), bits);
  }
  VISQ_TRY(check_same(settings, reference->info(), distorted->info()));
  VISQ_ASSIGN(const Session session, Session::open(settings));
  VISQ_TRY(skip(*reference, settings.skip_reference, settings.reference));
  VISQ_TRY(skip(*distorted, settings.skip_distorted, settings.distorted));
  Job job{settings, session, *reference, *distorted};
  Progress progress(settings.quiet, expected_frames(job));
  Status status = score_frames(job, progress);
  if (job.frames == 0) {
    progress.clear();
    return status ? fail(kInputError, fmt::format("{} and {} have no frame in common", settings.reference, settings.distorted)) : status;
  }
  const Status written = write_scores(job);
  progress.clear();
  if (!settings.quiet) print_summary(job, progress.seconds());
  return status ? written : status;
}

}  // namespace

int run(const Settings& settings) {
  const Status status = score(settings);
  if (status) return kDone;
  std::fflush(stdout);
  fmt::print(stderr, "vmaf: error: {}\n", status.error().message);
  return status.error().code;
}

}  // namespace visq::cli
