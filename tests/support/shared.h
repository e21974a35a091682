// ../shared, the folder of golden files: beside the project in CI, not on a user's machine.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

namespace visq::test {

inline std::optional<std::filesystem::path> shared_folder() {
  const std::filesystem::path folder = std::filesystem::path(VISQ_SOURCE_DIR).parent_path() / "shared";
  std::error_code error;
  if (std::filesystem::is_directory(folder / "golden", error)) return folder;
  return std::nullopt;
}

inline bool shared_is_required() {
  const char* value = std::getenv("VISQ_REQUIRE_SHARED");
  return value != nullptr && *value == '1';
}

}  // namespace visq::test

// At the start of a test that reads golden files: skips it where there are none, which in CI
// (VISQ_REQUIRE_SHARED=1) is a failure.
#define VISQ_NEED_SHARED()                                                               \
  if (!visq::test::shared_folder()) {                                                    \
    if (visq::test::shared_is_required()) FAIL() << "../shared is missing and required"; \
    GTEST_SKIP() << "needs the golden files of ../shared";                               \
  }
