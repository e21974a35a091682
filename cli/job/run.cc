#include "cli/job/run.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "cli/interrupt.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;
using Reader = std::unique_ptr<io::VideoReader>;

Result<Reader> open(const std::string& path, const Settings& settings) {
  const unsigned threads =
      settings.threads == 0 ? std::thread::hardware_concurrency() : settings.threads;
  auto reader = io::open_video(path, settings.raw, static_cast<int>(threads));
  if (!reader) return fail(kInputError, reader.error().message);
  return reader;
}

Status skip(io::VideoReader& reader, std::uint64_t count, const std::string& name) {
  for (std::uint64_t i = 0; i < count && !interrupted(); ++i) {
    const auto more = reader.skip();
    if (!more) return fail(kInputError, more.error().message);
    if (!*more)
      return fail(kInputError, fmt::format("{} has {} frames, and the first {} are to be skipped "
                                           "(--frame_skip_ref, --frame_skip_dist, --sync)",
                                           name, i, count));
  }
  return {};
}

// The frames of the distorted clip stay in its file unless a metric reads them, and so does chroma.
void read_what_is_needed(Job& job) {
  for (Clip& clip : job.clips)
    clip.read = job.reference == nullptr || vmaf_needs_distorted(clip.session.context()) != 0;
  const auto needs_chroma = [](const Clip& clip) {
    return vmaf_needs_chroma(clip.session.context()) != 0;
  };
  if (std::any_of(job.clips.begin(), job.clips.end(), needs_chroma)) return;
  if (job.reference != nullptr) job.reference->read_luma_only();
  for (const Clip& clip : job.clips) clip.reader->read_luma_only();
}

// One clip ended before the other.
Status uneven(const Settings& settings, std::uint64_t frames, const std::string& shorter,
              const std::string& longer) {
  if (settings.shortest) return {};
  if (frames == 0) return fail(kInputError, fmt::format("{} has no frame", shorter));
  return fail(kInputError,
              fmt::format("{} ended after {} frames, before {}; the common frames were scored "
                          "(--shortest accepts this; --sync auto tells which frames are missing)",
                          shorter, frames, longer));
}

void end(Clip& clip, Status status) {
  clip.ended = true;
  if (!interrupted()) clip.status = std::move(status);  // a read that the signal broke is no error
}

// What the frames in flight still cost nobody waits for.
struct Cancel {
  const Job& job;
  void operator()() const {
    for (const Clip& clip : job.clips) vmaf_cancel(clip.session.context());
  }
};
using CancelsScoring = std::stop_callback<Cancel>;

// The sentence names the metric, and the frame where it is about one.
Status not_scored(const Clip& clip, const char* sentence) {
  return fail(kProcessingError, fmt::format("{}: {}", clip.path, sentence));
}

// One frame of each clip that goes on, with a frame of the reference in common.
class Step {
 public:
  explicit Step(Job& job) : job_(job) {}

  // Reads the clip's next frame; at its end, or after an error, it takes no part.
  void read(Clip& clip) {
    VmafPicture& distorted = pictures_.emplace_back();
    const auto more = clip.read ? clip.reader->read(&distorted) : clip.reader->skip();
    if (!more) return end(clip, fail(kInputError, more.error().message));
    if (!*more)
      return end(clip, job_.reference == nullptr ? Status()
                                                 : uneven(job_.settings, clip.frames, clip.path,
                                                          job_.settings.reference));
    clips_.push_back(&clip);
    comparisons_.push_back({clip.session.context(), &distorted, 0, nullptr});
  }

  // `reference` may be nullptr; it is given up.
  void score(VmafPicture* reference) {
    if (clips_.empty()) return;
    for (std::size_t i = 0; i < clips_.size(); ++i)
      if (!clips_[i]->read) vmaf_picture_ref(comparisons_[i].distorted, reference);
    {
      const InLibrary outside(*job_.turn);
      vmaf_read_pictures_together(reference, comparisons_.data(), comparisons_.size(), index());
    }
    for (std::size_t i = 0; i < clips_.size(); ++i) {
      if (comparisons_[i].code != 0)
        end(*clips_[i], not_scored(*clips_[i], comparisons_[i].error));
      else
        ++clips_[i]->frames;
    }
  }

 private:
  unsigned index() const {
    return static_cast<unsigned>(clips_.front()->frames);
  }  // of all of them

  Job& job_;
  std::deque<VmafPicture> pictures_;
  std::vector<Clip*> clips_;
  std::vector<VmafComparison> comparisons_;
};

// The reference has no further frame: neither should the clips have one.
void end_all(Job& job) {
  for (Clip& clip : job.clips) {
    if (clip.ended) continue;
    const auto more = clip.reader->skip();
    if (!more)
      end(clip, fail(kInputError, more.error().message));
    else if (*more)
      end(clip, uneven(job.settings, clip.frames, job.settings.reference, clip.path));
    clip.ended = true;
  }
}

// Whether the reference has another frame, or there is none.
bool read_reference(Job& job, VmafPicture* reference) {
  if (job.reference == nullptr) return true;
  const auto more = job.reference->read(reference);
  if (more && !*more) end_all(job);
  if (more) return *more;
  for (Clip& clip : job.clips)
    if (!clip.ended) end(clip, fail(kInputError, more.error().message));
  return false;
}

// False at the end.
bool step(Job& job) {
  VmafPicture reference{};
  if (!read_reference(job, &reference)) return false;
  Step step(job);
  for (Clip& clip : job.clips)
    if (!clip.ended && !interrupted()) step.read(clip);
  step.score(job.reference == nullptr ? nullptr : &reference);
  vmaf_picture_unref(&reference);
  return std::any_of(job.clips.begin(), job.clips.end(), [](const Clip& c) { return !c.ended; });
}

