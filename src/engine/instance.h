// A metric of an engine with its options, and the columns of its features.
#pragma once

#include "engine/engine.h"

namespace visq {

struct Engine::Instance {
  const Descriptor* descriptor = nullptr;
  OptionStrings given;
  std::string key;  // what makes two registrations the same instance
  std::unique_ptr<Metric> metric;
  std::vector<std::size_t> columns;
  std::shared_ptr<const void> owner;  // of a descriptor that was made for this instance
};

// A tiny model that scores a frame from other columns.
struct Engine::FeatureReader {
  std::shared_ptr<const TinyModel> model;
  std::vector<std::size_t> features, outputs;
};

}  // namespace visq
