// What a VmafContext is.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "capi/picture_pool.h"
#include "engine/engine.h"
#include "libvmaf/visq.h"
#include "report/report.h"

struct VmafContext {
  explicit VmafContext(visq::EngineConfig config) : engine(std::move(config)) {}

  const visq::Birthplace birthplace;
  std::shared_ptr<visq::capi::PicturePool> pictures;  // after vmaf_preallocate_pictures
  int output_digits = 0;
  unsigned output_window = 0;
  bool output_partial = false;
  std::vector<visq::ReportThreshold> output_thresholds;
  std::vector<std::string> output_conversions;
  std::vector<visq::FrameSpan> output_shots;
  visq::DamagedFrames output_damaged;
  visq::CodecContext codec;                  // of tiny models that are added from now on
  std::deque<VmafTinyModelInfo> tiny_infos;  // what they point into is the engine's models'

  std::mutex clock;  // guards what follows: from the first picture to the latest one
  std::optional<std::chrono::steady_clock::time_point> first_picture;
  std::chrono::steady_clock::time_point last_call;
  std::string last_error;  // of vmaf_read_pictures_together

  visq::Engine engine;  // last: its threads end before the rest is gone
};

namespace visq::capi {

// -EINVAL with a suggestion.
Result<NamedMetric> metric_named(std::string_view name);

// Before the first picture.
Status add_tiny_model(VmafContext& context, const std::shared_ptr<const TinyModel>& model);
TinyModelSettings tiny_settings(const VmafContext& context);  // how it is opened

// By the name that reports print; else the end of a sentence, which suggests another.
tl::expected<const ScoreTable::Named*, std::string> named(
    std::span<const ScoreTable::Named> columns, std::string_view name);

// The column of a feature, by its stored or its printed name. -EINVAL with a suggestion.
Result<std::size_t> find_feature(const VmafContext& context, std::string_view name);

// Pools a column over finished frames.
Result<double> pooled(VmafContext& context, std::size_t column, VmafPoolingMethod method,
                      unsigned lo, unsigned hi);

}  // namespace visq::capi
