// An ONNX file's structure, in the classes that protoc makes of the published schema.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace onnx {
class ModelProto;
}

namespace visq {

using OnnxModel = std::shared_ptr<const onnx::ModelProto>;

// The model holds a copy of the weights. -EBADMSG when the bytes are not an ONNX model with a
// graph; -E2BIG when its structure, without the weights, takes more memory than a network's does.
Result<OnnxModel> parse_onnx(std::string_view bytes);

}  // namespace visq
