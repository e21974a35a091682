#include "python/core/score.h"

#include <algorithm>

#include "job/align.h"
#include "job/run.h"
#include "python/core/borrowed.h"
#include "python/core/failure.h"
#include "python/core/foreground.h"

namespace py = pybind11;

namespace visq::python {
namespace {

// Clips that are files, and clips that are frames.
class Clips {
 public:
  Clips(const job::Job& job, const std::vector<Source>& sources, bool copy, Foreground& foreground)
      : job_(job) {
    const auto name = [&](std::size_t i) { return i == 0 ? job.reference : job.distorted[i - 1]; };
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Source& source = sources[i];
      auto frames =
          source ? std::make_unique<FrameReader>(*source, copy, name(i), &foreground) : nullptr;
      are_frames_ = are_frames_ || frames != nullptr;
      readers_.push_back(std::move(frames));
    }
  }

  bool are_frames() const { return are_frames_; }

  // Files are opened now, all clips are matched, and what is to be skipped is.
  job::Readers take(const std::stop_token& stop) {
    job::Readers readers{std::move(readers_.front()), {}, {}, {}};
    if (readers.reference == nullptr)
      readers.reference =
          value_of(job::open_file(job_, job::Side::reference, job_.reference, stop));
    readers.distorted.insert(readers.distorted.end(), std::make_move_iterator(readers_.begin() + 1),
                             std::make_move_iterator(readers_.end()));
    for (std::size_t i = 0; i < readers.distorted.size(); ++i)
      if (readers.distorted[i] == nullptr) check(open_distorted(readers, i, stop));
    check(job::prepare_readers(job_, stop, readers));
    return readers;
  }

 private:
  Status open_distorted(job::Readers& readers, std::size_t clip,
                        const std::stop_token& stop) const {
    auto reader = job::open_file(job_, job::Side::distorted, job_.distorted[clip], stop);
    if (!reader) return job::leave_out(readers, clip, std::move(reader).error());
    readers.distorted[clip] = *std::move(reader);
    return {};
  }

  const job::Job& job_;
  bool are_frames_ = false;
  std::vector<job::Reader> readers_;
};

std::vector<std::string> align(job::Job& job, const std::stop_token& stop) {
  const auto alignment = value_of(job::align(job, job::Control{stop}));
  std::vector<std::string> sentences = alignment.beginnings;
  sentences.insert(sentences.end(), alignment.warnings.begin(), alignment.warnings.end());
  return sentences;
}

std::uint64_t frames_read(const job::Run& run) {
  std::uint64_t most = 0;
  for (const job::Clip& clip : run.clips) most = std::max(most, clip.frames);
  return most;
}

Outcome outcome_of(const job::Run& run, job::Clip& clip) {
  if (!clip.status) return Failure(clip.status.error().code, clip.status.error().message);
  const io::StreamInfo& reference = (run.reference ? run.reference : clip.reader)->info();
  ComparedClip compared{run.counted(clip),
                        clip.reader->info(),
                        {reference.rate.per_second(), reference.height},
                        {},
                        conversions_of(run, clip),
                        clip.damaged};
  return std::make_unique<Context>(run.job, std::move(clip.session), std::move(compared));
}

// What came of a job.
struct Scored {
  std::vector<Outcome> outcomes;
  std::vector<std::string> sentences;
};

Scored score_clips(job::Job& job, Clips& clips, const std::function<void(std::uint64_t)>& progress,
                   const std::stop_token& stop) {
  Scored scored;
  job::Sessions sessions = value_of(job::open_sessions(job));
  if (job.sync) scored.sentences = align(job, stop);
  const job::Run* started = nullptr;
  const job::Control control{stop, [](auto) {},
                             [&](std::uint64_t) { progress(frames_read(*started)); }};
  job::Run run = value_of(job::open(job, std::move(sessions), clips.take(stop), control));
  started = &run;
  scored.sentences.insert(scored.sentences.end(), run.remarks.begin(), run.remarks.end());
  const std::lock_guard turn(*run.turn);
  score_frames(run);
  finish(run);
  settle(run);
  check(run.shots_status);
  if (std::ranges::none_of(run.clips, [](const job::Clip& clip) { return bool(clip.status); }))
    check(run.first_error());
  if (run.complete_frames() == 0) check(run.no_frames());
  for (job::Clip& clip : run.clips) scored.outcomes.push_back(outcome_of(run, clip));
  return scored;
}

}  // namespace

std::vector<Outcome> score(job::Job job, const std::vector<Source>& sources, bool copy,
                           const Listener& listener) {
  Foreground foreground;
  Clips clips(job, sources, copy, foreground);
  if (job.sync && clips.are_frames())
    throw Failure(EINVAL, job.option("sync", "auto") + " reads clips twice: they have to be files");
  const auto progress = [&](std::uint64_t frames) {
    if (listener.progress && frames > 0) foreground.call([&] { listener.progress(frames); });
  };
  Scored scored;
  foreground.run(
      [&](const std::stop_token& stop) { scored = score_clips(job, clips, progress, stop); });
  drop_returned_arrays();
  for (const std::string& sentence : scored.sentences) listener.tell(sentence);
  return std::move(scored.outcomes);
}

}  // namespace visq::python
