#include "dnn/run/picture_model.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dnn/run/resize.h"

namespace visq {
namespace {

constexpr int kMultiple = 8;

int round_to_multiple(int size) { return (size + kMultiple - 1) / kMultiple * kMultiple; }

bool is_open_or(std::int64_t dimension, std::int64_t value) {
  return dimension < 0 || dimension == value;
}

Error unfit(const LoadedModel& model, std::string reason) {
  return {ENOTSUP, fmt::format("model {} {}", model.path, reason)};
}

// Samples beyond the edges are those of the edges.
std::vector<float> extended(PlaneView<const float> plane, int width, int height) {
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    const float* row = plane.row(std::min(y, plane.height - 1));
    out.insert(out.end(), row, row + plane.width);
    out.insert(out.end(), static_cast<std::size_t>(width - plane.width), row[plane.width - 1]);
  }
  return out;
}

template <typename T>
std::vector<float> luma_of(const Picture& picture) {
  const auto plane = picture.plane<T>(0);
  const auto top = static_cast<float>((1 << picture.format().bits) - 1);
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height));
  for (int y = 0; y < plane.height; ++y)
    std::transform(plane.row(y), plane.row(y) + plane.width, std::back_inserter(values),
                   [top](T sample) { return static_cast<float>(sample) / top; });
  return values;
}

PlaneView<const float> view(const float* data, const Picture& picture) {
  return {data, picture.width(0), picture.width(0), picture.height(0)};
}

}  // namespace

double PictureModelOutput::mean() const {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, values.size()));
}

Result<std::unique_ptr<PictureModel>> PictureModel::open(ModelFile file, Inference settings,
                                                         int threads, const Log& log) {
  const std::vector<OnnxValue>& in = file.info.inputs;
  const bool any_size = !in.empty() && in[0].shape.size() == 4 && in[0].shape[2] < 1;
  if (settings.threads == 0) settings.threads = any_size ? std::max(1, threads) : 1;
  VISQ_ASSIGN(LoadedModel loaded, load_model(std::move(file), settings, log));
  std::unique_ptr<PictureModel> model(new PictureModel(std::move(loaded)));
  VISQ_TRY(about(ErrorKind::model, model->describe()));
  model->limit_runs(std::max(1, threads / settings.threads));
  return model;
}

Result<std::unique_ptr<PictureModel>> PictureModel::open(const std::string& path,
                                                         const Inference& settings, int threads,
                                                         const Log& log) {
  VISQ_ASSIGN(ModelFile file, open_model_for(path, settings));
  return open(std::move(file), settings, threads, log);
}

Status PictureModel::describe() {
  const auto& in = model_.session->inputs();
  if (in.empty() || in.size() > 2)
    return tl::unexpected(
        unfit(model_, fmt::format("has {} inputs; one picture or two are possible", in.size())));
  const auto& first = in.front().shape;
  for (const TensorInfo& input : in) {
    if (input.shape.size() != 4)
      return tl::unexpected(
          unfit(model_,
                fmt::format("has an input of rank {}; pictures have rank 4", input.shape.size())));
    if (!is_open_or(input.shape[0], 1) || (input.shape[1] != 1 && input.shape[1] != 3) ||
        input.shape != first)
      return tl::unexpected(
          unfit(model_, fmt::format("has an input [{}]; pictures are [1,1,H,W] or [1,3,H,W]",
                                    fmt::join(input.shape, ","))));
  }
  channels_ = static_cast<int>(first[1]);
  if ((first[2] > 0) != (first[3] > 0) || first[2] > 32768 || first[3] > 32768)
    return tl::unexpected(
        unfit(model_, fmt::format("takes pictures of {}x{}", first[3], first[2])));
  if (first[2] > 0) fixed_ = {static_cast<int>(first[3]), static_cast<int>(first[2])};
  const auto& out = model_.session->outputs();
  const auto named = [&](const TensorInfo& o) {
    return model_.sidecar && !model_.sidecar->output_names.empty() &&
           o.name == model_.sidecar->output_names[0];
  };
  const auto chosen = std::find_if(out.begin(), out.end(), named);
  const TensorInfo& output = chosen == out.end() ? out.front() : *chosen;
  output_ = output.name;
  makes_map_ = output.shape.size() == 4 && is_open_or(output.shape[1], 1) && output.shape[2] != 1 &&
               output.shape[3] != 1;
  return describe_scaler();
}

