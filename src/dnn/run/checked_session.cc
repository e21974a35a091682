#include "dnn/run/checked_session.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace visq {
namespace {

// Of the largest value of a tensor. float32 on a device may mean products of 10 bits (TF32), which
// differ by up to a thousandth.
constexpr float kNear = 2e-3F, kNearInHalf = 5e-2F;

// The first value that is another one than expected.
Status same(const OutputTensor& given, const OutputTensor& expected, float near) {
  if (given.shape != expected.shape) return fail(ENODEV, "a tensor of another shape");
  float largest = 0;
  for (const float value : expected.data) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < given.data.size(); ++i) {
    const float a = given.data[i], b = expected.data[i];
    const bool agree = std::abs(a - b) <= near * largest || (std::isnan(a) && std::isnan(b));
    if (!agree) return fail(ENODEV, fmt::format("{} and not {}", a, b));
  }
  return {};
}

class CheckedSession final : public Session {
 public:
  CheckedSession(std::shared_ptr<const Session> device, std::shared_ptr<const Session> processor,
                 std::string path)
      : device_(std::move(device)), path_(std::move(path)), processor_(std::move(processor)) {}

  const std::vector<TensorInfo>& inputs() const override { return device_->inputs(); }
  const std::vector<TensorInfo>& outputs() const override { return device_->outputs(); }
  const std::string& provider() const override { return device_->provider(); }
  bool half() const override { return device_->half(); }

  Result<std::vector<OutputTensor>> run(std::span<const InputTensor> inputs,
                                        std::span<const std::string> outputs,
                                        const std::stop_token& stop) const override {
    VISQ_ASSIGN(auto given, device_->run(inputs, outputs, stop));
    const std::lock_guard lock(mutex_);  // others wait for what the first picture says
    if (processor_ != nullptr) {
      VISQ_ASSIGN(const auto expected, processor_->run(inputs, outputs, stop));
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (const Status status = same(given[i], expected[i], half() ? kNearInHalf : kNear);
            !status)
          return fail(ENODEV,
                      fmt::format("device {} gives other numbers than the processor for the first "
                                  "picture of model {}: {}; take another device",
                                  provider(), path_, status.error().message));
      processor_.reset();
    }
    return given;
  }

 private:
  const std::shared_ptr<const Session> device_;
  const std::string path_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Session> processor_;  // nullptr: they agreed
};

}  // namespace

std::shared_ptr<const Session> checked(std::shared_ptr<const Session> device,
                                       std::shared_ptr<const Session> processor, std::string path) {
  return std::make_shared<CheckedSession>(std::move(device), std::move(processor), std::move(path));
}

}  // namespace visq
