// Two engines that agree are the proof: random networks and pictures go through ONNX Runtime and
// through ours.
#include "metrics/lpips/network.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "dnn/run/session.h"
#include "dnn/stream/test_networks.h"
#include "kernels/nn/int16.h"
#include "kernels/testing.h"
#include "tests/support/shared.h"

namespace visq::lpips {
namespace {

using namespace visq::test;
using stream::Comparison;
using stream::InputRow;
using stream::Precision;
using stream::RowSource;

ModelFile model_file(std::string bytes) {
  ModelFile file;
  file.path = "test.onnx";
  file.model = *parse_onnx(bytes);
  file.bytes = std::move(bytes);
  return file;
}

std::shared_ptr<const Network> network_of(const std::string& bytes, int threads = 1,
                                          Precision precision = Precision::fp32) {
  ModelFile file = model_file(bytes);
  const auto network = Network::make(file, threads, precision);
  return network ? *network : nullptr;
}

// Two pictures of [channels][height][width], alike enough to be compared.
struct Pictures {
  int channels = 3, width, height;
  std::vector<float> ref, dist;

  Pictures(int w, int h, unsigned seed) : width(w), height(h) {
    NetworkWriter random(seed);
    ref = random.uniform(static_cast<std::size_t>(channels * w * h), -1, 1);
    dist = random.uniform(ref.size(), -0.3f, 0.3f);
    for (std::size_t i = 0; i < ref.size(); ++i) dist[i] += ref[i];
  }

  RowSource rows(const std::vector<float>& values) const {
    return [&values, this](int y, const InputRow& row) {
      const auto count = static_cast<std::size_t>(channels);
      for (std::size_t c = 0; c < count; ++c) {
        const float* const from =
            values.data() + (static_cast<std::ptrdiff_t>(c) * height + y) * width;
        for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x)
          row.values[x * count + c] = from[x] * row.scale[c] + row.offset[c];
      }
    };
  }
  Comparison comparison() const {
    Comparison c;
    c.width = width;
    c.height = height;
    c.ref = rows(ref);
    c.dists = {rows(dist)};
    return c;
  }
};

double runtime_distance(const Session& session, const Pictures& p) {
  const std::vector<std::int64_t> shape{1, p.channels, p.height, p.width};
  const InputTensor inputs[] = {{session.inputs()[0].name, p.ref.data(), shape},
                                {session.inputs()[1].name, p.dist.data(), shape}};
  const auto outputs = session.run(inputs, {});
  return outputs ? static_cast<double>((*outputs)[0].data[0]) : std::nan("");
}

double distance(const Network& network, const Pictures& pictures) {
  return network.distances(pictures.comparison()).value().at(0);
}

using Sizes = std::initializer_list<std::pair<int, int>>;

void compare_engines(const std::string& bytes, Sizes sizes) {
  const auto network = network_of(bytes);
  ASSERT_NE(network, nullptr);
  const auto session = Session::open(model_file(bytes), {});
  ASSERT_TRUE(session) << session.error().message;
  for (const auto& [width, height] : sizes) {
    const Pictures pictures(width, height, static_cast<unsigned>(width * height));
    const double expected = runtime_distance(**session, pictures);
    ASSERT_GT(expected, 0);
    EXPECT_NEAR(distance(*network, pictures), expected, 2e-5 * std::max(1.0, expected))
        << width << "x" << height;
  }
}

TEST(LpipsNetwork, EqualsOnnxRuntimeOnFireModules) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  for (unsigned seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    compare_engines(squeeze_network(seed),
                    {{17, 17}, {18, 31}, {32, 24}, {24, 32}, {25, 23}, {101, 45}, {64, 129}});
  }
}

TEST(LpipsNetwork, EqualsOnnxRuntimeOnChains) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  for (unsigned seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE(seed);
    compare_engines(chain_network(seed), {{37, 37}, {40, 61}, {103, 47}});
  }
}

// Tall pictures, in which tiles end with those of which they are made.
TEST(LpipsNetwork, EqualsOnnxRuntimeOnTilesOfTiles) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  for (int rest = 0; rest < 6; ++rest) {
    SCOPED_TRACE(rest);
    compare_engines(tiles_network(static_cast<unsigned>(rest)),
                    {{20 + rest, 255 + rest}, {23 + 11 * rest, 330 + 7 * rest}});
  }
}

// Sizes of every remainder by the network's steps, narrow and wide.
TEST(LpipsNetwork, EqualsOnnxRuntimeOnOddSizes) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  NetworkWriter random(77);
  for (unsigned seed = 20; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    compare_engines(squeeze_network(seed), {{random.pick(17, 40), random.pick(17, 40)},
                                            {random.pick(17, 300), random.pick(17, 90)},
                                            {random.pick(17, 90), random.pick(17, 300)}});
  }
  compare_engines(squeeze_network(30), {{640, 19}, {17, 413}, {351, 287}});
}

