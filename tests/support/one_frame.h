// One frame by hand: pictures from a formula, and what a metric says of a pair of them.
#pragma once

#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq::test {

// A picture whose sample (x, y) of plane p is `value(p, x, y)`.
template <typename Value>
PicturePtr picture_of(const PictureFormat& format, const Value& value,
                      ChromaRounding rounding = ChromaRounding::up,
                      const PictureColor& color = {}) {
  auto memory = allocate_picture(format, rounding);
  for (std::size_t p = 0; p < memory->planes.size(); ++p) {
    const PlaneLayout& plane = memory->planes[p];
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x) {
        std::byte* row = plane.data + y * plane.stride;
        if (format.bits == 8)
          row[x] = static_cast<std::byte>(value(p, x, y));
        else
          reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value(p, x, y));
      }
  }
  return std::make_shared<const Picture>(format, color, memory->planes, memory->owner);
}

inline Result<std::unique_ptr<Metric>> metric_with(std::string_view name,
                                                   const OptionStrings& given) {
  const Descriptor& metric = *find_metric(name);
  VISQ_ASSIGN(const Options options, Options::parse(name, metric.options, given));
  return make_metric(metric, options, {});
}

struct ScoreMap final : Scores {
  void set(std::size_t feature, double value) override { values[feature] = value; }
  std::map<std::size_t, double> values;
};

// The values by position in Descriptor::features; those that the metric does not set are not there.
inline std::map<std::size_t, double> score_pair(std::string_view name, const PicturePtr& ref,
                                                const PicturePtr& dist,
                                                const OptionStrings& given = {}) {
  const auto metric = metric_with(name, given);
  EXPECT_TRUE(metric);
  EXPECT_TRUE((*metric)->prepare(ref->format()));
  Scratch scratch;
  ScoreMap scores;
  EXPECT_TRUE((*metric)->extract({0, ref, dist, {}, {}}, scratch, scores));
  return scores.values;
}

}  // namespace visq::test
