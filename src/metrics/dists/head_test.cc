// What DISTS's head takes for a network of its kind, and what it then measures, in double.
#include "metrics/dists/head.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dnn/onnx/writer.h"
#include "metrics/dists/statistics.h"

namespace visq::dists {
namespace {

using namespace visq::test;

using Floats = std::vector<float>;

// What a test changes of a network.
struct Changes {
  std::vector<std::int64_t> first_axes{3}, second_axes{2}, sum_axes{1};
  std::int64_t keepdims = 1;
  float one = 1, two = 2, c1_below = 0.5f;
  Floats alpha{0.1f, 0.2f, 0.3f, 0.4f}, beta{0.5f, 0.6f, 0.7f, 0.8f};
  std::string foreign_mean = {};  // whose mean is subtracted from the reference's map
  bool structure_twice = false;   // in the place of texture, too
  bool concat = false;            // joins the sums, and adds them then
  bool scale_map = false, scale_network = false;
};

// A network of two maps: the pictures and a convolution of them.
class Writer : Changes {
 public:
  explicit Writer(const Changes& changes) : Changes(changes) {}

  std::string file() {
    parts_ = {};
    for (const char* picture : {"x", "y"})
      parts_.inputs.push_back(float_tensor(picture, {1, 3, -1, -1}));
    constant("w", {4, 3, 1, 1}, Floats(12, 0.25f));
    for (const auto& [name, value] :
         {std::pair{"one", one}, {"two", two}, {"c1", 0.5f}, {"c1_below", c1_below}, {"c2", 0.25f}})
      constant(name, {}, {value});
    constant("shift", {3, 1, 1}, {1, 2, 4});
    for (const std::string p : {"x", "y"}) {
      add("Sub", {p, "shift"}, p + ".shifted");
      add("Div", {p + ".shifted", "c2"}, p + ".scaled");
      add("Conv", {scale_network ? p + ".scaled" : p, "w"}, p + ".conv");
    }
    map("picture", scale_map ? ".scaled" : "", {1, 2, 3}, {4, 5, 6});
    map("feature", ".conv", alpha, beta);
    if (concat) {
      parts_.nodes.push_back(node("Concat", {"picture.sum", "feature.sum"}, {"all"}, "",
                                  integer_attribute("axis", 1)));
      reduce("ReduceSum", "all", "score", {1});
    } else {
      add("Add", {"picture.sum", "feature.sum"}, "score");
    }
    parts_.outputs = {float_tensor("score", {1, 1, 1, 1})};
    return model(graph(parts_));
  }

 private:
  void constant(const std::string& name, const std::vector<std::int64_t>& shape,
                const Floats& values) {
    parts_.initializers.push_back(float_constant(name, shape, values));
  }
  void add(const char* op, const std::vector<std::string>& inputs, const std::string& output) {
    parts_.nodes.push_back(node(op, inputs, {output}));
  }
  void reduce(const char* op, const std::string& input, const std::string& output,
              const std::vector<std::int64_t>& axes) {
    parts_.nodes.push_back(
        node(op, {input}, {output}, "",
             integers_attribute("axes", axes) + integer_attribute("keepdims", keepdims)));
  }
  void mean(const std::string& input, const std::string& output) {
    reduce("ReduceMean", input, output + ".rows", first_axes);
    reduce("ReduceMean", output + ".rows", output, second_axes);
  }

  // alpha * (1 - (2 m + c) / (a + b + c))
  void likeness(const std::string& name, const std::vector<std::string>& values, const char* c,
                const char* c_below, const Floats& weights) {
    add("Mul", {values[0], "two"}, name + ".twice");
    add("Add", {name + ".twice", c}, name + ".top");
    add("Add", {values[1], values[2]}, name + ".squares");
    add("Add", {name + ".squares", c_below}, name + ".bottom");
    add("Div", {name + ".top", name + ".bottom"}, name + ".ratio");
    add("Sub", {"one", name + ".ratio"}, name + ".unlike");
    constant(name + ".weights", {1, static_cast<std::int64_t>(weights.size()), 1, 1}, weights);
    add("Mul", {name + ".unlike", name + ".weights"}, name);
  }

