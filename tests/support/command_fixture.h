// The command as a user runs it, in a folder of the test's own.
#pragma once

#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include "tests/support/temp_folder.h"

namespace visq::test {

class CommandTest : public InTempFolder {
 protected:
  // Flat frames, each a bit lighter than the one before.
  void clip(const std::string& name, int frames, char sample,
            const std::string& header = "YUV4MPEG2 W32 H24 F25:1 C420\n") const {
    std::string content = header;
    for (int i = 0; i < frames; ++i)
      content += "FRAME\n" + std::string(32 * 24 * 3 / 2, static_cast<char>(sample + i));
    write(name, content);
  }
  // 64x48, which LPIPS takes.
  void large_clip(const std::string& name, int frames, char sample) const {
    std::string content = "YUV4MPEG2 W64 H48 F25:1 C420\n";
    for (int i = 0; i < frames; ++i)
      content += "FRAME\n" + std::string(64 * 48 * 3 / 2, static_cast<char>(sample + i));
    write(name, content);
  }
  int shell(const std::string& script) const {
    return std::system(fmt::format("cd {} && {}", folder_.string(), script).c_str());
  }

  struct Outcome {
    int code;
    std::string out, err;
  };
  Outcome run(const std::string& arguments, const std::string& environment = "") const {
    const int status =
        shell(fmt::format("{} {} {} >out 2>err </dev/null", environment, VISQ_VMAF, arguments));
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }
  nlohmann::json report(const std::string& name) const { return nlohmann::json::parse(read(name)); }
};

// With a.y4m and b.y4m, of four frames each.
class WithClips : public CommandTest {
 protected:
  void SetUp() override {
    clip("a.y4m", 4, 'a');
    clip("b.y4m", 4, 'b');
  }
};

}  // namespace visq::test
