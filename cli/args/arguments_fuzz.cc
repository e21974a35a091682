// Any words as a command line: jobs, a text, or an error that says something, never a crash. A line
// feed ends a word. Words with a slash are left out: they name files, which may be anything.
#include <vector>

#include "cli/args/command.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/quiet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::test::Bytes bytes(data, size);
  std::vector<std::string> words{bytes.below(2) == 0 ? "vmaf" : "visq"};
  while (!bytes.empty() && words.size() < 32)
    if (std::string word = bytes.until('\n'); word.find('/') == word.npos)
      words.push_back(std::move(word));
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  const auto command = visq::cli::parse_command(static_cast<int>(words.size()), arguments.data());
  if (command ? command->jobs.empty() && command->text.empty() : command.error().message.empty())
    __builtin_trap();
  return 0;
}
