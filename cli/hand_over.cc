#include "cli/hand_over.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace visq::cli {
namespace {

constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

bool is_name(const std::string& word) {
  return !word.empty() && word[0] != '-' && word.find_first_not_of(kLetters) == std::string::npos;
}

}  // namespace

Status hand_over(int argc, char** argv) {
  if (argc < 2 || !is_name(argv[1])) return {};
  std::string program = fmt::format("visq-{}", argv[1]);
  char* const word = argv[1];
  argv[1] = program.data();  // what the other program sees as its name
  ::execvp(program.c_str(), argv + 1);
  argv[1] = word;
  if (errno == ENOENT) return {};
  return fail(errno, fmt::format("{} cannot be run: {}", program, std::strerror(errno)));
}

}  // namespace visq::cli
