// Any words as a command line, one a line: settings, a text or an error, never a crash. --model, --feature, --scale, --frame_rate
// and all the other small languages of options are read on the way.
#include <sstream>

#include "cli/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> words{"vmaf", "-r", "a", "-d", "b"};
  for (std::string word; std::getline(text, word);) words.push_back(word.substr(0, word.find('\0')));
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto parsed = visq::cli::parse_arguments(static_cast<int>(argv.size()), argv.data());
  if (parsed ? !parsed->settings && parsed->text.empty() : parsed.error().message.empty()) __builtin_trap();
  return 0;
}
