// The blur of SSIMULACRA 2: a Gaussian of deviation 1.5 as a sum of three truncated cosines.
//
// Source: Charalampidis, "Recursive Implementation of the Gaussian Filter Using Truncated Cosine
// Functions", 2016, as libjxl has it. Each cosine is an oscillator,
//   o[n] = gain (in[n - 6] + in[n + 4]) + turn o[n - 1] - o[n - 2],
// which runs from n = -4 on; the blurred value is the sum of the three. Samples beyond the edge are
// 0.
#pragma once

#include <array>

namespace visq::ssimulacra {

inline constexpr int kBehind = 6, kAhead = 4;

// Along rows an oscillator goes in blocks of four columns, from column 8 on while the block and
// what it looks at lie within the row; before and behind these it goes in single columns.
inline constexpr int kBlock = 4, kFirstBlock = 8, kBlocksEndBefore = 7;

struct Oscillator {
  using Outputs = std::array<float, kBlock>;
  float gain, turn;                               // turn: 2 cos of its angle
  alignas(16) std::array<Outputs, kBlock> input;  // [i][j]: of the block's input i on its output j,
                                                  // gain U_j-i
  alignas(16) Outputs last;                       // of the output before the block, U_j+1
  alignas(16) Outputs older;                      // of the one before that, -U_j
};

// U_j are the Chebyshev polynomials of the second kind at turn / 2.
constexpr Oscillator oscillator(double gain, double turn) {
  Oscillator o{static_cast<float>(gain), static_cast<float>(turn), {}, {}, {}};
  double u = 1, before = 0;
  for (std::size_t j = 0; j < kBlock; ++j) {
    for (std::size_t i = 0; i + j < kBlock; ++i) o.input[i][i + j] = static_cast<float>(gain * u);
    o.older[j] = static_cast<float>(-u);
    const double next = turn * u - before;
    o.last[j] = static_cast<float>(next);
    before = u;
    u = next;
  }
  return o;
}

// Angles pi/10, 3 pi/10 and pi/2.
inline constexpr std::array<Oscillator, 3> kOscillators{
    oscillator(0.05529523572608661, 1.902113032590307),
    oscillator(-0.058836687026949934, 1.1755705045849463), oscillator(0.012955819110517092, 0)};

}  // namespace visq::ssimulacra
