// What every metric must do by itself, from its descriptor alone; battery_test.cc has what it does
// in the engine. A new metric is tested here without a line.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/disordered.h"
#include "tests/support/generated_clips.h"
#include "tests/support/run_metric.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

// How the memory around the samples looks: `pad` samples after each row, filled with `poison`, and
// a start that is no multiple of anything.
struct Surroundings {
  std::size_t pad = 0;
  std::byte poison{0};
};

struct Memory {
  PlaneLayouts planes;
  std::shared_ptr<std::vector<std::byte>> bytes;
};

Memory allocate(const PictureFormat& format, ChromaRounding rounding, const Surroundings& around) {
  Memory memory{plane_sizes(format, rounding), std::make_shared<std::vector<std::byte>>()};
  const std::size_t sample = format.bits > 8 ? 2 : 1;
  std::size_t total = sample * (1 + around.pad);
  for (PlaneLayout& p : memory.planes) {
    p.stride =
        static_cast<std::ptrdiff_t>(sample * (static_cast<std::size_t>(p.width) + around.pad));
    total += static_cast<std::size_t>(p.stride) * static_cast<std::size_t>(p.height + 1);
  }
  memory.bytes->assign(total, around.poison);
  std::byte* next = memory.bytes->data() + sample * (around.pad == 0 ? 0 : 1);
  for (PlaneLayout& p : memory.planes) {
    p.data = next;
    next += p.stride * (p.height + 1);
  }
  return memory;
}

using Change = std::function<void(const PictureFormat&, const PlaneLayouts&)>;

struct Request {
  PictureFormat format;
  ChromaRounding rounding = ChromaRounding::up;
  Surroundings around = {};
};

PicturePtr make_picture(const Request& request, unsigned frame, Side side,
                        const Change& change = {}) {
  const PictureFormat& f = request.format;
  const Memory memory = allocate(f, request.rounding, request.around);
  VmafPicture view{};
  view.bpc = static_cast<unsigned>(f.bits);
  for (std::size_t p = 0; p < 3; ++p) {
    view.data[p] = memory.planes[p].data;
    view.stride[p] = memory.planes[p].stride;
    view.w[p] = static_cast<unsigned>(memory.planes[p].width);
    view.h[p] = static_cast<unsigned>(memory.planes[p].height);
  }
  fill_generated(&view, frame, side);
  if (change) change(f, memory.planes);
  return std::make_shared<const Picture>(f, PictureColor{}, memory.planes, memory.bytes);
}

PicturePairs clip(const Request& request, unsigned frames = 3, Side first = Side::reference,
                  Side second = Side::distorted) {
  PicturePairs pairs;
  for (unsigned i = 0; i < frames; ++i)
    pairs.emplace_back(make_picture(request, i, first), make_picture(request, i, second));
  return pairs;
}

class MetricBattery : public testing::TestWithParam<const Descriptor*> {
 protected:
  const Descriptor& metric() const { return *GetParam(); }

  void SetUp() override {
    for (const OptionInfo& option : metric().options) {
      if (option.role != OptionRole::model_file) continue;
      for (const ModelPlace& place : option.places) {
        VISQ_NEED_STORE_FILE(place.store_file);
        setenv(std::string(place.environment).c_str(), store_path(place.store_file).c_str(), 1);
      }
    }
    const auto made = make({});
    if (made) return;
    VISQ_NEED(made.error().code != ENOSYS, "ONNX Runtime");
    FAIL() << made.error().message;
  }

  Result<std::unique_ptr<Metric>> make(const OptionStrings& given) const {
    VISQ_ASSIGN(const Options options, Options::parse(metric().name, metric().options, given));
    return make_metric(metric(), options, {});
  }

  Result<MetricScores> run(const PicturePairs& pairs, const OptionStrings& given = {}) const {
    return run_metric(metric(), given, pairs);
  }
};

bool same_bits(const MetricScores& a, const MetricScores& b) {
  if (a.features.size() != b.features.size()) return false;
  for (const auto& [name, values] : a.features) {
    const auto other = b.features.find(name);
    if (other == b.features.end() || other->second.size() != values.size()) return false;
    if (std::memcmp(values.data(), other->second.data(), values.size() * sizeof(double)) != 0)
      return false;
  }
  return true;
}

