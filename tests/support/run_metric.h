// Drives one metric without the engine, frame after frame in one thread: what a metric does by
// itself.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "extract/metric.h"

namespace visq::test {

using PicturePairs = std::vector<std::pair<PicturePtr, PicturePtr>>;  // reference, distorted

struct MetricScores {
  std::map<std::string, std::vector<double>>
      features;  // by stored name, internal ones too; NaN where not set
  std::map<std::string, double> aggregates;
};

// Makes the metric with these options, prepares it for the first pair and scores all pairs.
// `parallel` does the parts of each frame.
Result<MetricScores> run_metric(const Descriptor& descriptor, const OptionStrings& given,
                                const PicturePairs& pairs, Parallel* parallel = serial());

// The same for clips that have their references in common, as many together as the metric takes.
Result<std::vector<MetricScores>> run_together(const Descriptor& descriptor,
                                               const OptionStrings& given,
                                               const std::vector<PicturePairs>& clips,
                                               Parallel* parallel = serial());

}  // namespace visq::test
