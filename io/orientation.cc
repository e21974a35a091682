#include "io/orientation.h"

#include <array>
#include <utility>

namespace visq::io {

Orientation exif_orientation(unsigned number) {
  constexpr std::array<Orientation, 9> kOrientations{{{},
                                                      {},
                                                      {false, true, false},
                                                      {false, true, true},
                                                      {false, false, true},
                                                      {true, false, false},
                                                      {true, true, false},
                                                      {true, true, true},
                                                      {true, false, true}}};
  return number < kOrientations.size() ? kOrientations[number] : Orientation{};
}

int turned_siting(int siting, const Orientation& orientation) {
  constexpr std::array<std::pair<int, int>, 6> kPlaces{
      {{-1, 0}, {0, 0}, {-1, -1}, {0, -1}, {-1, 1}, {0, 1}}};  // from the centre, right and down
  if (siting < 0 || siting >= static_cast<int>(kPlaces.size())) return siting;
  auto [x, y] = kPlaces[static_cast<std::size_t>(siting)];
  if (orientation.transposed) std::swap(x, y);
  if (orientation.mirrored) x = -x;
  if (orientation.upside_down) y = -y;
  for (std::size_t i = 0; i < kPlaces.size(); ++i)
    if (kPlaces[i] == std::pair(x > 0 ? 0 : x, y)) return static_cast<int>(i);
  return siting;
}

}  // namespace visq::io
