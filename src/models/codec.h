// How a clip was encoded, as the codec input of models that ask for it (spec/dnn.md section 4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dnn/store/sidecar.h"

namespace visq {

// As the user says it; empty where nothing was said.
struct CodecContext {
  std::string codec;   // "libx264", or an alias: "h264", "x264"
  std::string preset;  // "medium", "p4", or a number
  std::optional<double> crf;

  bool empty() const { return codec.empty() && preset.empty() && !crf; }
};

struct CodecBlock {
  std::vector<float> values;
  std::string encoder;  // the slot of the vocabulary; empty: all values are 0
  double preset_norm = 0, crf_norm = 0;
  std::vector<std::string> warnings;
};

// The values of an input of `width`. Nothing said: the slot "unknown", or zeros and a warning where
// there is none. A codec, preset or crf that the model does not know is -EINVAL and lists what it
// knows.
Result<CodecBlock> codec_block(const Sidecar& sidecar, std::size_t width,
                               const CodecContext& context);

}  // namespace visq
