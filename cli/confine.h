// A command that scores what strangers uploaded: from then on the kernel lets it open what its jobs
// name, and nothing else, whatever a decoder is brought to do.
#pragma once

#include <string>
#include <vector>

#include "cli/args/settings.h"

namespace visq::cli {

// Files, or folders with what is below them.
struct Confinement {
  std::vector<std::string> read;
  std::vector<std::string> write;  // folders: files are made in them, too
};

// What the jobs name, the libraries that are loaded and their folders, and what the library asks of
// the system. Makes the folders of maps, and loads libav.
Result<Confinement> confinement_of(const std::vector<Settings>& jobs);

// Of this thread and all that it starts, for good: Landlock for files, seccomp for connections and
// other programs. An error where the kernel or this build cannot.
Status confine(const Confinement& confinement);

}  // namespace visq::cli