TEST_P(MetricBattery, SameBitsWhateverLiesAroundTheSamples) {
  for (const PixelFormat layout : {PixelFormat::yuv420, PixelFormat::yuv444})
    for (const int bits : {8, 10, 16}) {
      const int width = test::kSlow ? 97 : 193, height = test::kSlow ? 83 : 181;
      const PictureFormat format{layout, bits, width, height};
      const auto plain = run(clip({format}));
      const auto ones = run(clip({format, ChromaRounding::up, {13, std::byte{0xFF}}}));
      const auto noise = run(clip({format, ChromaRounding::up, {3, std::byte{0xA5}}}));
      ASSERT_EQ(plain.has_value(), ones.has_value()) << describe(format);
      if (!plain) continue;
      EXPECT_TRUE(same_bits(*plain, *ones)) << describe(format);
      EXPECT_TRUE(same_bits(*plain, *noise)) << describe(format);
    }
}

// More clips than any metric takes together; with one reference, and each with a reference of its
// own.
TEST_P(MetricBattery, SameBitsWhetherClipsShareAReferenceOrNot) {
  for (const int bits : {8, 10}) {
    const Request request{
        {PixelFormat::yuv420, bits, test::kSlow ? 197 : 389, test::kSlow ? 181 : 217}};
    constexpr unsigned kFrames = 3;
    std::vector<PicturePairs> clips(kBatchLimit + 1);
    for (unsigned i = 0; i < kFrames; ++i) {
      const PicturePtr reference = make_picture(request, i, Side::reference);
      for (unsigned c = 0; c < clips.size(); ++c)
        clips[c].emplace_back(reference, make_picture(request, i + 5 * c, Side::distorted));
    }
    const auto together = run_together(metric(), {}, clips);
    ASSERT_TRUE(together) << together.error().message;
    for (unsigned c = 0; c < clips.size(); ++c) {
      for (unsigned i = 0; i < kFrames; ++i)
        clips[c][i].first = make_picture(request, i, Side::reference);
      const auto alone = run(clips[c]);
      ASSERT_TRUE(alone);
      EXPECT_TRUE(same_bits((*together)[c], *alone)) << bits << " bits, clip " << c;
    }
  }
}

// High enough for several parts; with every score that there is.
TEST_P(MetricBattery, SameBitsInWhateverOrderPartsAreDone) {
  OptionStrings all;
  if (const OptionInfo* debug = option_with_role(metric(), OptionRole::debug))
    all[std::string(debug->name)] = "true";
  for (const int bits : {8, 10}) {
    const PicturePairs pairs = clip({{PixelFormat::yuv420, bits, test::kSlow ? 181 : 325, 647}});
    const auto in_order = run(pairs, all);
    ASSERT_TRUE(in_order) << in_order.error().message;
    const PoisonedMemory poisoned;
    Disordered disordered;
    const auto reversed = run_metric(metric(), all, pairs, &disordered);
    ASSERT_TRUE(reversed) << reversed.error().message;
    EXPECT_TRUE(same_bits(*in_order, *reversed)) << bits << " bits";
    RecordProperty(fmt::format("parts_{}_bits", bits), std::to_string(disordered.parts()));
  }
}

TEST_P(MetricBattery, DeclaresWhetherItNeedsAReference) {
  const auto made = make({});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->needs_reference(), metric().needs_reference);
}

// Whoever runs a metric does with an option what its role says.
TEST_P(MetricBattery, RolesOfOptionsHaveWhatTheyNeed) {
  for (const OptionInfo& option : metric().options) {
    const bool is_path =
        option.role == OptionRole::model_file || option.role == OptionRole::map_folder;
    EXPECT_TRUE(!is_path || (option.type == OptionType::text && option.text.empty() &&
                             option.choices.empty() && !option.in_name))
        << option.name;
    EXPECT_TRUE(option.role != OptionRole::frame_rate || option.type == OptionType::real)
        << option.name;
    EXPECT_EQ(option.role == OptionRole::model_file, !option.places.empty()) << option.name;
    for (const ModelPlace& place : option.places)
      EXPECT_FALSE(place.store_file.empty() || place.environment.empty()) << option.name;
    EXPECT_EQ(option.chosen_by.empty(), option.places.size() < 2) << option.name;
  }
}

