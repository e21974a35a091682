#include "cli/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/interrupt.h"
#include "cli/job/align.h"
#include "cli/job/run.h"
#include "cli/output.h"
#include "cli/page/html_report.h"
#include "cli/rescue.h"
#include "cli/text/dry_run.h"
#include "cli/text/summary.h"

namespace visq::cli {
namespace {

// The first thing that went wrong is what the command ends with.
void note(Status& status, Status next) {
  if (status && !next) status = std::move(next);
}

std::uint64_t complete_frames(const Job& job) {
  std::uint64_t frames = 0;
  for (const Clip& clip : job.clips) frames += clip.complete;
  return frames;
}

bool any_partial(const Job& job) {
  return std::any_of(job.clips.begin(), job.clips.end(),
                     [](const Clip& clip) { return clip.partial; });
}

Status no_frames(const Job& job) {
  VISQ_TRY(first_error(job));
  if (interrupted()) return fail(kInterrupted, "interrupted before the first frame was scored");
  if (job.reference != nullptr && job.reference->info().frames == 0u)
    return fail(kInputError, fmt::format("{} has no frame", job.settings.reference));
  if (job.reference == nullptr || job.clips.front().reader->info().frames == 0u)
    return fail(kInputError, fmt::format("{} has no frame", job.settings.distorted.front()));
  return fail(kInputError, fmt::format("{} and {} have no frame in common", job.settings.reference,
                                       job.settings.distorted.front()));
}

Status write_page(const Job& job) {
  if (job.settings.report.empty()) return {};
  VISQ_ASSIGN(const std::string page, html_report(job));
  return write_text(job.settings.report, page);
}

// Whatever happened to the reading, what was finished is written.
Status deliver(const Job& job, double seconds) {
  Status written = write_scores(job);
  note(written, write_page(job));
  if (!job.settings.quiet) {
    const std::string& name = job.settings.job;
    const std::string text =
        (name.empty() ? "" : name + "\n") + summary(job, seconds) + (name.empty() ? "" : "\n");
    if (job.settings.output != "-")
      note(written, write_text("-", text));
    else
      std::fputs(text.c_str(), stderr);
  }
  if (interrupted() && !written)
    return fail(kInterrupted, "interrupted; " + written.error().message);
  if (interrupted() && !any_partial(job))
    return fail(kInterrupted, "interrupted after the last frame was scored: all scores are kept");
  if (interrupted())
    return fail(kInterrupted,
                fmt::format("interrupted; the scores of {} frames are kept, marked partial",
                            complete_frames(job)));
  Status status = first_error(job);
  note(status, std::move(written));
  return status;
}

Status apply_sync(Settings& s, const Messages& messages) {
  if (!s.sync) return {};
  VISQ_ASSIGN(const Alignment alignment, align(s, messages));
  for (const std::string& beginning : alignment.beginnings) messages.note(beginning);
  return {};
}

// Scoring is over, whatever ended it.
Status conclude(Job& job, Progress& progress) {
  settle(job);
  progress.finish(complete_frames(job), any_partial(job));
  if (complete_frames(job) == 0) return no_frames(job);
  return deliver(job, progress.seconds());
}

int exit_with(const Settings& settings, const Status& status, const Messages& messages) {
  if (status) return kDone;
  const bool early = interrupted() &&
                     status.error().code != kInterrupted;  // what the signal broke off is no error
  const Error error =
      early ? Error{kInterrupted, "interrupted before the first frame was scored"} : status.error();
  messages.error(error.code, settings.job.empty()
                                 ? error.message
                                 : fmt::format("{}: {}", settings.job, error.message));
  return error.code;
}

Status score(Settings settings, const Messages& messages) {
  VISQ_TRY(check_outputs(settings));
  if (!settings.report.empty()) VISQ_TRY(check_report_possible(settings));
  VISQ_ASSIGN(Sessions sessions, open_sessions(settings));
  VISQ_TRY(apply_sync(settings, messages));
  VISQ_ASSIGN(Job job, open_job(settings, std::move(sessions)));
  for (const std::string& remark : job.remarks) messages.warning(remark);
  Progress progress(progress_style(settings.quiet, settings.progress_json), Phase::scoring,
                    expected_frames(job));
  Rescue rescue(*job.turn, [&] { return exit_with(settings, conclude(job, progress), messages); });
  const std::lock_guard turn(*job.turn);
  score_frames(job, progress);
  finish(job);
  rescue.over();
  return conclude(job, progress);
}

}  // namespace

int run(const Settings& settings, const Messages& messages) {
  messages.begin(settings.job);
  return exit_with(settings,
                   settings.dry_run ? dry_run(settings, messages) : score(settings, messages),
                   messages);
}

int run_all(const std::vector<Settings>& jobs, const Messages& messages) {
  const SignalWatch signals;
  int first_code = kDone;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const int code = run(jobs[i], messages);
    if (code == kInterrupted && i + 1 < jobs.size())
      messages.note(fmt::format("{} not begun",
                                i + 2 == jobs.size()
                                    ? "the job after it was"
                                    : fmt::format("{} jobs after it were", jobs.size() - i - 1)));
    if (code == kInterrupted) return code;
    if (code != kDone && ++failed == 1) first_code = code;
  }
  if (failed > 0 && jobs.size() > 1)
    messages.note(fmt::format(
        "{} of {} jobs failed; {}", failed, jobs.size(),
        jobs.front().dry_run ? "so they would in the run" : "what the others scored is written"));
  return first_code;
}

}  // namespace visq::cli