// As large as pictures get; minutes and gigabytes, most of them ONNX Runtime's.
TEST(LpipsNetwork, DISABLED_EqualsOnnxRuntimeOnLargePictures) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  for (const unsigned seed : {31u, 32u, 33u}) {
    SCOPED_TRACE(seed);
    compare_engines(squeeze_network(seed), {{1920, 1080}, {1919, 1079}, {1281, 723}});
  }
  compare_engines(chain_network(34), {{1001, 803}});
  compare_engines(squeeze_network(35), {{3840, 2160}});
}

TEST(LpipsNetwork, EveryTargetFindsTheSame) {
  const Pictures pictures(53, 47, 5);
  const auto network = network_of(squeeze_network(3));
  ASSERT_NE(network, nullptr);
  const double expected = distance(*network, pictures);
  on_every_target([&] { EXPECT_NEAR(distance(*network, pictures), expected, 1e-5 * expected); });
}

void expect_equal_bits(const std::string& bytes, const Pictures& pictures, Precision precision) {
  const double expected = distance(*network_of(bytes, 1, precision), pictures);
  for (const int threads : {2, 3, 8}) {
    const auto network = network_of(bytes, threads, precision);
    for (int round = 0; round < 5; ++round)
      EXPECT_EQ(distance(*network, pictures), expected) << threads;
  }
}

TEST(LpipsNetwork, EqualBitsForAnyNumberOfThreads) {
  for (const Precision precision : {Precision::fp32, Precision::int16}) {
    if (precision == Precision::int16 && !nn::int16_available()) continue;
    expect_equal_bits(squeeze_network(4), {121, 95, 6}, precision);
    expect_equal_bits(tiles_network(5), {31, 267, 7}, precision);
  }
}

// Where two threads wait for each other; once one has waited in vain, nobody waits any more.
class Meeting {
 public:
  void meet() {
    std::unique_lock lock(mutex_);
    const int here = arrived_++ / 2;
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
    in_vain_ = in_vain_ || !changed_.wait_for(lock, std::chrono::seconds(60), [&] {
      return in_vain_ || arrived_ >= 2 * (here + 1);
    });
  }
  bool in_vain() const { return in_vain_; }
  std::size_t threads() const { return threads_.size(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool in_vain_ = false;
  std::set<std::thread::id> threads_;
};

// Each row of either picture is not done before another thread is at work on the other picture's:
// of one comparison, two threads work at any time.
TEST(LpipsNetwork, ThreadsShareTheRowsOfOneComparison) {
  const Pictures pictures(60, 50, 15);
  const std::string bytes = squeeze_network(2);
  const double expected = distance(*network_of(bytes, 1), pictures);
  Meeting meeting;
  Comparison comparison = pictures.comparison();
  for (RowSource* source : {&comparison.ref, &comparison.dists[0]})
    *source = [rows = *source, &meeting](int y, const InputRow& row) {
      rows(y, row);
      meeting.meet();
    };
  EXPECT_EQ(network_of(bytes, 2)->distances(comparison).value().at(0), expected);
  EXPECT_FALSE(meeting.in_vain()) << "one thread alone made rows";
  EXPECT_EQ(meeting.threads(), 2u);
}

// As several contexts do that score several clips against one reference.
TEST(LpipsNetwork, ServesSeveralThreadsAtOnce) {
  const auto network = network_of(squeeze_network(4), 2);
  std::vector<std::thread> contexts;
  for (unsigned seed = 0; seed < 4; ++seed)
    contexts.emplace_back([&network, seed] {
      const Pictures pictures(60 + static_cast<int>(seed) % 2 * 7, 50, seed);
      const double expected = distance(*network, pictures);
      for (int round = 0; round < 5; ++round) EXPECT_EQ(distance(*network, pictures), expected);
    });
  for (std::thread& context : contexts) context.join();
}

TEST(LpipsNetwork, EndsSoonWhenNoDistanceIsWantedAnyMore) {
  const Pictures pictures(121, 95, 6);
  for (const int threads : {1, 3}) {
    const auto network = network_of(squeeze_network(4), threads);
    const double expected = distance(*network, pictures);
    std::stop_source early, late;
    early.request_stop();
    Comparison comparison = pictures.comparison();
    comparison.dists.push_back(pictures.rows(pictures.dist));
    comparison.stops = {early.get_token(), late.get_token()};
    EXPECT_EQ(network->distances(comparison).value(), std::vector(2, expected)) << "one is wanted";
    int rows = 0;
    comparison.dists[0] = [&](int y, const InputRow& row) {
      if (++rows == 20) late.request_stop();
      pictures.rows(pictures.dist)(y, row);
    };
    const auto given_up = network->distances(comparison);
    ASSERT_FALSE(given_up);
    EXPECT_EQ(given_up.error().code, ECANCELED);
    EXPECT_LT(rows, 90) << "of 95";
    EXPECT_EQ(distance(*network, pictures), expected) << "nothing is left over";
  }
}

TEST(LpipsNetwork, WhatARowThrowsIsThrownToTheCallerAndNothingIsLeftOver) {
  const Pictures pictures(121, 95, 6);
  for (const int threads : {1, 3}) {
    const auto network = network_of(squeeze_network(4), threads);
    const double expected = distance(*network, pictures);
    for (const int row : {0, 40, 94}) {
      Comparison comparison = pictures.comparison();
      comparison.dists[0] = [&](int y, const InputRow& to) {
        if (y == row) throw std::bad_alloc();
        pictures.rows(pictures.dist)(y, to);
      };
      EXPECT_THROW((void)network->distances(comparison), std::bad_alloc);
    }
    EXPECT_EQ(distance(*network, pictures), expected);
  }
}

TEST(LpipsNetwork, Int16IsClose) {
  VISQ_NEED(nn::int16_available(), "a CPU that adds pairs of 16-bit products");
  double largest = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::string bytes = squeeze_network(seed);
    const Pictures pictures(60, 50, seed);
    const double exact = distance(*network_of(bytes), pictures);
    const double int16 = distance(*network_of(bytes, 2, Precision::int16), pictures);
    EXPECT_NEAR(int16, exact, 2e-3 * std::max(1.0, exact));
    EXPECT_EQ(int16, distance(*network_of(bytes, 3, Precision::int16), pictures))
        << "equal bits for any number of threads";
    largest = std::max(largest, std::abs(int16 - exact));
  }
  EXPECT_GT(largest, 0) << "nothing was int16";
}

TEST(LpipsNetwork, Int16NeedsItsInstructions) {
  hwy::SetSupportedTargetsForTest(HWY_SCALAR);
  ModelFile file = model_file(squeeze_network(1));
  const auto network = Network::make(file, 1, Precision::int16);
  hwy::SetSupportedTargetsForTest(0);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ENOTSUP);
}