  void map(const std::string& name, const std::string& of, const Floats& texture,
           const Floats& structure) {
    for (const std::string p : {"x", "y"}) mean(p + of, name + ".mean." + p);
    for (const std::string p : {"x", "y"})
      add("Sub", {p + of, name + ".mean." + (p == "x" && !foreign_mean.empty() ? foreign_mean : p)},
          name + ".from." + p);
    for (const auto& [a, b] : {std::pair{"x", "y"}, {"x", "x"}, {"y", "y"}}) {
      const std::string pair = fmt::format(".{}{}", a, b);
      add("Mul", {name + ".from." + a, name + ".from." + b}, name + ".product" + pair);
      mean(name + ".product" + pair, name + ".moment" + pair);
      add("Mul", {name + ".mean." + a, name + ".mean." + b}, name + ".means" + pair);
    }
    const auto three = [&](const std::string& of_pair) {
      return std::vector{name + of_pair + ".xy", name + of_pair + ".xx", name + of_pair + ".yy"};
    };
    if (structure_twice)
      likeness(name + ".texture", three(".moment"), "c2", "c2", texture);
    else
      likeness(name + ".texture", three(".means"), "c1", "c1_below", texture);
    likeness(name + ".structure", three(".moment"), "c2", "c2", structure);
    add("Add", {name + ".structure", name + ".texture"}, name + ".part");
    reduce("ReduceSum", name + ".part", name + ".sum", sum_axes);
  }

  GraphParts parts_;
};

struct Found {
  stream::Graph graph;
  std::vector<Stage> stages;
};

Result<Found> read(const Changes& changes) {
  ModelFile file;
  VISQ_ASSIGN(file.model, parse_onnx(Writer(changes).file()));
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  Head head;
  VISQ_ASSIGN(stream::Graph graph, stream::recognise(onnx, head));
  return Found{std::move(graph), head.stages()};
}

TEST(DistsHead, ReadsTheWeightsOfEveryMap) {
  for (const bool concat : {false, true}) {
    const auto found = read({.concat = concat});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->graph.taps, (std::vector{0, 1})) << "the pictures are a map";
    ASSERT_EQ(found->stages.size(), 2u);
    const Stage &picture = found->stages[0], &feature = found->stages[1];
    EXPECT_EQ(picture.alpha, (Floats{1, 2, 3}));
    EXPECT_EQ(picture.beta, (Floats{4, 5, 6}));
    EXPECT_EQ(feature.alpha, (Floats{0.1f, 0.2f, 0.3f, 0.4f}));
    EXPECT_EQ(feature.beta, (Floats{0.5f, 0.6f, 0.7f, 0.8f}));
    EXPECT_EQ(feature.c1, 0.5);
    EXPECT_EQ(feature.c2, 0.25);
    EXPECT_TRUE(picture.scale.empty() && feature.scale.empty());
    EXPECT_FALSE(found->graph.bfloat16_taps);
  }
}

TEST(DistsHead, AMapOfThePicturesMayBeScaledWhereTheNetworkIsNot) {
  const auto found = read({.scale_map = true});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->stages[0].scale, (std::vector<double>{4, 4, 4}));
  EXPECT_EQ(found->stages[0].offset, (std::vector<double>{-4, -8, -16})) << "(x - shift) / 0.25";
  EXPECT_EQ(found->graph.scale, (Floats{1, 1, 1}));
  const auto both = read({.scale_network = true});
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, ENOTSUP);
  EXPECT_EQ(both.error().message, "its network and its first map scale the pictures differently");
}