// Those scores are there when the option of that role is set, and only then.
TEST_P(MetricBattery, ItsOptionOfRoleDebugAsksForTheScoresOfRoleDebug) {
  const auto is_debug = [](const FeatureInfo& f) { return f.role == FeatureRole::debug; };
  const OptionInfo* const option = option_with_role(metric(), OptionRole::debug);
  ASSERT_EQ(option != nullptr,
            std::any_of(metric().features.begin(), metric().features.end(), is_debug));
  if (option == nullptr) return;
  EXPECT_EQ(option->type, OptionType::boolean);
  const PicturePairs pairs = clip({{PixelFormat::yuv420, 8, 256, 256}}, 2);
  const auto with = run(pairs, {{std::string(option->name), "true"}}),
             without = run(pairs, {{std::string(option->name), "false"}});
  ASSERT_TRUE(with && without);
  for (const FeatureInfo& feature : metric().features) {
    if (!is_debug(feature)) continue;
    const std::string name(feature.name);
    EXPECT_EQ(with->features.count(name), 1u) << name;
    EXPECT_EQ(without->features.count(name), 0u) << name;
  }
}

class SymmetricMetricBattery : public MetricBattery {};

TEST_P(SymmetricMetricBattery, SwappedPicturesScoreTheSame) {
  const Request request{{PixelFormat::yuv420, 8, 192, 180}};
  const auto there = run(clip(request)),
             back = run(clip(request, 3, Side::distorted, Side::reference));
  ASSERT_TRUE(there && back);
  for (const auto& [name, values] : there->features)
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], back->features.at(name)[i], 1e-9 * std::max(1.0, std::abs(values[i])))
          << name;
}

TEST_P(MetricBattery, EverySmallSizeIsScoredOrRefusedWithASentence) {
  const std::vector<int> sizes =
      test::kSlow ? std::vector{1, 2, 3, 5, 8, 16} : std::vector{1, 2, 3, 4, 5, 7, 8, 9, 15, 16};
  for (const int bits : {8, 10})
    for (const ChromaRounding rounding : {ChromaRounding::up, ChromaRounding::down})
      for (const int width : sizes)
        for (const int height : sizes) {
          const PictureFormat format{PixelFormat::yuv420, bits, width, height};
          const auto scores = run(clip({format, rounding, {5, std::byte{0xC3}}}, 2));
          if (!scores) {
            EXPECT_FALSE(scores.error().message.empty()) << describe(format);
            EXPECT_GT(scores.error().code, 0) << describe(format);
            continue;
          }
          for (const auto& [name, values] : scores->features)
            for (const double value : values)
              EXPECT_FALSE(std::isnan(value)) << name << " " << describe(format);
        }
}

std::string default_of(const OptionInfo& option) {
  switch (option.type) {
    case OptionType::boolean:
      return option.value != 0 ? "true" : "false";
    case OptionType::integer:
    case OptionType::real:
      return fmt::format("{}", option.value);
    case OptionType::text:
      break;
  }
  return std::string(option.text);
}

// Also where libvmaf refuses it, since its own range leaves the default out: the sizes and the
// depth of cambi's encode and source, adm_skip_aim_scale of float_adm.
TEST_P(MetricBattery, GivingADefaultIsGivingNothing) {
  const PicturePairs pairs = clip({{PixelFormat::yuv420, 8, 192, 180}}, 2);
  const auto nothing = run(pairs);
  ASSERT_TRUE(nothing) << nothing.error().message;
  for (const OptionInfo& option : metric().options) {
    const auto given = run(pairs, {{std::string(option.name), default_of(option)}});
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_TRUE(same_bits(*nothing, *given)) << option.name;
  }
}

std::vector<std::string> accepted(const OptionInfo& option) {
  switch (option.type) {
    case OptionType::boolean:
      return {"true", "false"};
    case OptionType::integer:
      return {fmt::format("{:.0f}", option.min), fmt::format("{:.0f}", option.max)};
    case OptionType::real:
      return {fmt::format("{}", option.min), fmt::format("{}", option.max)};
    case OptionType::text:
      break;
  }
  return {option.choices.begin(), option.choices.end()};
}

