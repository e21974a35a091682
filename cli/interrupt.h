// Ctrl-C: noted, so that the command ends in its own way.
#pragma once

namespace visq::cli {

// From now on the first SIGINT, SIGTERM or SIGHUP is noted; the second ends the process. Writing to a
// closed pipe is an error of the write instead of the end.
void catch_signals();

bool interrupted();

}  // namespace visq::cli
