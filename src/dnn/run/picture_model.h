// Models that look at pictures: [N,1,H,W] luma or [N,3,H,W] RGB in, a score or a map out.
#pragma once

#include <array>
#include <memory>
#include <semaphore>
#include <stop_token>
#include <string>
#include <vector>

#include "color/rgb.h"
#include "dnn/run/loader.h"
#include "picture/picture.h"

namespace visq {

// What a model makes of a frame: one value, or a map.
struct PictureModelOutput {
  std::vector<float> values;
  int width = 1, height = 1;
  double mean() const;
};

// Luma is samples / (2^bits - 1); RGB is that, too, ImageNet-normalised unless the sidecar has a
// mean and a deviation of its own. A model of one fixed size gets its pictures in that size
// (resize.h). A map that is made of pictures of any size is cropped: its input was extended to
// multiples of 8 by repeated edge samples, which networks that halve three times need.
class PictureModel {
 public:
  // `threads`: of the context. A model of one size runs once a thread, with one thread each; one of
  // any size runs once at a time, with all of them (docs/decisions/0005-inference-threads.md); when
  // the settings say threads, with those. -ENOTSUP for what is not such a model.
  static Result<std::unique_ptr<PictureModel>> open(ModelFile file, Inference settings, int threads,
                                                    const Log& log);
  static Result<std::unique_ptr<PictureModel>> open(const std::string& path,
                                                    const Inference& settings, int threads,
                                                    const Log& log);

  const LoadedModel& file() const { return model_; }
  int inputs() const {
    return static_cast<int>(model_.session->inputs().size());
  }  // 1: distorted; 2: reference, distorted
  bool takes_rgb() const { return channels_ == 3; }
  bool makes_map() const { return makes_map_; }

  // `ref` is not looked at by a model of one input. Any thread. -ECANCELED when `stop` is
  // requested.
  Result<PictureModelOutput> run(const Picture& ref, const Picture& dist,
                                 const std::stop_token& stop = {}) const;

 private:
  struct Size {
    int width = 0, height = 0;
  };
  explicit PictureModel(LoadedModel model) : model_(std::move(model)) {}
  Status describe();
  Status describe_scaler();
  void limit_runs(int runs) { turns_ = std::make_unique<std::counting_semaphore<>>(runs); }
  bool has_fixed_size() const { return fixed_.width > 0; }
  Size size_for(const Picture& picture) const;
  Result<std::vector<float>> tensor_of(const Picture& picture, Size size) const;
  std::vector<float> fitted(PlaneView<const float> plane, Size size) const;
  std::string input_for(bool reference) const;
  PictureModelOutput cropped(const OutputTensor& output, Size size, const Picture& picture) const;

  LoadedModel model_;
  std::string output_;
  int channels_ = 1;
  Size fixed_;  // 0: any
  bool makes_map_ = false;
  std::array<float, 3> scale_{1, 1, 1}, offset_{0, 0, 0};  // of what the tensors are made as
  std::shared_ptr<BufferPool<float>> tensors_ = std::make_shared<BufferPool<float>>();
  std::unique_ptr<std::counting_semaphore<>> turns_;
};

}  // namespace visq
