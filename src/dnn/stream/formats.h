// Which tensors of a network are bfloat16, and what that makes of its layers.
#pragma once

#include <vector>

#include "dnn/stream/operator.h"

namespace visq::stream {

// Of each tensor: bfloat16 where all layers around it, and the reduction, can work so and no value
// is below zero; float32 elsewhere, and everywhere at fp32.
std::vector<Storage> storages(const Graph& graph, Precision precision);

// The operators of all layers; takes the layers' weights.
Operators make_operators(Graph& graph, const std::vector<Storage>& storages, Precision precision);

}  // namespace visq::stream
