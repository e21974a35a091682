// A DISTS network in the streaming engine.
#pragma once

#include <memory>
#include <vector>

#include "dnn/store/model_file.h"
#include "dnn/stream/network.h"
#include "metrics/dists/head.h"

namespace visq::dists {

class Network {
 public:
  // -ENOTSUP: the model is no such network, or the CPU has no 16-bit products. The file is released
  // as soon as its weights were read.
  static Result<std::shared_ptr<const Network>> make(ModelFile& file, int threads,
                                                     stream::Precision precision);

  // Of each distorted picture; exactly 0 for one that equals the reference. As
  // stream::Network::run; the comparison's reduction is set here.
  Result<std::vector<double>> distances(stream::Comparison comparison) const;

  // The layers alone, for what they say of pictures. -ENOTSUP.
  static Result<stream::Graph> recognised(const ModelFile& file);

  const stream::Network& layers() const { return *layers_; }

 private:
  Network(std::shared_ptr<const stream::Network> layers, std::vector<Stage> stages)
      : layers_(std::move(layers)), stages_(std::move(stages)) {}

  std::shared_ptr<const stream::Network> layers_;
  std::vector<Stage> stages_;
};

}  // namespace visq::dists