Status PictureModel::describe_scaler() {
  if (!model_.sidecar || model_.sidecar->scaler_of_pictures() != Scaler::host) return {};
  const auto &mean = model_.sidecar->mean, &deviation = model_.sidecar->std;
  if (mean.size() != static_cast<std::size_t>(channels_))
    return fail(EBADMSG, fmt::format("the sidecar of model {} has {} means for {} channels",
                                     model_.path, mean.size(), channels_));
  for (std::size_t c = 0; c < mean.size(); ++c) {
    // RGB tensors come ImageNet-normalised.
    const double was_mean = channels_ == 3 ? kImagenetMean[c] : 0,
                 was_deviation = channels_ == 3 ? kImagenetDeviation[c] : 1;
    scale_[c] = static_cast<float>(was_deviation / deviation[c]);
    offset_[c] = static_cast<float>((was_mean - mean[c]) / deviation[c]);
  }
  return {};
}

PictureModel::Size PictureModel::size_for(const Picture& picture) const {
  if (has_fixed_size()) return fixed_;
  if (!makes_map_) return {picture.width(0), picture.height(0)};
  return {round_to_multiple(picture.width(0)), round_to_multiple(picture.height(0))};
}

std::vector<float> PictureModel::fitted(PlaneView<const float> plane, Size size) const {
  return has_fixed_size() ? resized(plane, size.width, size.height)
                          : extended(plane, size.width, size.height);
}

Result<std::vector<float>> PictureModel::tensor_of(const Picture& picture, Size size) const {
  std::vector<float> tensor;
  const auto add = [&](const float* plane, std::size_t channel) {
    for (const float value : fitted(view(plane, picture), size))
      tensor.push_back(value * scale_[channel] + offset_[channel]);
  };
  tensor.reserve(static_cast<std::size_t>(channels_) * static_cast<std::size_t>(size.width) *
                 static_cast<std::size_t>(size.height));
  if (channels_ == 1) {
    add(with_sample_type(picture.format().bits, [&]<typename T>() { return luma_of<T>(picture); })
            .data(),
        0);
    return tensor;
  }
  const RgbTensor rgb = imagenet_tensor(picture, {}, tensors_);
  const std::size_t plane =
      static_cast<std::size_t>(rgb.width) * static_cast<std::size_t>(rgb.height);
  for (std::size_t channel = 0; channel < 3; ++channel)
    add(rgb.values.data() + channel * plane, channel);
  return tensor;
}

// By name where the names say which is which, else by position.
std::string PictureModel::input_for(bool reference) const {
  const auto& in = model_.session->inputs();
  if (in.size() == 1) return in[0].name;
  const bool swapped = in[0].name.starts_with("dis") && in[1].name.starts_with("ref");
  return in[reference == swapped ? 1 : 0].name;
}

PictureModelOutput PictureModel::cropped(const OutputTensor& output, Size size,
                                         const Picture& picture) const {
  const bool is_map =
      output.shape.size() == 4 && output.shape[2] == size.height && output.shape[3] == size.width;
  if (!makes_map_ || !is_map || has_fixed_size())
    return {output.data, is_map ? size.width : static_cast<int>(output.data.size()),
            is_map ? size.height : 1};
  PictureModelOutput map{{}, picture.width(0), picture.height(0)};
  for (int y = 0; y < map.height; ++y) {
    const float* row =
        output.data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
    map.values.insert(map.values.end(), row, row + map.width);
  }
  return map;
}

Result<PictureModelOutput> PictureModel::run(const Picture& ref, const Picture& dist,
                                             const std::stop_token& stop) const {
  if (takes_rgb()) {
    VISQ_TRY(check_rgb(ref, {}));
    VISQ_TRY(check_rgb(dist, {}));
  }
  const Size size = size_for(dist);
  const std::vector<std::int64_t> shape{1, channels_, size.height, size.width};
  turns_->acquire();
  const std::shared_ptr<void> turn(nullptr, [this](void*) { turns_->release(); });
  VISQ_ASSIGN(const std::vector<float> distorted, tensor_of(dist, size));
  std::vector<InputTensor> tensors{{input_for(false), distorted.data(), shape}};
  std::vector<float> reference;
  if (inputs() == 2) {
    VISQ_ASSIGN(reference, tensor_of(ref, size));
    tensors.push_back({input_for(true), reference.data(), shape});
  }
  VISQ_ASSIGN(const auto outputs, model_.session->run(tensors, {&output_, 1}, stop));
  return cropped(outputs[0], size, dist);
}

}  // namespace visq
