// What reports list of metrics and options, in which order and under which names: scripts that read
// libvmaf's CSV by position or by name read ours.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

std::vector<std::string> parts_of(const std::string& text, char between) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, between);) parts.push_back(part);
  return parts;
}

// "NAME=option=value:option=value"
Status use(Engine& engine, const std::string& spec) {
  const std::size_t end = std::min(spec.find('='), spec.size());
  OptionStrings options;
  if (end < spec.size())
    for (const std::string& option : parts_of(spec.substr(end + 1), ':')) {
      const std::size_t at = option.find('=');
      options.emplace(option.substr(0, at), option.substr(at + 1));
    }
  const Descriptor* const metric = find_metric(spec.substr(0, end));
  return metric != nullptr ? engine.use(*metric, options) : fail(EINVAL, "there is no such metric");
}

std::string columns_of(const std::string& specs) {
  Engine engine({2, 1, {}});
  for (const std::string& spec : parts_of(specs, ',')) {
    const Status used = use(engine, spec);
    EXPECT_TRUE(used) << used.error().message;
  }
  const PictureFormat format{PixelFormat::yuv420, 8, 320, 240};
  for (unsigned frame = 0; frame < 3; ++frame) {
    const auto picture = [&](int strength) {
      return test::picture_of(format, [=](std::size_t plane, int x, int y) {
        return 40 + (x * 3 + y * static_cast<int>(plane + frame + 1) + x * y % strength) % 150;
      });
    };
    EXPECT_TRUE(engine.push(picture(7), picture(31), frame));
  }
  EXPECT_TRUE(engine.flush());
  std::string columns;
  for (const auto& column : engine.table().reported_columns())
    columns += (columns.empty() ? "" : " ") + column.printed;
  return columns;
}

TEST(Columns, AreThoseOfLibvmafInItsOrder) {
  std::ifstream file(VISQ_SOURCE_DIR "/tests/golden/columns.json");
  const auto golden = nlohmann::json::parse(file)["columns"];
  ASSERT_GT(golden.size(), 100u);
  for (const auto& [specs, columns] : golden.items())
    EXPECT_EQ(columns_of(specs), columns.get<std::string>()) << specs;
}

}  // namespace
}  // namespace visq
