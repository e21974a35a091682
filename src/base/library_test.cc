// Libraries that are loaded late, and small things that everything stands on.
#include "base/library.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "base/reflect.h"
#include "base/result.h"
#include "base/sha256.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

TEST(Library, FindsFunctionsOfWhatIsThere) {
  const Library maths("libm.so.6");
  double (*root)(double) = nullptr;
  ASSERT_TRUE(maths.find("cbrt", root));
  EXPECT_DOUBLE_EQ(root(27), 3);
  int (*none)() = nullptr;
  EXPECT_FALSE(maths.find("visq_has_no_such_function", none));
  EXPECT_EQ(none, nullptr);
}

TEST(Library, ThatIsNotThereHasNothing) {
  const Library nothing("libvisq_no_such_library.so");
  double (*root)(double) = nullptr;
  EXPECT_FALSE(nothing.find("cbrt", root));
  EXPECT_EQ(root, nullptr);
}

// Mirrored by walking: back and forth over the row, turning at its ends.
TEST(Reflect, WalksBackAndForth) {
  for (const int n : {1, 2, 3, 7}) {
    int at = 0, step = 1;
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ(reflect101(i, n), at) << i << " of " << n;
      EXPECT_EQ(reflect101(-i, n), at) << "the mirror stands at 0";
      if (n == 1) continue;
      if (at + step < 0 || at + step >= n) step = -step;
      at += step;
    }
  }
}

// FIPS 180-4's examples, and lengths around its blocks of 64 bytes.
TEST(Sha256Lengths, AroundABlock) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

class FilesOfAnySize : public test::InTempFolder {};

TEST_F(FilesOfAnySize, HaveTheSumOfTheirContent) {
  for (const std::size_t size : {0u, 55u, 56u, 64u, 65'536u, 300'001u}) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + 7);
    const std::string path = write("sized", content);
    EXPECT_EQ(sha256_of_file(path, [] { return false; }).value(), sha256_hex(content)) << size;
    EXPECT_EQ(read_file(path, size).value(), content);
    if (size > 0) {
      EXPECT_EQ(read_file(path, size - 1).error().code, E2BIG);
    }
  }
}

template <typename T>
void expect_whole_range() {
  const std::string least = std::to_string(std::numeric_limits<T>::min()),
                    most = std::to_string(std::numeric_limits<T>::max());
  EXPECT_EQ(parse_number<T>(least), std::numeric_limits<T>::min());
  EXPECT_EQ(parse_number<T>(most), std::numeric_limits<T>::max());
  EXPECT_FALSE(parse_number<T>(most + "0")) << most;
}

TEST(NumbersOfAType, AreAllThatItHolds) {
  expect_whole_range<int>();
  expect_whole_range<unsigned>();
  expect_whole_range<std::int64_t>();
  expect_whole_range<std::uint64_t>();
  EXPECT_FALSE(parse_number<int>("2147483648"));
  EXPECT_EQ(parse_number<float>("16777217"), 16777216.0f) << "the nearest float";
  EXPECT_FALSE(parse_number<float>("1e39"));
  EXPECT_TRUE(std::signbit(parse_number<double>("-0").value()));
}

TEST(NearestName, IsTheFirstOfEquallyNearOnes) {
  const std::string_view known[] = {"cat", "car", "cart"};
  EXPECT_EQ(nearest("cab", known), "cat");
  EXPECT_EQ(nearest("car", known), "car");
  EXPECT_EQ(nearest("cartt", known), "cart");
  EXPECT_EQ(nearest("dogs", known), "") << "three letters differ";
  EXPECT_EQ(nearest("cat", {}), "");
}

TEST(ErrorKinds, AreGivenOnce) {
  const Status plain = fail(EIO, "why"), of_output = fail(EIO, "why", ErrorKind::output);
  EXPECT_EQ(about(ErrorKind::model, plain).error().kind, ErrorKind::model);
  EXPECT_EQ(about(ErrorKind::model, of_output).error().kind, ErrorKind::output)
      << "the first to know keeps it";
  const Status more = fail(of_output.error(), "where and why");
  EXPECT_EQ(more.error().code, EIO);
  EXPECT_EQ(more.error().kind, ErrorKind::output);
  EXPECT_EQ(more.error().message, "where and why");
  EXPECT_TRUE(about(ErrorKind::model, Status{}));
}

}  // namespace
}  // namespace visq