void flush(Job& job, Clip& clip) {
  if (clip.frames == 0) return;
  int flushed = 0;
  {
    const InLibrary outside(*job.turn);
    flushed = vmaf_read_pictures(clip.session.context(), nullptr, nullptr, 0);
  }
  if (flushed != 0 && clip.status && !interrupted())
    clip.status = not_scored(clip, vmaf_last_error());
}

// Whatever is there of its scores is made final.
void settle(Clip& clip) {
  VmafContext* const context = clip.session.context();
  if (clip.frames > 0) clip.complete = vmaf_frames_complete(context);
  if (clip.complete > 0)
    if (Status predicted = clip.session.predict(clip.complete); !predicted && clip.status)
      clip.status = std::move(predicted);
  clip.partial = interrupted() || !clip.status;
  vmaf_set_output_partial(context, clip.partial ? 1 : 0);
}

// Of several clips each writes its maps (of lpips, saliency, cambi) into a folder of its own, by
// its number.
Settings settings_of(const Settings& settings, std::size_t clip) {
  Settings mine = settings;
  if (settings.distorted.size() == 1) return mine;
  for (FeatureSpec& feature : mine.features)
    for (const char* option : kMapFolders)
      if (const auto path = feature.options.find(option);
          path != feature.options.end() && !path->second.empty())
        path->second = (std::filesystem::path(path->second) / std::to_string(clip + 1)).string();
  return mine;
}

}  // namespace

Result<Readers> open_readers(const Settings& settings) {
  const EndsWaits reading;
  Readers readers;
  if (!settings.no_reference) {
    VISQ_ASSIGN(readers.reference, open(settings.reference, settings));
  }
  for (const std::string& path : settings.distorted) {
    VISQ_ASSIGN(Reader reader, open(path, settings));
    readers.distorted.push_back(std::move(reader));
  }
  VISQ_TRY(match(settings, readers));
  if (readers.reference != nullptr)
    VISQ_TRY(skip(*readers.reference, settings.skip_reference + settings.synchrony.reference,
                  settings.reference));
  for (std::size_t i = 0; i < settings.distorted.size(); ++i)
    VISQ_TRY(skip(*readers.distorted[i], settings.skip_distorted + settings.synchrony.of(i),
                  settings.distorted[i]));
  return readers;
}

Status check_files(const Settings& settings, const char* why) {
  std::vector<std::string> paths = settings.distorted;
  if (!settings.no_reference) paths.push_back(settings.reference);
  for (const std::string& path : paths) {
    std::error_code unknown;
    const bool once =
        path == "-" || (fs::exists(path, unknown) && !fs::is_regular_file(path, unknown) &&
                        !fs::is_directory(path, unknown));
    if (once)
      return fail(kInputError,
                  fmt::format("{} gives its frames once, and {}: write it to a file first",
                              path == "-" ? "standard input" : path, why));
  }
  return {};
}

Result<Sessions> open_sessions(const Settings& settings) {
  Sessions sessions;
  for (std::size_t i = 0; i < settings.distorted.size(); ++i) {
    VISQ_ASSIGN(Session session, Session::open(settings_of(settings, i)));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

Result<Job> open_job(const Settings& settings, Sessions sessions) {
  VISQ_ASSIGN(Readers readers, open_readers(settings));
  const std::vector<std::string> notes = remarks(settings, readers);
  Job job{settings, std::move(readers.reference), {}, notes};
  for (std::size_t i = 0; i < settings.distorted.size(); ++i)
    job.clips.push_back({settings.distorted[i],
                         std::move(readers.distorted[i]),
                         std::move(sessions[i]),
                         true,
                         0,
                         0,
                         false,
                         false,
                         {}});
  read_what_is_needed(job);
  return job;
}

void score_frames(Job& job, Progress& progress) {
  const EndsWaits reading;
  const CancelsScoring on_interrupt(interruption(), Cancel{job});
  for (std::uint64_t frames = 0; !interrupted(); ++frames) {
    if (job.settings.frame_count != 0 && frames == job.settings.frame_count) return;
    if (!step(job)) return;
    progress.show(frames_done(job));
  }
}

void finish(Job& job) {
  const CancelsScoring on_interrupt(interruption(), Cancel{job});
  for (Clip& clip : job.clips) flush(job, clip);
}

void settle(Job& job) {
  for (Clip& clip : job.clips) settle(clip);
}

std::uint64_t frames_done(const Job& job) {
  std::uint64_t frames = 0;
  for (const Clip& clip : job.clips) frames += vmaf_frames_done(clip.session.context());
  return frames;
}

std::optional<std::uint64_t> expected_frames(const Job& job) {
  const Settings& s = job.settings;
  const auto after = [](const io::VideoReader& reader, std::uint64_t skipped) {
    auto frames = reader.info().frames;
    if (frames) *frames -= std::min(*frames, skipped);
    return frames;
  };
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < job.clips.size(); ++i) {
    const auto other = after(*job.clips[i].reader, s.skip_distorted + s.synchrony.of(i));
    auto frames = job.reference == nullptr
                      ? other
                      : after(*job.reference, s.skip_reference + s.synchrony.reference);
    if (frames && other) frames = std::min(*frames, *other);
    if (!frames) frames = other;
    if (frames && s.frame_count != 0) frames = std::min(*frames, s.frame_count);
    if (!frames) return std::nullopt;
    sum += *frames;
  }
  return sum;
}

Status first_error(const Job& job) {
  for (const Clip& clip : job.clips)
    if (!clip.status) return clip.status;
  return {};
}

}  // namespace visq::cli
