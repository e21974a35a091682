#include "job/job.h"

#include <fmt/format.h>

#include "base/machine.h"

namespace visq::job {

unsigned Job::thread_count() const { return threads == 0 ? usable_cpus() : threads; }

std::string Job::option(std::string_view name, std::string_view value) const {
  const bool flag = value == "true";
  if (spelling == Spelling::command)
    return fmt::format("--{}{}{}", name, value.empty() || flag ? "" : " ", flag ? "" : value);
  if (value.empty()) return std::string(name);
  return flag ? fmt::format("{}=True", name) : fmt::format("{}=\"{}\"", name, value);
}

}  // namespace visq::job
