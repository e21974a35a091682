// ../shared, the folder of golden files: beside the project in CI, not on a user's machine.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

namespace visq::test {

inline std::optional<std::filesystem::path> shared_folder() {
  const std::filesystem::path folder =
      std::filesystem::path(VISQ_SOURCE_DIR).parent_path() / "shared";
  std::error_code error;
  if (std::filesystem::is_directory(folder / "golden", error)) return folder;
  return std::nullopt;
}

inline bool shared_is_required() {
  const char* value = std::getenv("VISQ_REQUIRE_SHARED");
  return value != nullptr && *value == '1';
}

// A file of the model store that ./setup fills where it can: "tiny/lpips_sq.onnx". Where it is not
// there: the network of that name with synthetic weights, if tests/tools/synthetic_store.cc makes
// one.
inline std::filesystem::path store_path(std::string_view file) {
  const std::filesystem::path real = std::filesystem::path(VISQ_SOURCE_DIR "/models/store") / file;
  const std::filesystem::path synthetic =
      std::filesystem::path(VISQ_BINARY_DIR "/tests/synthetic") / file;
  std::error_code error;
  return !std::filesystem::exists(real, error) && std::filesystem::exists(synthetic, error)
             ? synthetic
             : real;
}

}  // namespace visq::test

// At the start of a test that needs what a machine may lack: skips it there, which in CI
// (VISQ_REQUIRE_SHARED=1) is a failure.
#define VISQ_NEED(there, what)                                                        \
  if (!(there)) {                                                                     \
    if (visq::test::shared_is_required()) FAIL() << "missing and required: " << what; \
    GTEST_SKIP() << "needs " << what;                                                 \
  }

#define VISQ_NEED_SHARED() VISQ_NEED(visq::test::shared_folder(), "the golden files of ../shared")

#define VISQ_NEED_STORE_FILE(file)                                 \
  VISQ_NEED(std::filesystem::exists(visq::test::store_path(file)), \
            "the model " << (file) << " in the model store")

// `file`: of the store's folder of tiny models.
#define VISQ_NEED_MODEL(file) VISQ_NEED_STORE_FILE(std::string("tiny/") + (file))
