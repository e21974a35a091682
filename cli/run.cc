#include "cli/run.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "base/counted.h"
#include "base/shown.h"
#include "cli/align.h"
#include "cli/confine.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/page/html_report.h"
#include "cli/rescue.h"
#include "cli/text/dry_run.h"
#include "cli/text/progress.h"
#include "cli/text/summary.h"
#include "io/mapped_frame.h"
#include "job/run.h"

namespace visq::cli {
namespace {

// The first thing that went wrong is what the command ends with.
void note(Status& status, Status next) {
  if (status && !next) status = std::move(next);
}

Status write_page(const Settings& s, const job::Run& run) {
  if (s.report.empty()) return {};
  VISQ_ASSIGN(const std::string page, html_report(s, run));
  return write_text(place_of(s.report, run.any_partial()), page);
}

// What is there from an earlier run is worth more than a part of this one.
void tell_places(const Settings& s, const job::Run& run, const Messages& messages) {
  for (const std::string& path : {s.output, s.report})
    if (const std::string place = place_of(path, run.any_partial()); place != path)
      messages.note(fmt::format("{} is kept as it was: what is partial goes to {}", path, place));
}

// Where it lies, which visq chose.
std::string page_text(const Settings& s) {
  return s.report.empty() || s.program != Program::visq
             ? ""
             : fmt::format("\npage: {}\n", shown(s.report));
}

// A terminal whose user does not want it otherwise (no-color.org).
bool shows_bold(std::FILE* stream) {
  const char* const no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(::fileno(stream)) == 1;
}

// Whatever happened to the reading, what was finished is written.
Status deliver(const Settings& s, const job::Run& run, double seconds, const Messages& messages) {
  tell_places(s, run, messages);
  Status written = write_scores(s, run);
  note(written, write_page(s, run));
  if (!s.quiet) {
    const SummaryStyle style{s.summary_of_all, shows_bold(s.output == "-" ? stderr : stdout)};
    const std::string text = (s.title.empty() ? "" : shown(s.title) + "\n") +
                             summary(run, seconds, style) + page_text(s) +
                             (s.title.empty() ? "" : "\n");
    if (s.output != "-")
      note(written, write_text("-", text));
    else if (!messages.json())  // standard error has objects only
      std::fputs(text.c_str(), stderr);
  }
  if (interrupted() && !written)
    return interruption_error("interrupted; " + written.error().message);
  if (interrupted() && !run.any_partial())
    return interruption_error("interrupted after the last frame was scored: all scores are kept");
  if (interrupted())
    return interruption_error(fmt::format("interrupted; the scores of {} are kept, marked partial",
                                          counted(run.complete_frames(), "frame")));
  Status status = run.first_error();
  note(status, std::move(written));
  return status;
}

Status apply_sync(Settings& s, const Messages& messages) {
  if (!s.job.sync) return {};
  VISQ_ASSIGN(const job::Alignment alignment, align(s, messages));
  for (const std::string& beginning : alignment.beginnings) messages.note(beginning);
  return {};
}

// Scoring is over, whatever ended it.
Status conclude(const Settings& s, job::Run& run, const Progress& progress,
                const Messages& messages) {
  settle(run);
  progress.finish(run.complete_frames(), run.any_partial());
  if (run.complete_frames() > 0) return deliver(s, run, progress.seconds(), messages);
  VISQ_TRY(run.first_error());
  if (interrupted()) return interruption_error("interrupted before the first frame was scored");
  return run.no_frames();
}

int exit_with(const Settings& settings, const Status& status, const Messages& messages) {
  if (status) return kDone;
  const bool early = interrupted() && exit_code_of(status.error()) !=
                                          kInterrupted;  // what the signal broke off is no error
  const Error error =
      early ? interruption_error("interrupted before the first frame was scored").value()
            : status.error();
  messages.error(exit_code_of(error), settings.title.empty()
                                          ? error.message
                                          : fmt::format("{}: {}", settings.title, error.message));
  return exit_code_of(error);
}

Status score(Settings settings, const Messages& messages) {
  VISQ_TRY(check_outputs(settings));
  if (!settings.report.empty()) VISQ_TRY(check_report_possible(settings));
  VISQ_ASSIGN(job::Sessions sessions, open_sessions(settings.job));
  VISQ_TRY(apply_sync(settings, messages));
  std::optional<Progress> progress;
  const job::Control control{
      interruption(), {}, [&](std::uint64_t frames) { progress->show(frames); }};
  VISQ_ASSIGN(job::Run run, open(settings.job, std::move(sessions), control));
  for (const std::string& remark : run.remarks) messages.warning(remark);
  progress.emplace(progress_style(settings), Phase::scoring, run.expected_frames());
  Rescue rescue(*run.turn, [&] {
    return exit_with(settings, conclude(settings, run, *progress, messages), messages);
  });
  const std::lock_guard turn(*run.turn);
  score_frames(run);
  finish(run);
  rescue.over();
  return conclude(settings, run, *progress, messages);
}

// One job that asks for it confines all of them: the process is one.
Status confine_all(const std::vector<Settings>& jobs) {
  if (std::none_of(jobs.begin(), jobs.end(), [](const Settings& s) { return s.confine; }))
    return {};
  VISQ_ASSIGN(const Confinement confinement, confinement_of(jobs));
  return confine(confinement);
}

}  // namespace

int run(const Settings& settings, const Messages& messages) {
  messages.begin(settings.title);
  return exit_with(settings,
                   settings.dry_run ? dry_run(settings, messages) : score(settings, messages),
                   messages);
}

int run_all(const std::vector<Settings>& jobs, const Messages& messages) {
  if (const Status confined = confine_all(jobs); !confined)
    return exit_with({}, confined, messages);
  const SignalWatch signals;
  io::allow_mapping();
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
