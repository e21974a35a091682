#include "cli/run.h"

#include <fmt/format.h>

#include "cli/html_report.h"
#include "cli/interrupt.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/summary.h"

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

Status no_frames(const Job& job) {
  VISQ_TRY(first_error(job));
  if (interrupted()) return fail(kInterrupted, "interrupted before the first frame was scored");
  if (job.settings.no_reference) return fail(kInputError, fmt::format("{} has no frame", job.settings.distorted.front()));
  return fail(kInputError, fmt::format("{} and {} have no frame in common", job.settings.reference, job.settings.distorted.front()));
}

Status write_page(const Job& job) {
  if (job.settings.report.empty()) return {};
  VISQ_ASSIGN(const std::string page, html_report(job));
  return write_text(job.settings.report, page);
}

// Whatever happened to the reading, what was finished is written.
Status deliver(const Job& job, double seconds) {
  Status status = first_error(job);
  note(status, write_scores(job));
  note(status, write_page(job));
  if (!job.settings.quiet) {
    const std::string text = summary(job, seconds);
    if (job.settings.output != "-") note(status, write_text("-", text));
    else std::fputs(text.c_str(), stderr);
  }
  if (interrupted()) return fail(kInterrupted, fmt::format("interrupted; the scores of {} frames are kept, marked partial", complete_frames(job)));
  return status;
}

Status score(const Settings& settings) {
  VISQ_TRY(check_writable(settings.output));
  VISQ_TRY(check_writable(settings.report));
  if (!settings.report.empty()) VISQ_TRY(check_report_possible());
  VISQ_ASSIGN(Job job, open_job(settings));
  Progress progress(progress_style(settings.quiet, settings.progress_json), expected_frames(job));
  score_frames(job, progress);
  finish(job);
  const bool whole = first_error(job) && !interrupted();
  progress.finish(complete_frames(job), !whole);
  if (complete_frames(job) == 0) return no_frames(job);
  return deliver(job, progress.seconds());
}

}  // namespace

int run(const Settings& settings, const Messages& messages) {
  catch_signals();
  const Status status = score(settings);
  if (status) return kDone;
  messages.error(status.error().code, status.error().message);
  return status.error().code;
}

}  // namespace visq::cli
