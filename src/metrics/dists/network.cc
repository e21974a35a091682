#include "metrics/dists/network.h"

#include "metrics/dists/statistics.h"

namespace visq::dists {

Result<std::vector<double>> Network::distances(stream::Comparison comparison) const {
  Statistics statistics(head().stages());
  comparison.reduction = &statistics;
  VISQ_TRY(layers().run(comparison));
  return statistics.distances();
}

}  // namespace visq::dists
