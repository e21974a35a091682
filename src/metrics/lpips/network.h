// An LPIPS network in the streaming engine.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "dnn/store/model_file.h"
#include "dnn/stream/network.h"
#include "metrics/lpips/head.h"

namespace visq::lpips {

// The weighted squared difference at each place of each tap; the distance is the sum of their
// means.
struct TapMap {
  int width = 0, height = 0;
  std::vector<float> values;
};

class Network {
 public:
  // -ENOTSUP: the model is no such network, or the CPU has no 16-bit products. The file is released
  // as soon as its weights were read.
  static Result<std::shared_ptr<const Network>> make(ModelFile& file, int threads,
                                                     stream::Precision precision);

  // Of each distorted picture. `maps` may be nullptr; it gets those of the first one. As
  // stream::Network::run; the comparison's reduction is set here.
  Result<std::vector<double>> distances(stream::Comparison comparison,
                                        std::vector<TapMap>* maps = nullptr) const;

  // The layers alone, for what they say of pictures. -ENOTSUP.
  static Result<stream::Graph> recognised(const ModelFile& file);

  const stream::Network& layers() const { return *layers_; }

 private:
  Network(std::shared_ptr<const stream::Network> layers, std::vector<Tap> taps)
      : layers_(std::move(layers)), taps_(std::move(taps)) {}

  std::shared_ptr<const stream::Network> layers_;
  std::vector<Tap> taps_;
};

}  // namespace visq::lpips
