// The files that the command writes.
#pragma once

#include <string>

#include "base/text_sink.h"
#include "cli/args/settings.h"
#include "job/run.h"

namespace visq::cli {

// That the files can be written, and are not the clips: said at the start, not after hours of
// scoring.
Status check_outputs(const Settings& settings);

// A whole file, or standard output for "-".
Status write_text(const std::string& path, const std::string& text);

// Where a report goes: scores of a part of the clips do not replace what is there, but go to
// NAME.partial.json beside it.
std::string place_of(const std::string& path, bool partial);

// The report of what a context scored.
Status give_text(VmafContext* context, VmafOutputFormat format, const TextSink& sink);

// The scores of a run as --output wants them. When the file cannot be written they go to standard
// output, and the error says so.
Status write_scores(const Settings& settings, const job::Run& run);

}  // namespace visq::cli