TEST(DistsHead, NamesTheNodeThatIsOfNoSuchScore) {
  const std::tuple<const char*, Changes, const char*> cases[] = {
      {"height before width", {.first_axes = {2}, .second_axes = {3}}, "ReduceMean"},
      {"both at once", {.first_axes = {2, 3}}, "ReduceMean"},
      {"channels", {.second_axes = {1}}, "ReduceMean"},
      {"sides are lost", {.keepdims = 0}, "ReduceMean"},
      {"a sum over rows", {.sum_axes = {2}}, "ReduceSum"},
      {"three times", {.two = 3}, "Mul"},
      {"two less", {.one = 2}, "Sub"},
      {"another constant below", {.c1_below = 0.75f}, "Div"},
      {"the other picture's mean", {.foreign_mean = "y"}, "Sub"},
      {"structure twice", {.structure_twice = true}, "Add"}};
  for (const auto& [what, changes, op] : cases) {
    const auto found = read(changes);
    ASSERT_FALSE(found) << what;
    EXPECT_EQ(found.error().code, ENOTSUP) << what;
    EXPECT_EQ(found.error().message,
              fmt::format("node node_{0} ({0}) is neither of a network of convolutions nor of the "
                          "score that the metric makes of it",
                          op))
        << what;
  }
}

TEST(DistsHead, RefusesWeightsThatAreNotOneForEachChannel) {
  const Changes cases[] = {
      {.alpha = {1, 2, 3}}, {.beta = {1, 2, 3, 4, 5}}, {.alpha = {1}}, {.beta = {1}}};
  for (const Changes& changes : cases) {
    const auto found = read(changes);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ENOTSUP);
    EXPECT_EQ(found.error().message, "the weights of a map are not one for each of its channels");
  }
}

TEST(DistsHead, RefusesAnOutputThatIsNoSum) {
  GraphParts parts;
  for (const char* picture : {"x", "y"})
    parts.inputs.push_back(float_tensor(picture, {1, 3, -1, -1}));
  parts.nodes = {node("Identity", {"x"}, {"score"})};
  parts.outputs = {float_tensor("score", {1, 3, -1, -1})};
  ModelFile file;
  file.model = parse_onnx(model(graph(parts))).value();
  const OnnxGraph onnx = read_onnx_graph(file).value();
  Head head;
  const auto found = stream::recognise(onnx, head);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "its output is not a sum of likenesses of maps");
}

// ---- statistics ----

// A map of one picture, whose rows stand in memory without gaps.
struct Map {
  stream::TensorShape shape;
  Floats values;
  std::vector<std::byte*> places = {};

  Map(int width, int height, int channels, unsigned seed, float from, float to)
      : shape{.channels = channels,
              .width = width,
              .height = height,
              .pixels = width,
              .rows = height} {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> distribution(from, to);
    for (int i = 0; i < width * height * channels; ++i) values.push_back(distribution(random));
  }
  stream::TensorRows rows() {
    auto* const data = reinterpret_cast<std::byte*>(values.data());
    places.clear();
    for (int y = 0; y < shape.height; ++y)
      places.push_back(data + static_cast<std::size_t>(y) * shape.row_bytes());
    return {&shape, places.data(), nullptr, 0};
  }
};

