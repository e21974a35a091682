#include "metrics/dists/statistics.h"

#include "kernels/nn/moments.h"

namespace visq::dists {
namespace {

// 1 - (2 mx my + c1) / (mx^2 + my^2 + c1), without the cancellation.
double texture(const ChannelMoments& m, double c) {
  const double difference = m.mean_x - m.mean_y;
  return difference * difference / (m.mean_x * m.mean_x + m.mean_y * m.mean_y + c);
}

// 1 - (2 cov + c2) / (vx + vy + c2).
double structure(const ChannelMoments& m, double c) {
  const double sum = (m.squares_x + m.squares_y) / m.count;
  return (sum - 2 * m.products / m.count) / (sum + c);
}

// As the map's values are, of which the tap has others.
ChannelMoments seen(ChannelMoments m, const Stage& stage, std::size_t channel) {
  if (stage.scale.empty()) return m;
  const double scale = stage.scale[channel], offset = stage.offset[channel];
  m.mean_x = m.mean_x * scale + offset;
  m.mean_y = m.mean_y * scale + offset;
  for (double* sum : {&m.squares_x, &m.squares_y, &m.products}) *sum *= scale * scale;
  return m;
}

}  // namespace

void ChannelMoments::join(const ChannelMoments& other) {
  const double all = count + other.count, share = other.count / all,
               both = count * share;  // count * other.count / all
  const double dx = other.mean_x - mean_x, dy = other.mean_y - mean_y;
  squares_x += other.squares_x + dx * dx * both;
  squares_y += other.squares_y + dy * dy * both;
  products += other.products + dx * dy * both;
  mean_x += dx * share;
  mean_y += dy * share;
  count = all;
}

void Statistics::begin(std::span<const stream::TensorShape> taps, std::size_t distorted) {
  moments_.resize(distorted);
  for (const stream::TensorShape& tap : taps) {
    const auto channels = static_cast<std::size_t>(tap.channels);
    rows_.emplace_back(nn::kMoments * channels);
    for (auto& clip : moments_) clip.emplace_back(channels);
  }
}

void Statistics::add(std::size_t tap, stream::Rows rows, const stream::TensorRows& ref,
                     std::span<const stream::TensorRows> distorted) {
  const nn::MomentsShape shape{ref.shape->width, ref.shape->channels, ref.shape->channels};
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::vector<float>& row = rows_[tap];
  for (int y = rows.from; y < rows.to; ++y)
    for (std::size_t i = 0; i < distorted.size(); ++i) {
      nn::row_moments(static_cast<const float*>(ref.row(y)),
                      static_cast<const float*>(distorted[i].row(y)), shape, row.data());
      const auto value = [&](nn::Moment moment, std::size_t c) {
        return static_cast<double>(row[moment * channels + c]);
      };
      for (std::size_t c = 0; c < channels; ++c)
        moments_[i][tap][c].join({static_cast<double>(shape.pixels), value(nn::kMeanA, c),
                                  value(nn::kMeanB, c), value(nn::kSquaresA, c),
                                  value(nn::kSquaresB, c), value(nn::kProducts, c)});
    }
}

std::vector<double> Statistics::distances() const {
  std::vector<double> distances;
  for (const auto& taps : moments_) {
    double sum = 0;
    for (std::size_t t = 0; t < taps.size(); ++t)
      for (std::size_t c = 0; c < taps[t].size(); ++c) {
        const ChannelMoments m = seen(taps[t][c], stages_[t], c);
        sum += static_cast<double>(stages_[t].alpha[c]) * texture(m, stages_[t].c1) +
               static_cast<double>(stages_[t].beta[c]) * structure(m, stages_[t].c2);
      }
    distances.push_back(sum);
  }
  return distances;
}

}  // namespace visq::dists
