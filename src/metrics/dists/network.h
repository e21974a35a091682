// A DISTS network in the streaming engine.
#pragma once

#include <vector>

#include "metrics/dists/head.h"
#include "metrics/pair_network.h"

namespace visq::dists {

class Network : public pair_network::PairNetwork<Network, Head> {
 public:
  Network(std::shared_ptr<const stream::Network> layers, Head head)
      : PairNetwork(std::move(layers), std::move(head)) {}

  // Of each distorted picture; exactly 0 for one that equals the reference. As
  // stream::Network::run; the comparison's reduction is set here.
  Result<std::vector<double>> distances(stream::Comparison comparison) const;
};

}  // namespace visq::dists
