#include "metrics/dists/network.h"

#include "metrics/dists/statistics.h"

namespace visq::dists {

Result<std::shared_ptr<const Network>> Network::make(ModelFile& file, int threads,
                                                     stream::Precision precision) {
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  Head head;
  VISQ_ASSIGN(stream::Graph graph, stream::recognise(onnx, head));
  if (graph.scale.size() != 3)
    return fail(ENOTSUP, "its inputs have not three channels", ErrorKind::model);
  file.release();  // the graph has the weights: two copies less while they are packed
  VISQ_ASSIGN(auto layers, stream::Network::make(std::move(graph), threads, precision));
  return std::shared_ptr<const Network>(new Network(std::move(layers), head.stages()));
}

Result<stream::Graph> Network::recognised(const ModelFile& file) {
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  Head head;
  return stream::recognise(onnx, head);
}

Result<std::vector<double>> Network::distances(stream::Comparison comparison) const {
  Statistics statistics(stages_);
  comparison.reduction = &statistics;
  VISQ_TRY(layers_->run(comparison));
  return statistics.distances();
}

}  // namespace visq::dists