std::vector<std::string> refused(const OptionInfo& option) {
  switch (option.type) {
    case OptionType::boolean:
      return {"", "1", "True", "true ", "maybe"};
    case OptionType::integer:
      return {"",
              "1.5",
              "one",
              fmt::format("{:.0f}", option.min - 1),
              fmt::format("{:.0f}", option.max + 1),
              "99999999999999999999"};
    case OptionType::real:
      return {"",
              "nan",
              "one",
              "1,5",
              fmt::format("{}", std::nextafter(option.min, -kInfinity)),
              fmt::format("{}", std::nextafter(option.max, kInfinity))};
    case OptionType::text:
      break;
  }
  return option.choices.empty() ? std::vector<std::string>{}
                                : std::vector<std::string>{"no such choice"};
}

TEST_P(MetricBattery, OptionsTakeTheirExtremesAndNothingBeyond) {
  const PicturePairs pairs = clip({{PixelFormat::yuv420, 8, 192, 180}}, 2);
  for (const OptionInfo& option : metric().options) {
    const std::string name(option.name);
    for (const std::string& value : accepted(option)) {
      EXPECT_TRUE(Options::parse(metric().name, metric().options, {{name, value}}))
          << name << "=" << value;
      const auto scores =
          run(pairs, {{name, value}});  // values that exclude each other may be refused
      EXPECT_TRUE(scores || !scores.error().message.empty()) << name << "=" << value;
    }
    for (const std::string& value : refused(option)) {
      if (value == default_of(option)) continue;
      const auto options = Options::parse(metric().name, metric().options, {{name, value}});
      ASSERT_FALSE(options) << name << "=" << value;
      EXPECT_NE(options.error().message.find(name), std::string::npos) << options.error().message;
    }
  }
}

// The same samples without chroma, as readers give them where luma is all that is read.
PicturePtr without_chroma(const PicturePtr& whole) {
  const auto luma = whole->plane<std::uint8_t>(0);  // in bytes, whatever the depth
  PlaneLayouts planes{};
  planes[0] = {reinterpret_cast<std::byte*>(const_cast<std::uint8_t*>(luma.data)), luma.stride,
               whole->width(0), luma.height};
  return std::make_shared<const Picture>(whole->format(), whole->color(), planes, whole,
                                         Planes::luma);
}

PicturePairs without_chroma(PicturePairs pairs) {
  for (auto& [reference, distorted] : pairs)
    reference = without_chroma(reference), distorted = without_chroma(distorted);
  return pairs;
}

// Every option by itself, at its extremes; and none.
std::vector<OptionStrings> option_sets(const Descriptor& metric) {
  std::vector<OptionStrings> sets{{}};
  for (const OptionInfo& option : metric.options)
    for (const std::string& value : accepted(option))
      sets.push_back({{std::string(option.name), value}});
  return sets;
}

// Readers and clients leave out what a metric says that it does not read.
TEST_P(MetricBattery, WhoReadsLumaOnlyScoresTheSameWithoutChroma) {
  for (const OptionStrings& given : option_sets(metric())) {
    const auto made = make(given);
    if (!made || (metric().planes == Planes::all && (*made)->planes() == Planes::all)) continue;
    for (const PictureFormat format :
         {test::kSlow ? PictureFormat{PixelFormat::yuv420, 8, 97, 83}
                      : PictureFormat{PixelFormat::yuv420, 8, 193, 181},
          PictureFormat{PixelFormat::yuv444, 10, 96, 98}}) {
      const PicturePairs pairs = clip({format});
      const auto whole = run(pairs, given), luma = run(without_chroma(pairs), given);
      ASSERT_EQ(whole.has_value(), luma.has_value()) << describe(format);
      EXPECT_TRUE(!whole || same_bits(*whole, *luma)) << describe(format);
    }
  }
}

template <typename Sample>
void change_planes(const PlaneLayouts& planes, int bits,
                   const std::function<int(const PlaneLayout&, int x, int y)>& value) {
  for (const PlaneLayout& plane : planes) {
    std::vector<Sample> next;
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x)
        next.push_back(static_cast<Sample>(std::clamp(value(plane, x, y), 0, (1 << bits) - 1)));
    for (int y = 0; y < plane.height; ++y)
      std::memcpy(plane.data + y * plane.stride,
                  next.data() + static_cast<std::ptrdiff_t>(y) * plane.width,
                  static_cast<std::size_t>(plane.width) * sizeof(Sample));
  }
}

