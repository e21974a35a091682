// The small languages of a job's options, each with one sentence for what is wrong. Front ends put
// the name of the option before it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "job/job.h"

namespace visq::job {

// "psnr=enable_mse=true:min_sse=0.5"
Result<FeatureSpec> parse_feature_spec(const std::string& text);

// "version=vmaf_v0.6.1:name=neg:vif.vif_enhn_gain_limit=1", as the library reads it
Result<ModelSpec> parse_model_spec(const std::string& text);

// What "auto" stands for: vmaf_v0.6.1 below 2560x1440, vmaf_4k_v0.6.1 from there on, by the height
// of the pictures as they are compared. Its scores have the model's name, unless they have another.
Result<ModelSpec> model_for(const ModelSpec& spec, unsigned height);

// A value as a part of such a text: its colons are no ends.
std::string model_part(const std::string& value);

// An option of a job whose value is a word or a text: "scale", "to_bitdepth", "cpumask", ...
struct TextOption {
  std::string_view name;
  std::vector<std::string_view> choices;  // its values, or those that are words
  Status (*set)(Job& job, const std::string& value);
};
std::span<const TextOption> text_options();

// nullptr where there is none of that name.
const TextOption* text_option(std::string_view name);

// How raw samples lie, as far as it is given: zero and "" elsewhere.
struct RawWords {
  unsigned width = 0, height = 0, bits = 0;
  std::string pixel_format;
};
Status set_raw_format(Job& job, const RawWords& words);
std::vector<std::string_view> raw_pixel_formats();

// "a, b or c"
std::string listed(const std::vector<std::string_view>& words);

// Options that need others, or exclude them.
Status check(const Job& job);

// What is to be scored, by any of the names that people have for it: a metric ("psnr",
// "psnr=enable_mse=true"), a model ("vmaf", "vmaf_v0.6.1neg", "model.json", "version=V:name=N") or
// a tiny model ("model.onnx"). The options are those of the metric, or name, disable_clip,
// enable_transform and metric.option of a model.
Status add_metric(Job& job, const std::string& name, const OptionMap& options);

}  // namespace visq::job
