#include "job/sync.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace visq::job {
namespace {

// A scene in which every frame differs from every other.
std::vector<Signature> scene(int frames) {
  std::vector<Signature> list;
  for (int f = 0; f < frames; ++f) {
    Signature s{};
    for (std::size_t i = 0; i < s.size(); ++i)
      s[i] = static_cast<float>(128 +
                                60 * std::sin(0.11 * f * std::sqrt(1 + static_cast<double>(i % 7)) +
                                              static_cast<double>(i)));
    list.push_back(s);
  }
  return list;
}

std::vector<Signature> noisy(std::vector<Signature> list) {
  for (std::size_t f = 0; f < list.size(); ++f)
    for (std::size_t i = 0; i < list[f].size(); ++i)
      list[f][i] += static_cast<float>(0.8 * std::sin(static_cast<double>(f * 31 + i * 17)));
  return list;
}

std::vector<Signature> part(const std::vector<Signature>& list, std::size_t from, std::size_t to) {
  return {list.begin() + static_cast<std::ptrdiff_t>(from),
          list.begin() + static_cast<std::ptrdiff_t>(to)};
}

using Events = std::vector<SyncEvent>;

TEST(Sync, FindsOffsetsOfBothSigns) {
  const auto whole = scene(260);
  for (const std::size_t offset : {0u, 1u, 3u, 57u, 100u}) {
    EXPECT_EQ(find_offset(whole, noisy(part(whole, offset, 230)), kMaxOffset),
              static_cast<int>(offset));
    EXPECT_EQ(find_offset(part(whole, offset, 230), noisy(whole), kMaxOffset),
              -static_cast<int>(offset));
  }
}

TEST(Sync, OfAStillPictureIsZero) {
  const std::vector<Signature> still(50, scene(1)[0]);
  EXPECT_EQ(find_offset(still, noisy(still), kMaxOffset), 0);
  EXPECT_TRUE(find_synchrony(still, noisy(still)).events.empty());
}

TEST(Sync, ClipsTooShortForItStayAsTheyAre) {
  const auto few = scene(5);
  EXPECT_EQ(find_offset(few, few, kMaxOffset), 0);
  EXPECT_EQ(find_offset({}, {}, kMaxOffset), 0);
  EXPECT_TRUE(find_synchrony({}, {}).events.empty());
  EXPECT_TRUE(find_synchrony(few, {}).events.empty());
}

TEST(Sync, SaysHowUnlikeTheFramesAreThatItTakesForEachOther) {
  const auto whole = scene(260);
  EXPECT_LT(find_synchrony(part(whole, 30, 90), noisy(whole)).difference, 1)
      << "whatever comes before and after";
  EXPECT_LT(find_synchrony(whole, noisy(part(whole, 50, 150))).difference, 1);
  auto other = scene(100);
  for (Signature& frame : other) std::reverse(frame.begin(), frame.end());
  EXPECT_GT(find_synchrony(whole, other).difference, 16);
}

TEST(Sync, FindsDroppedAndRepeatedFrames) {
  const auto whole = scene(100);
  EXPECT_TRUE(find_synchrony(whole, noisy(whole)).events.empty());
  auto distorted = noisy(whole);
  distorted.erase(distorted.begin() + 60,
                  distorted.begin() + 62);                  // two are dropped before frame 60
  distorted.insert(distorted.begin() + 20, distorted[19]);  // frame 20 repeats 19
  EXPECT_EQ(find_synchrony(whole, distorted).events, (Events{{20, 0}, {61, 2}}));
}

// Most frames of such a clip are elsewhere than its first ones.
TEST(Sync, DropsInsideDoNotMoveTheBeginning) {
  const auto whole = scene(200);
  for (const std::size_t start : {0u, 7u, 40u}) {
    auto distorted = noisy(part(whole, start, 200));
    distorted.erase(distorted.begin() + 30, distorted.begin() + 33);
    const Synchrony found = find_synchrony(whole, distorted);
    EXPECT_EQ(found.offset, static_cast<int>(start));
    EXPECT_EQ(found.events, (Events{{30, 3}}));
    const Synchrony back =
        find_synchrony(distorted, whole);  // the distorted one has frames that the reference lacks
    EXPECT_EQ(back.offset, -static_cast<int>(start));
    EXPECT_EQ(back.events.size(), 3u);
  }
}

TEST(Sync, FindsAFrozenFrameAfterWhichAllIsInStep) {
  const auto whole = scene(120);
  auto distorted = noisy(whole);
  distorted[50] = distorted[49];
  EXPECT_EQ(find_synchrony(whole, distorted).events, (Events{{50, 0}, {51, 1}}));
}

TEST(Sync, WhatIsBeforeAndAfterTheReferenceIsNoRepeat) {
  const auto whole = scene(150);
  EXPECT_TRUE(find_synchrony(part(whole, 20, 120), noisy(whole)).events.empty());
  EXPECT_EQ(find_synchrony(part(whole, 20, 120), noisy(whole)).offset, -20);
}

TEST(Sync, SignaturesDoNotDependOnTheDepth) {
  Signature signatures[2];
  for (const unsigned bits : {8u, 10u}) {
    VmafPicture picture{};
    ASSERT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, bits, 33, 5),
              0);  // fewer rows than the grid has
    for (unsigned y = 0; y < 5; ++y)
      for (unsigned x = 0; x < 33; ++x) {
        char* row = static_cast<char*>(picture.data[0]) + y * picture.stride[0];
        if (bits == 8)
          reinterpret_cast<std::uint8_t*>(row)[x] = static_cast<std::uint8_t>(7 * x);
        else
          reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(28 * x);
      }
    signatures[bits == 10] = signature_of(picture);
    vmaf_picture_unref(&picture);
  }
  EXPECT_EQ(signatures[0], signatures[1]);
  EXPECT_GT(signatures[0][15], signatures[0][0]);
}

}  // namespace
}  // namespace visq::job
