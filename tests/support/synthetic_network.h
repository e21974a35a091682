// The networks of DISTS and LPIPS with weights that anybody can make again, bit by bit, in the
// place of trained ones: ../shared/spec/check/synthetic_weights.py has their definition.
#pragma once

#include <string>
#include <vector>

namespace visq::test {

// ONNX files, as the exporters of ai/ write them. `alpha`, `beta`: one value a channel of all
// stages.
std::string synthetic_dists(const std::vector<double>& alpha, const std::vector<double>& beta);

// One with an eighth of the channels, which takes a 60th of the time, for what holds whatever the
// network is.
std::string small_dists();

// `net`: "alex" or "vgg"; `heads`: of each tap, one weight a channel.
std::string synthetic_lpips(const std::string& net, const std::vector<std::vector<float>>& heads);

}  // namespace visq::test
