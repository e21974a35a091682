#include "job/run.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/counted.h"
#include "job/match.h"

namespace visq::job {
namespace {

// The frames of a clip stay in its file unless a metric reads them, and so does chroma.
void read_what_is_needed(Run& run) {
  for (Clip& clip : run.clips)
    clip.read = run.reference == nullptr || vmaf_needs_distorted(clip.session.context()) != 0;
  run.reads_reference =
      run.detector != nullptr ||
      std::any_of(run.clips.begin(), run.clips.end(), [](const Clip& clip) {
        return !clip.read || vmaf_needs_reference(clip.session.context(), nullptr) != 0;
      });
  const auto needs_chroma = [](const Clip& clip) {
    return vmaf_needs_chroma(clip.session.context()) != 0;
  };
  if (run.detector != nullptr || std::any_of(run.clips.begin(), run.clips.end(), needs_chroma))
    return;
  if (run.reference != nullptr) run.reference->read_luma_only();
  for (const Clip& clip : run.clips) {
    clip.reader->read_luma_only();
    if (clip.reference != nullptr) clip.reference->read_luma_only();
  }
}

// What the job's range needs of the clips.
Result<VmafFrameRange> frames_to_read(const Job& job, const Sessions& sessions) {
  VmafFrameRange frames = job.range.value_or(VmafFrameRange{0, kEndOfClip});
  unsigned most_before = 0, most_after = 0;
  for (const Session& session : sessions) {
    unsigned before = 0, after = 0;
    if (const int code = vmaf_frames_around(session.context(), &before, &after); code != 0)
      return fail(-code, vmaf_last_error());
    most_before = std::max(most_before, before);
    most_after = std::max(most_after, after);
  }
  frames.first -= std::min(frames.first, most_before);
  frames.last += std::min(kEndOfClip - frames.last, most_after);
  if (job.frame_count != 0 && job.frame_count <= frames.last)
    frames.last = static_cast<unsigned>(job.frame_count - 1);
  return frames;
}

// The frames before those.
Status pass_over(Run& run, const std::stop_token& stop) {
  if (!run.job.range) return {};
  const std::string why = fmt::format("frame {} is wanted", run.job.range->first);
  const auto pass = [&](const Reader& reader, const std::string& name) -> Status {
    return reader == nullptr ? Status()
                             : skip(run.job, *reader, run.to_read.first, name, why, stop);
  };
  VISQ_TRY(pass(run.reference, run.job.reference));
  for (Clip& clip : run.clips) {
    VISQ_TRY(pass(clip.reference, run.job.reference));
    VISQ_TRY(pass(clip.reader, clip.path));
  }
  return {};
}

// One clip ended before the other.
Status uneven(const Job& job, std::uint64_t frames, const std::string& shorter,
              const std::string& longer) {
  if (job.shortest) return {};
  if (frames == 0) return input_error(fmt::format("{} has no frame", shorter));
  return input_error(
      fmt::format("{} ended after {}, before {}; the common frames were scored ({} accepts "
                  "this; {} tells which frames are missing)",
                  shorter, counted(frames, "frame"), longer, job.option("shortest", "true"),
                  job.option("sync", "auto")));
}

void end(const Run& run, Clip& clip, Status status) {
  clip.ended = true;
  if (!run.interrupted())  // a read that was broken off is no error
    clip.status = std::move(status);
}

// What the frames in flight still cost nobody waits for.
struct Cancel {
  const Run& run;
  void operator()() const {
    for (const Clip& clip : run.clips) vmaf_cancel(clip.session.context());
  }
};
using CancelsScoring = std::stop_callback<Cancel>;

// The sentence names the metric, and the frame where it is about one.
Status not_scored(const Clip& clip, int code, const char* sentence) {
  return fail(-code, fmt::format("{}: {}", clip.path, sentence));
}

// One frame of each clip that goes on, with a frame of the reference in common.
class Step {
 public:
  Step(Run& run, bool damaged) : run_(run), damaged_(damaged) {}  // the reference is

