#include "python/core/score.h"

#include <algorithm>

#include "job/align.h"
#include "job/run.h"
#include "python/core/borrowed.h"
#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

// Clips that are frames, whose exceptions are raised again when the clip is over.
class Clips {
 public:
  Clips(const job::Job& job, const std::vector<Source>& sources, bool copy) : job_(job) {
    const auto name = [&](std::size_t i) { return i == 0 ? job.reference : job.distorted[i - 1]; };
    for (std::size_t i = 0; i < sources.size(); ++i) {
      auto frames =
          sources[i] ? std::make_unique<FrameReader>(*sources[i], copy, name(i)) : nullptr;
      frames_.push_back(frames.get());
      readers_.push_back(std::move(frames));
    }
  }

  bool are_frames() const {
    return std::any_of(frames_.begin(), frames_.end(), [](const FrameReader* f) { return f; });
  }

  // Files are opened now, all clips are matched, and what is to be skipped is.
  job::Readers take() {
    for (std::size_t i = 0; i < readers_.size(); ++i)
      if (readers_[i] == nullptr)
        readers_[i] =
            value_of(job::open_file(job_, i == 0 ? job_.reference : job_.distorted[i - 1], {}));
    job::Readers readers{std::move(readers_.front()), {}};
    readers.distorted.insert(readers.distorted.end(), std::make_move_iterator(readers_.begin() + 1),
                             std::make_move_iterator(readers_.end()));
    const Status prepared = job::prepare_readers(job_, std::stop_token(), readers);
    if (!prepared) rethrow();
    check(prepared);
    return readers;
  }

  void rethrow() const {
    for (const FrameReader* frames : frames_)
      if (frames != nullptr) frames->rethrow();
  }

 private:
  const job::Job& job_;
  std::vector<FrameReader*> frames_;
  std::vector<job::Reader> readers_;
};

// Python hears of each frame, and may end the run by raising an exception: Ctrl-C is one.
class Follower {
 public:
  explicit Follower(const Listener& listener) : listener_(listener) {}

  // `frames` were read; 0: the clips are looked at only.
  void show(std::uint64_t frames) {
    const py::gil_scoped_acquire locked;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (listener_.progress && frames > 0) listener_.progress(frames);
    } catch (...) {
      raised_ = std::current_exception();
      stop_.request_stop();
    }
  }
  std::stop_token stop() const { return stop_.get_token(); }
  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  const Listener& listener_;
  std::stop_source stop_;
  std::exception_ptr raised_;
};

std::vector<std::string> align(job::Job& job, Follower& follower) {
  const job::Control control{follower.stop(), [](auto) {},
                             [&](std::uint64_t) { follower.show(0); }};
  const auto alignment = job::align(job, control);
  follower.rethrow();
  if (!alignment) raise(alignment.error());
  std::vector<std::string> sentences = alignment->beginnings;
  sentences.insert(sentences.end(), alignment->warnings.begin(), alignment->warnings.end());
  return sentences;
}

std::uint64_t frames_read(const job::Run& run) {
  std::uint64_t most = 0;
  for (const job::Clip& clip : run.clips) most = std::max(most, clip.frames);
  return most;
}

}  // namespace

std::vector<std::unique_ptr<Context>> score(job::Job job, const std::vector<Source>& sources,
                                            bool copy, const Listener& listener) {
  Clips clips(job, sources, copy);
  Follower follower(listener);
  std::vector<std::string> sentences;
  if (job.sync && clips.are_frames())
    throw Failure(EINVAL, job.option("sync", "auto") + " reads clips twice: they have to be files");
  std::vector<std::unique_ptr<Context>> contexts;
  {
    const py::gil_scoped_release unlocked;
    job::Sessions sessions = value_of(job::open_sessions(job));
    if (job.sync) sentences = align(job, follower);
    const job::Run* started = nullptr;
    const job::Control control{follower.stop(), [](auto) {},
                               [&](std::uint64_t) { follower.show(frames_read(*started)); }};
    job::Run run = value_of(job::open(job, std::move(sessions), clips.take(), control));
    started = &run;
    sentences.insert(sentences.end(), run.remarks.begin(), run.remarks.end());
    const std::lock_guard turn(*run.turn);
    score_frames(run);
    finish(run);
    follower.rethrow();
    clips.rethrow();
    settle(run);
    check(run.first_error());
    if (run.complete_frames() == 0) check(run.no_frames());
    for (job::Clip& clip : run.clips)
      contexts.push_back(std::make_unique<Context>(job, std::move(clip.session),
                                                   static_cast<unsigned>(clip.frames)));
  }
  drop_returned_arrays();
  for (const std::string& sentence : sentences) listener.tell(sentence);
  return contexts;
}

}  // namespace visq::python
