// The networks of DISTS and LPIPS with weights that anybody can make again, bit by bit, in the
// place of trained ones: ../shared/spec/check/synthetic_weights.py has their definition.
#pragma once

#include <string>
#include <vector>

namespace visq::test {

// ONNX files, as the exporters of ai/ write them. `alpha`, `beta`: one value a channel of all
// stages.
std::string synthetic_dists(const std::vector<double>& alpha, const std::vector<double>& beta);

// With an eighth of the channels and equal weights behind them. `half`: convolutions in float16.
std::string small_dists(bool half);

// `net`: "alex" or "vgg"; `heads`: of each tap, one weight a channel.
std::string synthetic_lpips(const std::string& net, const std::vector<std::vector<float>>& heads);

// Takes TransNet V2's windows, and sees a cut behind each frame whose mean is more than 24 codes
// away from that of the next.
std::string synthetic_shot_detector();

// The networks of a model store that a user has to make from large downloads, with synthetic trunks
// and equal weights behind them, and the shot detector. Whole ones are for measuring; small ones
// have an eighth of the channels, which takes a 60th of the time, for what holds whatever the
// network is.
struct StoreFile {
  std::string name, bytes;
};
std::vector<StoreFile> synthetic_store(bool whole);

}  // namespace visq::test
