// An mp4 or mov file whose header says that it is to be turned. Versions of ffmpeg differ in how
// they are asked for that, so the header gets it by hand.
#pragma once

#include <cstdint>
#include <string>

namespace visq::test {

// Clockwise by quarter turns.
inline std::string turned(std::string movie, int degrees) {
  constexpr std::size_t kMatrix = 44;  // from the name of the track's header on
  const std::size_t at = movie.find("tkhd") + kMatrix;
  const auto set = [&](std::size_t entry, int value) {
    const auto number = static_cast<std::uint32_t>(value * (1 << 16));
    for (std::size_t i = 0; i < 4; ++i)
      movie[at + 4 * entry + i] = static_cast<char>(number >> (24 - 8 * i));
  };
  const int cosine = degrees == 0 ? 1 : degrees == 180 ? -1 : 0;
  const int sine = degrees == 90 ? 1 : degrees == 270 ? -1 : 0;
  set(0, cosine);
  set(1, sine);
  set(3, -sine);
  set(4, cosine);
  return movie;
}

}  // namespace visq::test
