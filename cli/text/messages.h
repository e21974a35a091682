// What the command says on standard error, for people or, as JSON, for programs.
#pragma once

#include <string_view>

#include "cli/args/settings.h"

namespace visq::cli {

class Messages {
 public:
  Messages(Program program, bool json) : program_(program), json_(json) {}
  void error(int exit_code, std::string_view sentence) const;
  void warning(std::string_view sentence) const;
  void note(std::string_view sentence) const;
  void begin(std::string_view job) const;  // of several jobs; only for programs
  bool json() const { return json_; }

 private:
  Program program_;
  bool json_;
};

}  // namespace visq::cli
