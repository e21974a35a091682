// --report: one self-contained page to look at.
#pragma once

#include <string>
#include <string_view>

#include "cli/args/settings.h"
#include "job/run.h"

namespace visq::cli {

// The parts of the page, built into the command by cmake/EmbedReport.cmake. `plot_script` is empty
// where the plotting library was not there when the command was built.
struct ReportAssets {
  std::string_view page, style, script, plots, plot_style, plot_script;
};
ReportAssets report_assets();

// What would be found missing at the end of a long run: the plotting library in this build, the
// network of the LPIPS maps.
Status check_report_possible(const Settings& settings);

// Reads the clips again for the pictures of the worst frames.
Result<std::string> html_report(const Settings& settings, const job::Run& run);

}  // namespace visq::cli
