// What the kernels' tests have in common: planes among poison, and one run per CPU target.
#pragma once

#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "kernels/conv/values.h"

namespace visq::test {

// A plane in the middle of poisoned memory, with an odd stride and a misaligned start: what reads
// beyond it gets other results, what writes beyond it changes `memory`.
template <typename T>
struct Poisoned {
  std::vector<T> memory;
  PlaneView<T> plane;

  Poisoned(int width, int height)
      : memory(static_cast<std::size_t>((width + 13) * (height + 2) + 1), poison()),
        plane{nullptr, width + 13, width, height} {
    plane.data = start();
  }
  Poisoned(const Poisoned& other) : memory(other.memory), plane(other.plane) {
    plane.data = start();
  }
  Poisoned& operator=(const Poisoned&) = delete;

  PlaneView<const T> view() const { return plane; }

  // As kernels take it; `bits` matters where T is std::uint16_t.
  Samples samples(int bits = 10) const {
    if constexpr (std::is_same_v<T, std::uint16_t>)
      return {view(), bits};
    else if constexpr (std::is_same_v<T, float>)
      return float_samples(view());
    else
      return view();
  }

 private:
  static constexpr T poison() {
    if constexpr (std::is_floating_point_v<T>)
      return T(-1e30);
    else
      return static_cast<T>(0xABCD);
  }
  T* start() { return memory.data() + 1 + plane.stride; }
};

// Values from 0 to `top`, each as likely.
template <typename T>
Poisoned<T> noise(int width, int height, unsigned top, std::mt19937& random) {
  Poisoned<T> p(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) p.plane.row(y)[x] = static_cast<T>(random() % (top + 1));
  return p;
}

// Runs `check` under every CPU target of this machine, one at a time. A kernel that is not compiled
// for a target runs on the best of the lower ones, as it does for users.
template <typename Check>
void on_every_target(const Check& check) {
  const std::int64_t all = hwy::SupportedTargets();
  for (std::int64_t rest = all; rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest);
    SCOPED_TRACE(hwy::TargetName(rest & -rest));
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace visq::test
