#include "cli/align.h"

#include "cli/interrupt.h"
#include "cli/text/progress.h"

namespace visq::cli {

Result<job::Alignment> align(Settings& settings, const Messages& messages, std::uint64_t most) {
  std::optional<Progress> progress;
  const job::Control control{
      interruption(),
      [&](auto frames) { progress.emplace(progress_style(settings), Phase::sync, frames); },
      [&](std::uint64_t frames) {
        if (progress) progress->show(frames);
      }};
  VISQ_ASSIGN(job::Alignment alignment, job::align(settings.job, control, most));
  if (progress) progress->close(alignment.frames);
  for (const std::string& warning : alignment.warnings) messages.warning(warning);
  return alignment;
}

}  // namespace visq::cli
