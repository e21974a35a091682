#include "metrics/lpips/network.h"

#include <numeric>

#include "kernels/nn/bf16.h"

namespace visq::lpips {
namespace {

using stream::Rows;
using stream::Storage;
using stream::TensorRows;
using stream::TensorShape;

// The weighted squared differences of a row, added up.
class Differences final : public stream::Reduction {
 public:
  Differences(const std::vector<Tap>& taps, std::vector<TapMap>* maps) : taps_(taps), maps_(maps) {}

  void begin(std::span<const TensorShape> taps, std::size_t distorted) override {
    shapes_.assign(taps.begin(), taps.end());
    row_sums_.resize(distorted);
    for (const TensorShape& tap : taps) {
      const auto width = static_cast<std::size_t>(tap.width),
                 height = static_cast<std::size_t>(tap.height);
      rows_.emplace_back(width);
      for (auto& sums : row_sums_) sums.emplace_back(height);
      if (maps_ != nullptr)
        maps_->push_back({tap.width, tap.height, std::vector<float>(width * height)});
    }
  }

  void add(std::size_t tap, Rows rows, const TensorRows& ref,
           std::span<const TensorRows> distorted) override {
    for (int y = rows.from; y < rows.to; ++y)
      for (std::size_t i = 0; i < distorted.size(); ++i) {
        float* out = rows_[tap].data();
        if (i == 0 && maps_ != nullptr)
          out = (*maps_)[tap].values.data() + std::ptrdiff_t{y} * ref.shape->width;
        if (ref.shape->storage == Storage::bfloat16)
          compare<nn::Bfloat16>(tap, ref.row(y), distorted[i].row(y), out);
        else
          compare<float>(tap, ref.row(y), distorted[i].row(y), out);
        row_sums_[i][tap][static_cast<std::size_t>(y)] =
            std::accumulate(out, out + ref.shape->width, 0.0);
      }
  }

  // Of each distorted picture, at each tap.
  std::vector<std::vector<double>> distances() const {
    std::vector<std::vector<double>> distances;
    for (const auto& taps : row_sums_) {
      auto& of_taps = distances.emplace_back();
      for (std::size_t i = 0; i < taps.size(); ++i)
        of_taps.push_back(std::accumulate(taps[i].begin(), taps[i].end(), 0.0) / shapes_[i].width /
                          shapes_[i].height);
    }
    return distances;
  }

 private:
  template <typename T>
  void compare(std::size_t tap, const void* ref, const void* dist, float* out) const {
    const Tap& t = taps_[tap];
    nn::distance_row(static_cast<const T*>(ref), static_cast<const T*>(dist), t.weights.data(),
                     {shapes_[tap].width, shapes_[tap].channels, t.inside, t.outside}, out);
  }

  const std::vector<Tap>& taps_;
  std::vector<TapMap>* maps_;
  std::vector<TensorShape> shapes_;
  std::vector<std::vector<float>> rows_;                    // of each tap, where no map is wanted
  std::vector<std::vector<std::vector<double>>> row_sums_;  // of each distorted picture and tap
};

}  // namespace

Result<std::vector<double>> Network::distances(stream::Comparison comparison,
                                               std::vector<TapMap>* maps,
                                               std::vector<std::vector<double>>* taps) const {
  Differences differences(head().distances(), maps);
  comparison.reduction = &differences;
  VISQ_TRY(layers().run(comparison));
  std::vector<std::vector<double>> of_taps = differences.distances();
  std::vector<double> sums;
  for (const auto& each : of_taps) sums.push_back(std::accumulate(each.begin(), each.end(), 0.0));
  if (taps != nullptr) *taps = std::move(of_taps);
  return sums;
}

}  // namespace visq::lpips
