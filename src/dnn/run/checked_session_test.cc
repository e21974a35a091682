#include "dnn/run/checked_session.h"

#include <cerrno>
#include <limits>

#include <gtest/gtest.h>

namespace visq {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A session with the same outputs for any input; it counts its runs.
class Fixed final : public Session {
 public:
  Fixed(std::string provider, std::vector<float> values, bool half = false)
      : values_(std::move(values)), provider_(std::move(provider)), half_(half) {}

  const std::vector<TensorInfo>& inputs() const override { return none_; }
  const std::vector<TensorInfo>& outputs() const override { return none_; }
  const std::string& provider() const override { return provider_; }
  bool half() const override { return half_; }
  Result<std::vector<OutputTensor>> run(std::span<const InputTensor>, std::span<const std::string>,
                                        const std::stop_token&) const override {
    ++runs;
    return std::vector<OutputTensor>{{{static_cast<std::int64_t>(values_.size())}, values_}};
  }

  mutable int runs = 0;

 private:
  std::vector<float> values_;
  std::vector<TensorInfo> none_;
  std::string provider_;
  bool half_;
};

int code_of(const std::vector<float>& device, const std::vector<float>& processor,
            bool half = false) {
  const auto session = checked(std::make_shared<Fixed>("OpenVINO", device, half),
                               std::make_shared<Fixed>("CPU", processor), "m.onnx");
  const auto result = session->run({}, {});
  return result ? 0 : result.error().code;
}

TEST(CheckedSession, AsksTheProcessorOnce) {
  const auto device = std::make_shared<Fixed>("OpenVINO", std::vector<float>{1, 2});
  auto processor = std::make_shared<Fixed>("CPU", std::vector<float>{1, 2.001F});
  const std::weak_ptr<Fixed> dropped = processor;
  const auto session = checked(device, std::move(processor), "m.onnx");
  EXPECT_EQ(session->provider(), "OpenVINO");
  EXPECT_EQ(dropped.lock()->runs, 0);
  ASSERT_TRUE(session->run({}, {}));
  EXPECT_TRUE(dropped.expired());
  ASSERT_EQ(session->run({}, {}).value()[0].data, (std::vector<float>{1, 2}));
  EXPECT_EQ(device->runs, 2);
}

TEST(CheckedSession, RefusesADeviceThatGivesOtherNumbers) {
  const auto session = checked(std::make_shared<Fixed>("OpenVINO", std::vector<float>{0.5F}),
                               std::make_shared<Fixed>("CPU", std::vector<float>{0.25F}), "m.onnx");
  for (int i = 0; i < 2; ++i) {  // and goes on to refuse it
    const auto result = session->run({}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ENODEV);
    EXPECT_EQ(result.error().message,
              "device OpenVINO gives other numbers than the processor for the first picture of "
              "model m.onnx: 0.5 and not 0.25; take another device");
  }
}

TEST(CheckedSession, MeasuresByTheLargestValue) {
  EXPECT_EQ(code_of({100, 0.1F}, {100, 0}), 0);
  EXPECT_EQ(code_of({100, 0.3F}, {100, 0}), ENODEV);
  EXPECT_EQ(code_of({100, 3}, {100, 0}), ENODEV);
  EXPECT_EQ(code_of({100, 3}, {100, 0}, true), 0);
  EXPECT_EQ(code_of({0, 0}, {0, 0}), 0);
}

TEST(CheckedSession, KnowsValuesThatAreNoNumbers) {
  EXPECT_EQ(code_of({kNan, 1}, {0.5F, 1}), ENODEV);
  EXPECT_EQ(code_of({0.5F, 1}, {kNan, 1}), ENODEV);
  EXPECT_EQ(code_of({kNan, 1}, {kNan, 1}), 0);
  EXPECT_EQ(code_of({1}, {1, 1}), ENODEV);
}

}  // namespace
}  // namespace visq