int at(const PlaneLayout& plane, int x, int y) {
  x = std::clamp(x, 0, plane.width - 1), y = std::clamp(y, 0, plane.height - 1);
  return static_cast<int>(plane.data[y * plane.stride + x]);
}

// Three ways to spoil an 8-bit picture, each step worse than the one before.
Change noise(int step) {
  return [step](const PictureFormat& f, const PlaneLayouts& planes) {
    std::mt19937 random(11);  // the same pattern at every step, only stronger
    change_planes<std::uint8_t>(planes, f.bits, [&](const PlaneLayout& p, int x, int y) {
      return at(p, x, y) + (static_cast<int>(random() % 9) - 4) * step * step / 2;
    });
  };
}
Change blur(int step) {
  return [step](const PictureFormat& f, const PlaneLayouts& planes) {
    change_planes<std::uint8_t>(planes, f.bits, [&](const PlaneLayout& p, int x, int y) {
      int sum = 0;
      for (int dy = -step; dy <= step; ++dy)
        for (int dx = -step; dx <= step; ++dx) sum += at(p, x + dx, y + dy);
      return (sum + (2 * step + 1) * (2 * step + 1) / 2) / ((2 * step + 1) * (2 * step + 1));
    });
  };
}
// Toward the mean of each 8x8 block: the grid stays, since another grid is another distortion.
Change blocking(int step) {
  return [step](const PictureFormat& f, const PlaneLayouts& planes) {
    constexpr int kSide = 8, kSteps = 3;
    change_planes<std::uint8_t>(planes, f.bits, [&](const PlaneLayout& p, int x, int y) {
      int sum = 0;
      for (int dy = 0; dy < kSide; ++dy)
        for (int dx = 0; dx < kSide; ++dx)
          sum += at(p, x / kSide * kSide + dx, y / kSide * kSide + dy);
      return ((kSteps - step) * at(p, x, y) + step * sum / (kSide * kSide)) / kSteps;
    });
  };
}

// The scores of the steps 0 (untouched) to 3 of one way to spoil a picture.  SpEED needs more than
// the few samples that smaller pictures leave it.
TEST_P(MetricBattery, WorsePicturesNeverScoreBetter) {
  const Request request{{PixelFormat::yuv444, 8, test::kSlow ? 240 : 480, test::kSlow ? 180 : 360}};
  const std::pair<const char*, Change (*)(int)> ways[] = {
      {"noise", noise}, {"blur", blur}, {"blocking", blocking}};
  for (const auto& [way, change] : ways) {
    std::optional<MetricScores> before;
    for (const int step : {0, 1, 2, 3}) {
      const PicturePtr reference = make_picture(request, 0, Side::reference);
      const auto scores = run({{reference, make_picture(request, 0, Side::reference,
                                                        step == 0 ? Change{} : change(step))}});
      ASSERT_TRUE(scores) << scores.error().message;
      for (const FeatureInfo& feature : metric().features) {
        const std::string name(feature.name);
        if (!before || feature.role != FeatureRole::score ||
            feature.direction == Direction::descriptive || !scores->features.count(name))
          continue;
        const double was = before->features.at(name)[0], is = scores->features.at(name)[0];
        if (feature.direction == Direction::higher_is_better)
          EXPECT_LE(is, was + 1e-4) << name << " " << way << " step " << step;
        else
          EXPECT_GE(is, was - 1e-4) << name << " " << way << " step " << step;
      }
      before = *scores;
    }
  }
}

std::vector<const Descriptor*> symmetric_metrics() {
  std::vector<const Descriptor*> symmetric;
  std::copy_if(all_metrics().begin(), all_metrics().end(), std::back_inserter(symmetric),
               [](const Descriptor* d) { return d->symmetric; });
  return symmetric;
}

std::string name_of(const testing::TestParamInfo<const Descriptor*>& instance) {
  return std::string(instance.param->name);
}

INSTANTIATE_TEST_SUITE_P(Metrics, MetricBattery,
                         testing::ValuesIn(all_metrics().begin(), all_metrics().end()), name_of);
INSTANTIATE_TEST_SUITE_P(Metrics, SymmetricMetricBattery, testing::ValuesIn(symmetric_metrics()),
                         name_of);

}  // namespace
}  // namespace visq::test
