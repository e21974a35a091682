// What ADM restores of each coefficient, beside plain C++, on every target.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/adm/adm.h"
#include "kernels/testing.h"

namespace visq::adm {
namespace {

void compare_restored(std::span<const std::int32_t> reference,
                      std::span<const std::int32_t> distorted, int scale) {
  std::vector<std::int32_t> out(reference.size());
  test::on_every_target([&] {
    restored({reference, distorted}, scale, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(out[i], restored_ref(reference[i], distorted[i], scale))
          << reference[i] << ", " << distorted[i] << " at scale " << scale;
    }
  });
}

TEST(AdmRestored, OfEveryReferenceAreThePlainOnesNearEveryKindOfDistorted) {
  constexpr int kBatch = 64;
  std::mt19937 random(5);
  std::vector<std::int32_t> o(kBatch), t(kBatch);
  for (const int scale : {0, 1})
    for (int size = 1; size <= 22938; ++size) {
      for (std::size_t i = 0; i < kBatch; ++i) {
        const int near[] = {0, 1, size / 2, size / 2 + 1, size - 1, size, size + 1, 22938};
        t[i] = i < 16 ? near[i / 2]
                      : static_cast<std::int32_t>(random() % static_cast<unsigned>(size + 2));
        o[i] = i % 2 == 0 ? size : -size;
        if (i % 16 != 15) t[i] *= i % 2 == 0 ? 1 : -1;
      }
      compare_restored(o, t, scale);
      if (testing::Test::HasFailure()) return;
    }
}

TEST(AdmRestored, OfSmallReferencesAreThePlainOnesOfAllDistorted) {
  std::vector<std::int32_t> o(128), t(128);
  for (int size = 1; size < 128; ++size) {
    for (std::size_t i = 0; i < o.size(); ++i) {
      o[i] = size;
      t[i] = static_cast<std::int32_t>(i);
    }
    for (const int scale : {0, 1}) compare_restored(o, t, scale);
  }
}

TEST(AdmRestored, OfLargeCoefficientsAreThePlainOnes) {
  constexpr std::int64_t kMost = 2103000000;
  std::mt19937_64 random(7);
  std::vector<std::int32_t> o(64), t(64);
  for (int bit = 14; bit < 31; ++bit)
    for (int round = 0; round < 400; ++round) {
      for (std::size_t i = 0; i < o.size(); ++i) {
        const std::int64_t edge = std::int64_t{1} << bit, spread = round % 2 == 0 ? 4 : edge;
        const std::int64_t size = std::clamp<std::int64_t>(
            edge + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * spread)) -
                spread / 2,
            1, kMost);
        const std::int64_t other =
            i % 4 == 0 ? kMost
                       : static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(std::min(
                                                                  kMost, size + size / 8 + 2)));
        const std::int64_t sign = random() % 2 == 0 ? 1 : -1;
        o[i] = static_cast<std::int32_t>(sign * size);
        t[i] = static_cast<std::int32_t>(random() % 8 == 0 ? -sign * other : sign * other);
      }
      compare_restored(o, t, 2);
      if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace visq::adm