// As the formula of Stage has it, of all values of a channel at once.
double by_formula(const Stage& stage, const Map& x, const Map& y) {
  const auto channels = static_cast<std::size_t>(x.shape.channels);
  const auto count = static_cast<double>(x.values.size() / channels);
  double distance = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const double scale = stage.scale.empty() ? 1 : stage.scale[c],
                 offset = stage.scale.empty() ? 0 : stage.offset[c];
    const auto seen = [&](const Map& map, std::size_t i) {
      return static_cast<double>(map.values[i]) * scale + offset;
    };
    double mx = 0, my = 0, vx = 0, vy = 0, cov = 0;
    for (std::size_t i = c; i < x.values.size(); i += channels) {
      mx += seen(x, i) / count;
      my += seen(y, i) / count;
    }
    for (std::size_t i = c; i < x.values.size(); i += channels) {
      vx += (seen(x, i) - mx) * (seen(x, i) - mx) / count;
      vy += (seen(y, i) - my) * (seen(y, i) - my) / count;
      cov += (seen(x, i) - mx) * (seen(y, i) - my) / count;
    }
    distance +=
        static_cast<double>(stage.alpha[c]) *
            (1 - (2 * mx * my + stage.c1) / (mx * mx + my * my + stage.c1)) +
        static_cast<double>(stage.beta[c]) * (1 - (2 * cov + stage.c2) / (vx + vy + stage.c2));
  }
  return distance;
}

std::vector<double> measured(const std::vector<Stage>& stages, std::vector<Map>& refs,
                             std::vector<std::vector<Map>>& clips, int rows_at_once) {
  std::vector<stream::TensorShape> taps;
  for (const Map& map : refs) taps.push_back(map.shape);
  Statistics statistics(stages);
  statistics.begin(taps, clips.size());
  for (std::size_t t = refs.size(); t-- > 0;)
    for (int y = 0; y < taps[t].height; y += rows_at_once) {
      std::vector<stream::TensorRows> distorted;
      for (auto& clip : clips) distorted.push_back(clip[t].rows());
      statistics.add(t, {y, std::min(y + rows_at_once, taps[t].height)}, refs[t].rows(), distorted);
    }
  return statistics.distances();
}

TEST(DistsStatistics, AreTheFormulaOverWholeMaps) {
  const std::vector<Stage> stages{
      {{0.1f, 0.2f, 0.3f}, {0.4f, 0.5f, 0.6f}, 1e-6, 1e-6, {2, 3, 4}, {-1, 0.5, 0}},
      {Floats(17, 0.05f), Floats(17, 0.025f), 0.5, 0.25, {}, {}}};
  std::vector<Map> refs{{29, 17, 3, 1, 0, 1}, {13, 8, 17, 2, 0, 5}};
  std::vector<std::vector<Map>> clips{{{29, 17, 3, 3, 0, 1}, {13, 8, 17, 4, 1, 3}},
                                      {{29, 17, 3, 5, -1, 2}, {13, 8, 17, 6, 0, 5}}};
  for (const int rows_at_once : {1, 3, 17}) {
    const auto distances = measured(stages, refs, clips, rows_at_once);
    ASSERT_EQ(distances.size(), 2u);
    for (std::size_t i = 0; i < clips.size(); ++i)
      EXPECT_NEAR(
          distances[i],
          by_formula(stages[0], refs[0], clips[i][0]) + by_formula(stages[1], refs[1], clips[i][1]),
          1e-5);
  }
}

TEST(DistsStatistics, OfTheReferenceItselfAreExactlyZero) {
  const std::vector<Stage> stages{{{1, 1, 1}, {1, 1, 1}, 1e-6, 1e-6, {}, {}}};
  std::vector<Map> refs{{31, 9, 3, 7, 100, 101}};
  std::vector<std::vector<Map>> clips{{refs[0]}};
  EXPECT_EQ(measured(stages, refs, clips, 4), std::vector{0.0});
}

TEST(DistsStatistics, AFlatMapHasTheConstantsAlone) {
  const std::vector<Stage> stages{{{0.5f}, {0.25f}, 2, 1, {}, {}}};
  std::vector<Map> refs{{8, 4, 1, 1, 3, 3}};
  std::vector<std::vector<Map>> clips{{{8, 4, 1, 1, 1, 1}}};
  EXPECT_NEAR(measured(stages, refs, clips, 4)[0], 0.5 * (1 - (2 * 3 + 2) / (9 + 1 + 2.0)), 1e-12)
      << "the structure of two flat maps is alike";
}

}  // namespace
}  // namespace visq::dists
