// Means, variances and covariance of two maps, found row by row.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dnn/stream/reduction.h"
#include "metrics/dists/head.h"

namespace visq::dists {

// Of one channel, in double. Rows are joined by their counts and means (Chan, Golub and LeVeque,
// 1979), so that no digits are lost where a mean is large beside its deviation.
struct ChannelMoments {
  double count = 0, mean_x = 0, mean_y = 0;
  double squares_x = 0, squares_y = 0, products = 0;  // of deviations from the means, added

  void join(const ChannelMoments& other);
};

class Statistics final : public stream::Reduction {
 public:
  explicit Statistics(const std::vector<Stage>& stages) : stages_(stages) {}

  void begin(std::span<const stream::TensorShape> taps, std::size_t distorted) override;
  void add(std::size_t tap, stream::Rows rows, const stream::TensorRows& ref,
           std::span<const stream::TensorRows> distorted) override;

  // Of each distorted picture, after the last row.
  std::vector<double> distances() const;

 private:
  const std::vector<Stage>& stages_;
  std::vector<std::vector<float>> rows_;                           // of each tap: one row's
  std::vector<std::vector<std::vector<ChannelMoments>>> moments_;  // of each clip, tap and channel
};

}  // namespace visq::dists
