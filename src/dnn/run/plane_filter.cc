#include "dnn/run/plane_filter.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace visq {
namespace {

bool may_be(std::int64_t dimension, std::int64_t value) {
  return dimension < 0 || dimension == value;
}

Status check_model(const Session& session, int width, int height) {
  const auto& in = session.inputs();
  const auto is_plane = [](const TensorInfo& t) {
    return t.shape.size() == 4 && may_be(t.shape[0], 1) && may_be(t.shape[1], 1);
  };
  if (in.size() != 1 || session.outputs().size() != 1 || !is_plane(in[0]) ||
      !is_plane(session.outputs()[0]))
    return fail(ENOTSUP, "the model does not turn one plane [1,1,H,W] into another");
  if (may_be(in[0].shape[2], height) && may_be(in[0].shape[3], width)) return {};
  return fail(ERANGE, fmt::format("the model takes planes of {}x{} only, not {}x{}", in[0].shape[3],
                                  in[0].shape[2], width, height));
}

// What the network sees of a sample in 0..1, and back.
struct Standard {
  float mean = 0, deviation = 1;
};

Result<Standard> standard_of(const LoadedModel& model) {
  if (!model.sidecar || model.sidecar->scaler_of_pictures() != Scaler::host) return Standard{};
  const auto &mean = model.sidecar->mean, &deviation = model.sidecar->std;
  if (mean.size() == 1)
    return Standard{static_cast<float>(mean[0]), static_cast<float>(deviation[0])};
  return fail(EBADMSG, fmt::format("the sidecar of model {} has {} means for one channel",
                                   model.path, mean.size()));
}

}  // namespace

template <typename T>
Status filter_plane(const LoadedModel& model, PlaneView<const T> in, int bits, PlaneView<T> out) {
  const Session& session = *model.session;
  VISQ_TRY(check_model(session, in.width, in.height));
  VISQ_ASSIGN(const Standard standard, standard_of(model));
  const auto top = static_cast<float>((1 << bits) - 1);
  std::vector<float> samples;
  samples.reserve(static_cast<std::size_t>(in.width) * static_cast<std::size_t>(in.height));
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x)
      samples.push_back((static_cast<float>(in.row(y)[x]) / top - standard.mean) /
                        standard.deviation);
  const InputTensor input{session.inputs()[0].name, samples.data(), {1, 1, in.height, in.width}};
  VISQ_ASSIGN(const auto outputs, session.run({&input, 1}, {}));
  if (outputs[0].data.size() != samples.size())
    return fail(ERANGE, fmt::format("the model made {} samples out of {}", outputs[0].data.size(),
                                    samples.size()));
  const auto code = [&](float value) {
    return std::nearbyint((value * standard.deviation + standard.mean) * top);
  };
  const float* value = outputs[0].data.data();
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x, ++value)
      out.row(y)[x] = static_cast<T>(std::isnan(*value) ? 0 : std::clamp(code(*value), 0.0f, top));
  return {};
}

template Status filter_plane(const LoadedModel&, PlaneView<const std::uint8_t>, int,
                             PlaneView<std::uint8_t>);
template Status filter_plane(const LoadedModel&, PlaneView<const std::uint16_t>, int,
                             PlaneView<std::uint16_t>);

}  // namespace visq
