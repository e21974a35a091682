// One frame by hand: pictures from a formula, and what a metric says of a pair of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

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

// `maps`: somebody takes them.
inline Result<std::unique_ptr<Metric>> metric_with(std::string_view name,
                                                   const OptionStrings& given, bool maps = false) {
  const Descriptor& metric = *find_metric(name);
  VISQ_ASSIGN(const Options options, Options::parse(name, metric.options, given));
  Environment environment;
  environment.maps = maps;
  return make_metric(metric, options, environment);
}

struct KeptMap {
  std::string name, file;
  MapFiles files;
  int width, height;
  std::vector<float> values;
  std::vector<std::uint16_t> gray;
};

struct ScoreMap final : Scores {
  void set(std::size_t feature, double value) override { values[feature] = value; }
  void map(const Map& map) override {
    KeptMap& kept = maps.emplace_back(KeptMap{
        std::string(map.name), map.file, map.files, map.values.width, map.values.height, {}, {}});
    for (int y = 0; y < kept.height; ++y)
      for (int x = 0; x < kept.width; ++x) {
        kept.values.push_back(map.values.row(y)[x]);
        kept.gray.push_back(map.gray(kept.values.back()));
      }
  }
  std::map<std::size_t, double> values;
  std::vector<KeptMap> maps;
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