  // Reads the clip's next frame; at its end, or after an error, it takes no part.
  void read(Clip& clip) {
    VmafPicture& distorted = pictures_.emplace_back();
    const auto more = clip.read ? clip.reader->read(&distorted) : clip.reader->skip();
    if (!more) return end(run_, clip, reading_error(run_.job, more.error()));
    if (!*more)
      return end(run_, clip,
                 run_.reference == nullptr ? Status()
                                           : uneven(run_.job, run_.to_read.first + clip.frames,
                                                    clip.path, run_.job.reference));
    const unsigned frame = run_.to_read.first + static_cast<unsigned>(clip.frames);
    if ((damaged_ || clip.reader->damaged()) && run_.counts(frame)) clip.damaged.push_back(frame);
    clips_.push_back(&clip);
    comparisons_.push_back({clip.session.context(), &distorted, 0, nullptr});
  }

  // `reference` may be nullptr, where nothing reads it; it is given up.
  void score(VmafPicture* reference) {
    if (clips_.empty()) return;
    for (std::size_t i = 0; i < clips_.size(); ++i)
      if (!clips_[i]->read) vmaf_picture_ref(comparisons_[i].distorted, reference);
    {
      const InLibrary outside(*run_.turn);
      vmaf_read_pictures_together(reference, comparisons_.data(), comparisons_.size(), index());
    }
    for (std::size_t i = 0; i < clips_.size(); ++i) {
      if (comparisons_[i].code != 0)
        end(run_, *clips_[i], not_scored(*clips_[i], comparisons_[i].code, comparisons_[i].error));
      else
        ++clips_[i]->frames;
    }
  }

 private:
  unsigned index() const {
    return run_.to_read.first + static_cast<unsigned>(clips_.front()->frames);
  }  // of all of them

