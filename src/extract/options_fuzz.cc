// Any text as options of a metric, which the first byte chooses: "key=value\n" lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "extract/metric.h"
#include "tests/fuzz/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::test::Bytes bytes(data, size);
  const auto metrics = visq::all_metrics();
  const visq::Descriptor& metric = *metrics[bytes.below(static_cast<unsigned>(metrics.size()))];
  visq::OptionStrings given;
  while (!bytes.empty()) {
    const std::string line = bytes.until('\n');
    const std::size_t equals = std::min(line.find('='), line.size());
    given[line.substr(0, equals)] = line.substr(std::min(line.size(), equals + 1));
  }
  const auto options = visq::Options::parse(metric.name, metric.options, given);
  if (!options && options.error().message.empty()) __builtin_trap();
  return 0;
}
