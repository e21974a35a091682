#include "models/score_model.h"

#include <algorithm>
#include <functional>

namespace visq {

std::vector<std::size_t> ScoreModel::add_inputs(std::span<const ModelInput> wanted) {
  std::vector<std::size_t> places;
  for (const ModelInput& input : wanted) {
    auto place = std::find(inputs_.begin(), inputs_.end(), input);
    if (place == inputs_.end()) place = inputs_.insert(place, input);
    places.push_back(static_cast<std::size_t>(place - inputs_.begin()));
  }
  return places;
}

std::uint64_t mix(std::uint64_t id, std::string_view text) {
  return (id ^ std::hash<std::string_view>{}(text)) * 1099511628211u;
}

std::vector<double> picked(std::span<const double> values, std::span<const std::size_t> places) {
  std::vector<double> list;
  for (const std::size_t place : places) list.push_back(values[place]);
  return list;
}

}  // namespace visq