  Run& run_;
  bool damaged_;
  std::deque<VmafPicture> pictures_;
  std::vector<Clip*> clips_;
  std::vector<VmafComparison> comparisons_;
};

using Group = std::vector<Clip*>;

// Clips that go on, by their reference.
std::vector<Group> groups_of(Run& run) {
  std::vector<Group> groups(1);
  for (Clip& clip : run.clips) {
    if (clip.ended) continue;
    if (clip.reference == nullptr)
      groups[0].push_back(&clip);
    else
      groups.push_back({&clip});
  }
  return groups;
}

// The reference has no further frame: neither should the clips have one.
void end_all(Run& run, const Group& group) {
  for (Clip* clip : group) {
    const auto more = clip->reader->skip();
    if (!more)
      end(run, *clip, reading_error(run.job, more.error()));
    else if (*more)
      end(run, *clip,
          uneven(run.job, run.to_read.first + clip->frames, run.job.reference, clip->path));
    clip->ended = true;
  }
}

const Reader& reference_of(const Run& run, const Group& group) {
  const Reader& own = group.front()->reference;
  return own != nullptr ? own : run.reference;
}

// Whether the group's reference has another frame, or there is none.
bool read_reference(Run& run, const Group& group, VmafPicture* reference) {
  const Reader& reader = reference_of(run, group);
  if (reader == nullptr) return true;
  const auto more = run.reads_reference ? reader->read(reference) : reader->skip();
  if (more && !*more) end_all(run, group);
  if (more) return *more;
  for (Clip* clip : group) end(run, *clip, reading_error(run.job, more.error()));
  return false;
}

// What is wrong with the shots does not end scoring.
void watch_for_shots(Run& run, const VmafPicture& reference) {
  if (run.detector == nullptr || !run.shots_status) return;
  Status added;
  {
    const InLibrary outside(*run.turn);
    added = run.detector->add(run.clips.front().session.context(), reference);
  }
  run.shots_status = std::move(added);
}

Status find_shots(Run& run) {
  VISQ_TRY(run.shots_status);
  std::uint64_t frames = 0;
  for (const Clip& clip : run.clips) frames = std::max(frames, run.to_read.first + clip.frames);
  if (run.job.shots.mode == CutInto::equal) run.shots = equal_shots(run.job.shots.frames, frames);
  if (run.detector != nullptr && !run.interrupted()) {
    Result<Shots> found;
    {
      const InLibrary outside(*run.turn);
      found = run.detector->finish(run.clips.front().session.context());
    }
    VISQ_ASSIGN(run.shots, std::move(found));
  }
  for (Clip& clip : run.clips)
    if (vmaf_set_output_shots(clip.session.context(), run.shots.data(), run.shots.size()) != 0)
      return fail(EINVAL, vmaf_last_error());
  return {};
}

void step(Run& run, const Group& group) {
  VmafPicture reference{};
  if (group.empty() || !read_reference(run, group, &reference)) return;
  if (group.front()->reference == nullptr) watch_for_shots(run, reference);
  const Reader& reader = reference_of(run, group);
  Step step(run, reader != nullptr && reader->damaged());
  for (Clip* clip : group)
    if (!run.interrupted()) step.read(*clip);
  step.score(reference.ref == nullptr ? nullptr : &reference);
  vmaf_picture_unref(&reference);
}

// False at the end.
bool step(Run& run) {
  for (const Group& group : groups_of(run)) step(run, group);
  return std::any_of(run.clips.begin(), run.clips.end(), [](const Clip& c) { return !c.ended; });
}

void flush(Run& run, Clip& clip) {
  if (clip.frames == 0) return;
  int flushed = 0;
  {
    const InLibrary outside(*run.turn);
    flushed = vmaf_read_pictures(clip.session.context(), nullptr, nullptr, 0);
  }
  if (flushed != 0 && clip.status && !run.interrupted())
    clip.status = not_scored(clip, flushed, vmaf_last_error());
}

// All clips ended before the range does.
Status too_short(const Run& run, const Clip& clip) {
  const std::uint64_t frames = run.to_read.first + clip.frames;
  if (!run.job.range || run.job.range->last == kEndOfClip || frames > run.job.range->last)
    return {};
  return input_error(fmt::format("{} has {} frames, and frame {} is wanted", clip.path, frames,
                                 run.job.range->last));
}

// What is there of its scores.
void settle(const Run& run, Clip& clip) {
  VmafContext* const context = clip.session.context();
  if (clip.frames > 0) clip.complete = vmaf_frames_complete(context);
  // A clip that was cut off may have ended early as well: that its frames are wrong says more.
  const auto check = [&](const Reader& reader) {
    const Status whole = reader == nullptr ? Status() : reader->intact();
    if (!whole) clip.status = reading_error(run.job, whole.error());
  };
  check(clip.reader);
  check(clip.reference);
  check(run.reference);
  if (clip.status && !run.interrupted()) clip.status = too_short(run, clip);
  clip.partial = run.interrupted() || !clip.status;
  vmaf_set_output_partial(context, clip.partial ? 1 : 0);
  vmaf_set_output_damaged(context, clip.damaged.data(), clip.damaged.size(),
                          run.job.damaged == Damaged::skip ? 1 : 0);
}

}  // namespace

Result<Run> open(const Job& job, Sessions sessions, const Control& control) {
  VISQ_ASSIGN(Readers readers, open_readers(job, control.stop));
  return open(job, std::move(sessions), std::move(readers), control);
}

namespace {

// Of one clip, where there is one: "a.png: 64x48 4:4:4 RGB 8-bit to 64x48 4:2:0 8-bit BT.601 ...".
void add_conversion(const std::string& path, const Reader& reader, std::vector<std::string>& list) {
  if (reader == nullptr || reader->info().converted_from.empty()) return;
  list.push_back(fmt::format("{}: {} to {}", path, reader->info().converted_from,
                             reader->info().converted_to));
}

void report_conversions(const Run& run, const Clip& clip) {
  const std::vector<std::string> sentences = conversions_of(run, clip);
  std::vector<const char*> texts;
  texts.reserve(sentences.size());
  for (const std::string& sentence : sentences) texts.push_back(sentence.c_str());
  vmaf_set_output_conversions(clip.session.context(), texts.data(), texts.size());
}

}  // namespace

std::vector<std::string> conversions_of(const Run& run, const Clip& clip) {
  std::vector<std::string> sentences;
  add_conversion(run.job.reference, clip.reference != nullptr ? clip.reference : run.reference,
                 sentences);
  add_conversion(clip.path, clip.reader, sentences);
  return sentences;
}

Result<Run> open(const Job& job, Sessions sessions, Readers readers, const Control& control) {
  if (waits_for_clips(job)) {
    const Reader& first = readers.any();
    VISQ_ASSIGN(sessions,
                open_sessions(job, {first->info().rate.per_second(), first->info().height}));
  }
  std::vector<std::string> notes = remarks(job, readers);
  const auto& left_out = sessions.front().left_out();
  notes.insert(notes.end(), left_out.begin(), left_out.end());
  Run run{job, control, std::move(readers.reference), {}, std::move(notes)};
  VISQ_ASSIGN(run.to_read, frames_to_read(job, sessions));
  VISQ_ASSIGN(run.shots, listed_shots(job));
  if (job.shots.mode == CutInto::detected) {
    VISQ_ASSIGN(run.detector, ShotDetector::open(job, run.reference->info()));
  }
  readers.own_references.resize(job.distorted.size());
  for (std::size_t i = 0; i < job.distorted.size(); ++i) {
    run.clips.push_back({job.distorted[i], std::move(readers.distorted[i]), std::move(sessions[i]),
                         std::move(readers.own_references[i])});
    Clip& clip = run.clips.back();
    clip.status = readers.problem_of(i);
    clip.ended = !clip.status;
  }
  for (const Clip& clip : run.clips) report_conversions(run, clip);
  read_what_is_needed(run);
  VISQ_TRY(pass_over(run, control.stop));
  return run;
}

void score_frames(Run& run) {
  const CancelsScoring on_stop(run.control.stop, Cancel{run});
  for (std::uint64_t frame = run.to_read.first; frame <= run.to_read.last && !run.interrupted();
       ++frame) {
    if (!step(run)) return;
    run.control.progress(run.frames_done());
  }
}

void finish(Run& run) {
  const CancelsScoring on_stop(run.control.stop, Cancel{run});
  for (Clip& clip : run.clips) flush(run, clip);
  run.shots_status = find_shots(run);
}

void settle(Run& run) {
  for (Clip& clip : run.clips) settle(run, clip);
}

Result<Run> run(const Job& job, const Control& control) {
  VISQ_ASSIGN(Sessions sessions, open_sessions(job));
  VISQ_ASSIGN(Run run, open(job, std::move(sessions), control));
  control.begin(run.expected_frames());
  const std::lock_guard turn(*run.turn);
  score_frames(run);
  finish(run);
  settle(run);
  return run;
}

std::uint64_t Run::frames_done() const {
  std::uint64_t frames = 0;
  for (const Clip& clip : clips) frames += vmaf_frames_done(clip.session.context());
  return frames;
}

std::uint64_t Run::complete_frames() const {
  std::uint64_t frames = 0;
  for (const Clip& clip : clips) frames += clip.complete;
  return frames;
}

std::optional<std::uint64_t> Run::expected_frames() const {
  const auto after = [](const io::VideoReader& reader, std::uint64_t skipped) {
    auto frames = reader.info().frames;
    if (frames) *frames -= std::min(*frames, skipped);
    return frames;
  };
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto other = after(*clips[i].reader, job.skip_distorted + job.synchrony.of(i));
    auto frames = reference == nullptr
                      ? other
                      : after(*reference, job.skip_reference + job.synchrony.reference);
    if (frames && other) frames = std::min(*frames, *other);
    if (!frames) frames = other;
    if (!frames) return std::nullopt;
    if (job.frame_count != 0) frames = std::min(*frames, job.frame_count);
    if (job.range)
      frames = std::min<std::uint64_t>(*frames, job.range->last + 1) -
               std::min<std::uint64_t>(*frames, job.range->first);
    sum += *frames;
  }
  return sum;
}

bool Run::counts(unsigned frame) const {
  return !job.range || (frame >= job.range->first && frame <= job.range->last);
}

VmafFrameRange Run::counted(const Clip& clip) const {
  const unsigned end = to_read.first + static_cast<unsigned>(clip.frames);
  VmafFrameRange frames = job.range.value_or(VmafFrameRange{0, kEndOfClip});
  frames.last = std::min(frames.last + 1, end) - 1;
  return frames;
}

bool Run::any_partial() const {
  return std::any_of(clips.begin(), clips.end(), [](const Clip& clip) { return clip.partial; });
}

Status Run::first_error() const {
  for (const Clip& clip : clips)
    if (!clip.status) return clip.status;
  return shots_status;
}

Status Run::no_frames() const {
  VISQ_TRY(first_error());
  if (reference != nullptr && reference->info().frames == 0u)
    return input_error(fmt::format("{} has no frame", job.reference));
  if (reference == nullptr || clips.front().reader->info().frames == 0u)
    return input_error(fmt::format("{} has no frame", job.distorted.front()));
  return input_error(
      fmt::format("{} and {} have no frame in common", job.reference, job.distorted.front()));
}

}  // namespace visq::job