// Together in groups that grow and shrink, equal bits to each pair alone.
void compare_together(const std::string& bytes, int width, int height, Precision precision) {
  SCOPED_TRACE(fmt::format("{}x{}", width, height));
  std::vector<Pictures> pictures;
  for (unsigned seed = 0; seed < 5; ++seed) pictures.emplace_back(width, height, seed);
  std::vector<double> expected;
  Comparison alone = pictures[0].comparison(), together = alone;
  together.dists.clear();
  const auto one_thread = network_of(bytes, 1, precision);
  for (const Pictures& p : pictures) {
    together.dists.push_back(p.rows(p.dist));
    alone.dists = {together.dists.back()};
    expected.push_back(one_thread->distances(alone).value().at(0));
  }
  const std::vector<RowSource> all = together.dists;
  for (const int threads : {1, 2, 3}) {
    const auto network = network_of(bytes, threads, precision);
    for (const int count : {2, 5, 1, 4}) {
      together.dists.assign(all.begin(), all.begin() + count);
      EXPECT_EQ(network->distances(together).value(),
                std::vector(expected.begin(), expected.begin() + count))
          << threads << " threads";
    }
  }
}

void compare_together(Precision precision) {
  NetworkWriter random(78);
  for (unsigned seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(seed);
    compare_together(squeeze_network(seed), random.pick(17, 120), random.pick(17, 90), precision);
    compare_together(chain_network(seed), random.pick(37, 120), random.pick(37, 90), precision);
  }
}

TEST(LpipsNetwork, PicturesTogetherAreAsFarApartAsAlone) { compare_together(Precision::fp32); }
TEST(LpipsNetwork, PicturesTogetherAreAsFarApartAsAloneInInt16) {
  VISQ_NEED(nn::int16_available(), "a CPU that adds pairs of 16-bit products");
  compare_together(Precision::int16);
}

TEST(LpipsNetwork, SizesMayChangeBetweenPictures) {
  const auto network = network_of(squeeze_network(6), 2);
  const Pictures small(33, 21, 9), large(80, 70, 10);
  const double expected = distance(*network, small);
  EXPECT_GT(distance(*network, large), 0);
  EXPECT_EQ(distance(*network, small), expected);
}

TEST(LpipsNetwork, IdenticalPicturesAreNotApart) {
  Pictures pictures(40, 40, 11);
  pictures.dist = pictures.ref;
  EXPECT_EQ(distance(*network_of(squeeze_network(7)), pictures), 0);
}

TEST(LpipsNetwork, MapsHoldWhatMakesTheDistance) {
  const Pictures pictures(75, 60, 12);
  const auto network = network_of(squeeze_network(8), 2);
  std::vector<TapMap> maps;
  Comparison comparison = pictures.comparison();
  comparison.dists.push_back(comparison.ref);
  const double distance = network->distances(comparison, &maps).value().at(0);
  ASSERT_EQ(maps.size(), 4u);
  double sum = 0;
  for (const TapMap& map : maps)
    sum += std::accumulate(map.values.begin(), map.values.end(), 0.0) /
           static_cast<double>(map.values.size());
  EXPECT_NEAR(sum, distance, 1e-12);
}

TEST(LpipsNetwork, RefusesPicturesWithoutAWindow) {
  const Pictures pictures(40, 2, 13);
  const auto distances = network_of(squeeze_network(9))->distances(pictures.comparison());
  ASSERT_FALSE(distances);
  EXPECT_EQ(distances.error().code, EINVAL);
  EXPECT_NE(distances.error().message.find("40x2"), std::string::npos);
}

}  // namespace
}  // namespace visq::lpips
