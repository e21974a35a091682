// precision=fast of lpips on the real network: golden values of a clip that the test makes, and how
// near to fp32 it stays over hundreds of frames with distortions of many kinds.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libvmaf/libvmaf.h"
#include "tests/support/generated_clips.h"
#include "tests/support/score.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

class LpipsInt16 : public testing::Test {
 protected:
  void SetUp() override { VISQ_NEED_MODEL("lpips_sq.onnx"); }

  // Empty where the CPU has no such products.
  static std::vector<double> scores(const std::string& options, const NextPair& next,
                                    int threads = 1) {
    const auto result =
        score_clip({"--no_prediction", "--threads", std::to_string(threads), "--feature",
                    fmt::format("lpips=engine=stream:model_path={}{}", kModel, options)},
                   next);
    if (!result) {
      EXPECT_NE(result.error().message.find("this CPU adds no pairs"), std::string::npos)
          << result.error().message;
      return {};
    }
    std::vector<double> values;
    for (const auto& frame : result->frames) values.push_back(frame.at("lpips"));
    return values;
  }

  static constexpr const char* kModel = VISQ_SOURCE_DIR "/models/store/tiny/lpips_sq.onnx";
};

TEST_F(LpipsInt16, GoldenScoresOfAGeneratedClip) {
  constexpr GeneratedClip kClip{335, 257, VMAF_PIX_FMT_YUV444P, 8, 3};
  constexpr double kExact[] = {0.0171521, 0.0177600, 0.0189083},
                   kInt16[] = {0.0171783, 0.0178677, 0.0190150};
  const auto int16 = scores(":precision=fast", generated_pair(kClip));
  VISQ_NEED(!int16.empty(), "a CPU that adds pairs of 16-bit products");
  const auto exact = scores("", generated_pair(kClip));
  ASSERT_EQ(exact.size(), std::size(kExact));
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(exact[i], kExact[i], 1e-6) << i;
  for (std::size_t i = 0; i < int16.size(); ++i) {
    // Every CPU has the same layers in 16 bits: those that fuse products and additions differ by
    // 1e-10, those that do not by 2e-5.
    EXPECT_NEAR(int16[i], kInt16[i], 3e-5) << i;
    EXPECT_NEAR(int16[i], exact[i], 2e-4) << i;
    EXPECT_NE(int16[i], exact[i]) << "frame " << i << " was not scored fast";
  }
  for (const int threads : {2, 5})
    EXPECT_EQ(scores(":precision=fast", generated_pair(kClip), threads), int16)
        << "equal bits for any number of threads";
}

// One plane of the distorted picture, from that of the reference.
struct Plane {
  const std::uint8_t* ref;
  std::uint8_t* dist;
  std::ptrdiff_t ref_stride, dist_stride;
  int width, height;

  int at(int x, int y) const {
    return ref[std::clamp(y, 0, height - 1) * ref_stride + std::clamp(x, 0, width - 1)];
  }
  template <typename Value>
  void fill(const Value& value) const {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        dist[y * dist_stride + x] = static_cast<std::uint8_t>(std::clamp(value(x, y), 0, 255));
  }
  int mean(int x, int y, int columns, int rows) const {
    int sum = 0;
    for (int j = 0; j < rows; ++j)
      for (int i = 0; i < columns; ++i) sum += at(x + i, y + j);
    return sum / (columns * rows);
  }
};

int noise(int x, int y, int amplitude) {
  const unsigned v =
      (static_cast<unsigned>(x) * 0x9E3779B1u ^ static_cast<unsigned>(y) * 0x85EBCA77u) *
      0x2C1B3C6Du;
  return static_cast<int>((v >> 12) % static_cast<unsigned>(2 * amplitude + 1)) - amplitude;
}

constexpr int kStrengths = 26;

using Distortion = void (*)(const Plane& plane, int strength, int index);
constexpr Distortion kDistortions[] = {
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return p.at(x, y) + noise(x, y, 2 + 2 * s); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return p.mean(x - s / 2, y, s + 1, 1); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return p.mean(x - s / 4, y - s / 4, 1 + s / 2, 1 + s / 2); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return p.at(x / (s + 2) * (s + 2), y / (s + 2) * (s + 2)); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return 128 + (p.at(x, y) - 128) * (40 - s) / 40; });
    },
    [](const Plane& p, int s, int) { p.fill([&](int x, int y) { return p.at(x, y) + 3 * s; }); },
    [](const Plane& p, int s, int i) {
      p.fill([&](int x, int y) { return p.at(x, y) + (i == 0 ? 0 : i == 1 ? 2 * s : -2 * s); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return p.at(x, y) / (s + 2) * (s + 2); });
    },
    [](const Plane& p, int s, int) { p.fill([&](int x, int y) { return p.at(x + s + 1, y); }); },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return noise(x, y, 100) > 98 - 2 * s ? 255 : p.at(x, y); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) { return y % 2 == 0 ? p.at(x, y) : p.at(x + s, y); });
    },
    [](const Plane& p, int s, int) {
      p.fill([&](int x, int y) {
        return p.at(x, y) * p.at(x, y) * s / (255 * 25) + p.at(x, y) * (25 - s) / 25;
      });
    },
};

// Each kind at each strength, on frames of moving texture.
NextPair distorted_frames() {
  return [frame = 0u](VmafPicture* reference, VmafPicture* distorted) mutable -> Result<bool> {
    if (frame == std::size(kDistortions) * kStrengths) return false;
    for (VmafPicture* picture : {reference, distorted})
      if (vmaf_picture_alloc(picture, VMAF_PIX_FMT_YUV420P, 8, 160, 112) != 0)
        return fail(ENOMEM, vmaf_last_error());
    fill_generated(reference, frame, Side::reference);
    for (int i = 0; i < 3; ++i) {
      const Plane plane{static_cast<const std::uint8_t*>(reference->data[i]),
                        static_cast<std::uint8_t*>(distorted->data[i]),
                        reference->stride[i],
                        distorted->stride[i],
                        static_cast<int>(reference->w[i]),
                        static_cast<int>(reference->h[i])};
      kDistortions[frame % std::size(kDistortions)](
          plane, static_cast<int>(frame / std::size(kDistortions)), i);
    }
    ++frame;
    return true;
  };
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) out[order[i]] = static_cast<double>(i);
  return out;
}

// Spearman's, of values without ties.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto of_a = ranks(a), of_b = ranks(b);
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (of_a[i] - of_b[i]) * (of_a[i] - of_b[i]);
  const auto n = static_cast<double>(a.size());
  return 1 - 6 * squares / (n * (n * n - 1));
}

TEST_F(LpipsInt16, StaysNearFp32OverMixedDistortions) {
  const auto int16 = scores(":precision=fast", distorted_frames());
  VISQ_NEED(!int16.empty(), "a CPU that adds pairs of 16-bit products");
  const auto exact = scores("", distorted_frames());
  ASSERT_EQ(exact.size(), std::size(kDistortions) * kStrengths);
  ASSERT_GE(exact.size(), 300u);
  double largest = 0;
  for (std::size_t i = 0; i < exact.size(); ++i)
    largest = std::max(largest, std::abs(int16[i] - exact[i]));
  EXPECT_LT(largest, 2e-3);
  EXPECT_GE(rank_correlation(exact, int16), 0.9999);
  RecordProperty("largest_difference", fmt::format("{:.2g}", largest));
  RecordProperty("rank_correlation", fmt::format("{:.7f}", rank_correlation(exact, int16)));
}

}  // namespace
}  // namespace visq::test
