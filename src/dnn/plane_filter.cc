#include "dnn/plane_filter.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace visq {
namespace {

bool may_be(std::int64_t dimension, std::int64_t value) { return dimension < 0 || dimension == value; }

Status check_model(const Session& session, int width, int height) {
  const auto& in = session.inputs();
  const auto is_plane = [](const TensorInfo& t) { return t.shape.size() == 4 && may_be(t.shape[0], 1) && may_be(t.shape[1], 1); };
  if (in.size() != 1 || session.outputs().size() != 1 || !is_plane(in[0]) || !is_plane(session.outputs()[0]))
    return fail(ENOTSUP, "the model does not turn one plane [1,1,H,W] into another");
  if (may_be(in[0].shape[2], height) && may_be(in[0].shape[3], width)) return {};
  return fail(ERANGE, fmt::format("the model takes planes of {}x{} only, not {}x{}", in[0].shape[3], in[0].shape[2], width, height));
}

}  // namespace

template <typename T>
Status filter_plane(const Session& session, PlaneView<const T> in, int bits, PlaneView<T> out) {
  VISQ_TRY(check_model(session, in.width, in.height));
  const auto top = static_cast<float>((1 << bits) - 1);
  std::vector<float> samples;
  samples.reserve(static_cast<std::size_t>(in.width) * static_cast<std::size_t>(in.height));
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x) samples.push_back(static_cast<float>(in.row(y)[x]) / top);
  const InputTensor input{session.inputs()[0].name, samples.data(), {1, 1, in.height, in.width}};
  VISQ_ASSIGN(const auto outputs, session.run({&input, 1}, {}));
  if (outputs[0].data.size() != samples.size())
    return fail(ERANGE, fmt::format("the model made {} samples out of {}", outputs[0].data.size(), samples.size()));
  const float* value = outputs[0].data.data();
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x, ++value)
      out.row(y)[x] = static_cast<T>(std::isnan(*value) ? 0 : std::clamp(std::nearbyint(*value * top), 0.0f, top));
  return {};
}

template Status filter_plane(const Session&, PlaneView<const std::uint8_t>, int, PlaneView<std::uint8_t>);
template Status filter_plane(const Session&, PlaneView<const std::uint16_t>, int, PlaneView<std::uint16_t>);

}  // namespace visq
