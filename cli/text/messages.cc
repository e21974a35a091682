#include "cli/text/messages.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/shown.h"

namespace visq::cli {
namespace {

// A broken standard error is nothing that one could complain about.
void put(const std::string& line) { std::fputs(line.c_str(), stderr); }

std::string object(const nlohmann::ordered_json& fields) {
  return fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void Messages::error(int exit_code, std::string_view sentence) const {
  if (json_)
    put(object({{"event", "error"}, {"exit_code", exit_code}, {"message", sentence}}));
  else
    put(fmt::format("{}: error: {}\n", name_of(program_), shown(sentence)));
}

void Messages::warning(std::string_view sentence) const {
  if (json_)
    put(object({{"event", "warning"}, {"message", sentence}}));
  else
    put(fmt::format("{}: warning: {}\n", name_of(program_), shown(sentence)));
}

void Messages::note(std::string_view sentence) const {
  if (json_)
    put(object({{"event", "note"}, {"message", sentence}}));
  else
    put(fmt::format("{}: note: {}\n", name_of(program_), shown(sentence)));
}

void Messages::begin(std::string_view job) const {
  if (json_ && !job.empty()) put(object({{"event", "job"}, {"name", job}}));
}

}  // namespace visq::cli
