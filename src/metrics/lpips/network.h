// An LPIPS network in the streaming engine.
#pragma once

#include <vector>

#include "metrics/lpips/head.h"
#include "metrics/pair_network.h"

namespace visq::lpips {

// The weighted squared difference at each place of each tap; the distance is the sum of their
// means.
struct TapMap {
  int width = 0, height = 0;
  std::vector<float> values;
};

class Network : public pair_network::PairNetwork<Network, Head> {
 public:
  Network(std::shared_ptr<const stream::Network> layers, Head head)
      : PairNetwork(std::move(layers), std::move(head)) {}

  // Of each distorted picture. `maps`, where it is given, gets those of the first one, and `taps`
  // the summands of each. As stream::Network::run; the comparison's reduction is set here.
  Result<std::vector<double>> distances(stream::Comparison comparison,
                                        std::vector<TapMap>* maps = nullptr,
                                        std::vector<std::vector<double>>* taps = nullptr) const;
};

}  // namespace visq::lpips
