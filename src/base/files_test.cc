#include "base/files.h"

#include <sys/stat.h>
#include <fstream>
#include <future>

#include <fmt/format.h>

#include "base/sha256.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

class Files : public test::InTempFolder {};

TEST_F(Files, AreReadWhole) {
  const std::string content(100'000, '\0'), path = write("a", content);
  EXPECT_EQ(read_file(path, content.size()).value(), content);
  EXPECT_EQ(read_file(write("empty", ""), 0).value(), "");
  EXPECT_EQ(sha256_of_file(path, [] { return false; }).value(), sha256_hex(content));
}

TEST_F(Files, TheSentenceNamesThem) {
  const std::string path = write("a", "12345"), none = (folder_ / "none").string();
  const auto refusal = [](const Result<std::string>& read) {
    return fmt::format("{} {}", read.error().code, read.error().message);
  };
  EXPECT_EQ(refusal(read_file(none, 9)), fmt::format("{} there is no file {}", ENOENT, none));
  EXPECT_EQ(refusal(read_file(path + "/b", 9, "list")),
            fmt::format("{} there is no list {}/b", ENOENT, path));
  EXPECT_EQ(refusal(read_file(folder_.string(), 9)),
            fmt::format("{} the file {} is not a regular file", EINVAL, folder_.string()));
  EXPECT_EQ(refusal(read_file(path, 4)),
            fmt::format("{} the file {} is larger than 4 bytes", E2BIG, path));
  EXPECT_EQ(refusal(read_file_or_pipe(none, 9)),
            fmt::format("{} {} cannot be opened: No such file or directory", ENOENT, none));
  EXPECT_EQ(sha256_of_file(path, [] { return true; }).error().code, ECANCELED);
}

TEST_F(Files, APipeIsReadOnlyWhereItMayBe) {
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_file(pipe, 9).error().code, EINVAL) << "and nobody waits for its other end";
  const auto writer = std::async(std::launch::async, [&] { std::ofstream(pipe) << "jobs"; });
  EXPECT_EQ(read_file_or_pipe(pipe, 9).value(), "jobs");
}

}  // namespace
}  // namespace visq
