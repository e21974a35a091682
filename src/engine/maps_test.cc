// Maps on their way through the engine: from a metric that was made for these tests to whoever
// takes them.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

// Gives a map of one value, the frame's index, where somebody takes it.
constexpr FeatureInfo kDrawingFeatures[] = {{.name = "drawn"}};
constexpr OptionInfo kDrawingOptions[] = {
    {.name = "folder", .type = OptionType::text, .role = OptionRole::map_folder}};

class Drawing final : public Metric {
 public:
  explicit Drawing(bool maps) : maps_(maps) {}
  std::size_t batch_limit() const override { return 3; }
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    scores.set(0, maps_ ? 1 : 0);
    const auto value = static_cast<float>(frame.index);
    if (maps_)
      scores.map({"index", {&value, 1, 1, 1}, [](float) { return std::uint16_t{0}; }, "index"});
    return {};
  }

 private:
  bool maps_;
};

Result<std::unique_ptr<Metric>> create_drawing(const Options&, const Environment& environment) {
  return std::make_unique<Drawing>(environment.maps);
}
constexpr Descriptor kDrawing{.name = "drawing",
                              .summary = "s",
                              .source = "s",
                              .features = kDrawingFeatures,
                              .options = kDrawingOptions,
                              .create = create_drawing};

struct Taken final : MapTaker {
  Status take(unsigned frame, const Map& map) override {
    std::lock_guard lock(mutex);
    if (frame == fail_at) return fail(ENOSPC, "the disk is full", ErrorKind::output);
    values[frame] = *map.values.data;
    return {};
  }
  unsigned fail_at = ~0u;
  std::mutex mutex;
  std::map<unsigned, float> values;
};

PicturePtr flat(int value) {
  return test::picture_of({PixelFormat::yuv400, 8, 16, 16},
                          [=](std::size_t, int, int) { return value; });
}

double drawn(const Engine& engine) {
  return engine.table().get(*engine.table().find("drawn"), 0).value_or(-1);
}

TEST(EngineMaps, GivesMapsToWhoeverTakesThem) {
  std::string folder;
  auto* files = new Taken;
  EngineConfig config{2, 1, {}, [&](const std::string& name) -> Result<std::unique_ptr<MapTaker>> {
                        folder = name;
                        return std::unique_ptr<MapTaker>(files);
                      }};
  Engine engine(config);
  const auto client = std::make_shared<Taken>();
  ASSERT_TRUE(engine.take_maps(kDrawing, client));
  ASSERT_TRUE(engine.use(kDrawing, {{"folder", "maps"}}));
  EXPECT_EQ(folder, "maps");
  for (unsigned i = 0; i < 5; ++i) ASSERT_TRUE(engine.push(flat(0), flat(0), i));
  ASSERT_TRUE(engine.flush());
  const std::map<unsigned, float> expected{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}};
  EXPECT_EQ(client->values, expected);
  EXPECT_EQ(files->values, expected);
  EXPECT_FALSE(engine.take_maps(kDrawing, client)) << "too late";
}

TEST(EngineMaps, AMapThatIsNotTakenFailsItsFrame) {
  Engine engine({});
  const auto client = std::make_shared<Taken>();
  client->fail_at = 1;
  ASSERT_TRUE(engine.take_maps(kDrawing, client));
  ASSERT_TRUE(engine.use(kDrawing, {}));
  for (unsigned i = 0; i < 2; ++i) ASSERT_TRUE(engine.push(flat(0), flat(0), i));
  const Status status = engine.flush();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "frame 1, metric drawing: the disk is full");
  EXPECT_EQ(status.error().kind, ErrorKind::output);
}

TEST(EngineMaps, AFolderThatCannotBeWrittenRefusesTheMetric) {
  EngineConfig config;
  config.open_map_folder = [](const std::string& folder) -> Result<std::unique_ptr<MapTaker>> {
    return fail(EACCES, "no way into " + folder, ErrorKind::output);
  };
  Engine engine(config);
  EXPECT_EQ(engine.use(kDrawing, {{"folder", "maps"}}).error().message, "no way into maps");
  ASSERT_TRUE(engine.use(kDrawing, {}));
  ASSERT_TRUE(engine.push(flat(0), flat(0), 0));
  ASSERT_TRUE(engine.flush());
  EXPECT_EQ(drawn(engine), 0) << "nobody takes maps";
}

// One of two contexts with the same options takes maps: they cannot be scored as one.
TEST(EngineMaps, ScoresWithMapsAndWithoutApart) {
  Engine with({}), without({});
  const auto client = std::make_shared<Taken>();
  ASSERT_TRUE(with.take_maps(kDrawing, client));
  for (Engine* engine : {&with, &without}) ASSERT_TRUE(engine->use(kDrawing, {}));
  std::vector<Engine::Clip> clips{{&without, flat(1)}, {&with, flat(2)}};
  Engine::push(flat(0), clips, 0);
  for (Engine* engine : {&with, &without}) ASSERT_TRUE(engine->flush());
  EXPECT_EQ(drawn(with), 1);
  EXPECT_EQ(drawn(without), 0);
  EXPECT_EQ(client->values.size(), 1u);
}

TEST(EngineMaps, AreOfMetricsWithAFolderForThem) {
  Engine engine({});
  const Descriptor& psnr = *find_metric("psnr");
  const Status refused = engine.take_maps(psnr, std::make_shared<Taken>());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "metric psnr makes no maps");
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace visq
