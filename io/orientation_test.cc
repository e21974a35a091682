// Against what the standards say; tests/inputs/orientation_test.py has whole files.
#include <string>

#include <gtest/gtest.h>

#include "io/still.h"

namespace visq::io {
namespace {

using namespace std::string_literals;

std::string tiff(char orientation) {
  return "MM\0*\0\0\0\x08\0\x02"s + "\x01\x00\0\x03\0\0\0\x01\0\x20\0\0"s +
         "\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0"s;
}

TEST(Orientation, StandsInTheFilesOfStills) {
  const Orientation clockwise{true, true, false};
  const std::string app1 = "\xff\xe1\0\x2a"s + "Exif\0\0"s + tiff(6);
  EXPECT_EQ(orientation_of_still(tiff(6)), clockwise);
  EXPECT_EQ(orientation_of_still("\xff\xd8\xff\xe0\0\x04jf"s + app1), clockwise);
  EXPECT_EQ(orientation_of_still("RIFF....WEBPVP8 \x01\0\0\0x\0EXIF\x22\0\0\0"s + tiff(6)),
            clockwise);
  EXPECT_EQ(
      orientation_of_still("\x89PNG\r\n\x1a\n\0\0\0\x01IHDRx....\0\0\0\x22"s + "eXIf"s + tiff(6)),
      clockwise);
}

TEST(Orientation, OfWhatIsCutOrSaysNothingIsUpright) {
  for (std::size_t size = 0; size < tiff(6).size() - 3; ++size)
    EXPECT_TRUE(orientation_of_still(tiff(6).substr(0, size)).upright()) << size;
  for (const char number : {'\0', '\1', '\x09', '\xff'})
    EXPECT_TRUE(orientation_of_still(tiff(number)).upright());
  EXPECT_TRUE(orientation_of_still("\xff\xd8\xff\xda\0\x02\xff\xe1\0\x2a"s + "Exif\0\0"s + tiff(6))
                  .upright())
      << "behind the start of the samples";
}

TEST(CutJpeg, HasNoEnd) {
  const std::string head = "\xff\xd8\xff\xe1\0\x06\xff\xd9\xff\xd9\xff\xda\0\x02"s;
  EXPECT_TRUE(is_cut_jpeg(head + "samples")) << "the end of a thumbnail is none";
  EXPECT_FALSE(is_cut_jpeg(head + "samples\xff\xd9 more"s));
  EXPECT_FALSE(is_cut_jpeg("RIFF"));
}

// Of H.273: 0 left, 1 centre, 2 top left, 3 top, 4 bottom left, 5 bottom.
TEST(Orientation, TurnsTheSitingOfChroma) {
  EXPECT_EQ(turned_siting(0, {}), 0);
  EXPECT_EQ(turned_siting(0, {true, false, false}), 3);
  EXPECT_EQ(turned_siting(2, {false, false, true}), 4);
  EXPECT_EQ(turned_siting(2, {true, false, true}), 4);
  EXPECT_EQ(turned_siting(0, {false, true, false}), 1) << "there is no right";
  for (int siting = 0; siting < 6; ++siting) EXPECT_EQ(turned_siting(siting, {}), siting);
}

}  // namespace
}  // namespace visq::io
