#include "base/shown.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/descriptor.h"
#include "base/files.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

TEST(Shown, LeavesTextAlone) {
  for (const char* text : {"", "a b.y4m", "Größe \u4e2d \U0001f600", "100 %, \\ and \"'"})
    EXPECT_EQ(shown(text), text);
}

TEST(Shown, EscapesWhatATerminalObeys) {
  EXPECT_EQ(shown("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(shown("a\nb\rc\td\x7f"), "a\\nb\\x0dc\\x09d\\x7f");
  EXPECT_EQ(shown(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(shown("\u009b31m"), "\\xc2\\x9b31m") << "C1";
  EXPECT_EQ(shown("a\u202eb\u2066"), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6") << "right to left";
  EXPECT_EQ(shown("a|b", "{|}"), "a\\x7cb");
}

TEST(Shown, EscapesWhatIsNoUtf8) {
  EXPECT_EQ(shown("\xff"), "\\xff");
  EXPECT_EQ(shown("\xc3"), "\\xc3") << "cut";
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(shown("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
}

class Beneath : public test::InTempFolder {
 protected:
  int code_of(const std::string& path) const {
    const Descriptor folder(::open((folder_ / "in").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto file = open_beneath(folder, path);
    return file ? 0 : file.error().code;
  }
};

TEST_F(Beneath, OpensWhatLiesThere) {
  write("in/a", "1");
  write("in/deep/b", "2");
  write("out", "3");
  namespace fs = std::filesystem;
  fs::create_symlink("deep/b", folder_ / "in/near");
  fs::create_symlink("../out", folder_ / "in/far");
  fs::create_symlink(folder_ / "out", folder_ / "in/farther");
  fs::create_directory_symlink("..", folder_ / "in/up");
  for (const char* inside : {"a", "deep/b", "./a", "deep//b"})
    EXPECT_EQ(code_of(inside), 0) << inside;
  EXPECT_EQ(code_of("gone"), ENOENT);
  for (const std::string& outside :
       {std::string("../out"), (folder_ / "out").string(), std::string("far"),
        std::string("farther"), std::string("up/out"), std::string("deep/../../out")}) {
    const int code = code_of(outside);
    EXPECT_TRUE(code == EXDEV || code == ELOOP || code == ENOTDIR) << outside << code;
  }
}

}  // namespace
}  // namespace visq
