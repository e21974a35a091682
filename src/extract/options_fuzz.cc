// Any text as options of every metric: "key=value\n" lines.
#include <cstddef>
#include <cstdint>

#include "extract/metric.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  visq::OptionStrings given;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t equals = std::min(line.find('='), line.size());
    given[std::string(line.substr(0, equals))] = line.substr(std::min(line.size(), equals + 1));
  }
  for (const visq::Descriptor* metric : visq::all_metrics())
    (void)visq::Options::parse(metric->name, metric->options, given);
  return 0;
}
