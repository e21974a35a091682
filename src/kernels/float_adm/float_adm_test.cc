#include "kernels/float_adm/float_adm.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::float_adm {
namespace {

enum class Content { noise, texture, flat };

double sample(Content content, int x, int y, std::mt19937& random) {
  switch (content) {
    case Content::noise:
      return random() % 256;
    case Content::texture:
      return (x * 5 + y * 3 + static_cast<int>(random() % 8)) % 96 + 40;
    case Content::flat:
      break;
  }
  return 100;
}

// A reference, and a distorted picture with less or more contrast and a little noise.
template <typename T>
void fill(PlaneView<T> ref, PlaneView<T> dist, Content content, double contrast, double unit) {
  std::mt19937 random(7);
  for (int y = 0; y < ref.height; ++y)
    for (int x = 0; x < ref.width; ++x) {
      const double value = sample(content, x, y, random);
      ref.row(y)[x] = static_cast<T>(value * unit);
      dist.row(y)[x] = static_cast<T>(
          std::clamp((value - 128) * contrast + 128 + random() % 5 * 0.5, 0., 255.) * unit);
    }
}

Rule rule_of(float limit, double norm, bool masking) {
  return {0.0173f, 0.0059f, limit, norm, 0.03125, masking, true};
}

void expect_near(const ScaleScore& vector, const ScaleScore& plain) {
  EXPECT_NEAR(vector.restored, plain.restored, 2e-5 * plain.restored + 1e-6);
  EXPECT_NEAR(vector.reference, plain.reference, 2e-5 * plain.reference + 1e-6);
  EXPECT_NEAR(vector.additive, plain.additive, 2e-5 * plain.additive + 1e-5);
}

template <typename T>
void compare(int width, int height, int bits, std::vector<double>& all) {
  Scratch scratch;
  test::Poisoned<T> ref(width, height), dist(width, height);
  test::Poisoned<float> next_ref(band_side(width), band_side(height)),
      next_dist = next_ref, plain_ref = next_ref, plain_dist = next_ref;
  for (const Content content : {Content::noise, Content::texture, Content::flat})
    for (const Rule& rule : {rule_of(100, 3, true), rule_of(1.2f, 2, true), rule_of(1, 3, false)}) {
      SCOPED_TRACE(testing::Message() << width << "x" << height << " bits " << bits << " content "
                                      << static_cast<int>(content) << " limit " << rule.gain_limit);
      fill(ref.plane, dist.plane, content, rule.gain_limit > 1 ? 1.3 : 0.8,
           std::ldexp(1.0, bits - 8));
      const Pictures pictures{ref.samples(bits), dist.samples(bits)};
      scratch.reset();
      const ScaleScore vector =
          score_scale(pictures, rule, {next_ref.plane, next_dist.plane}, scratch, *serial());
      expect_near(vector, score_scale_ref(pictures, rule, {plain_ref.plane, plain_dist.plane}));
      EXPECT_EQ(next_ref.memory, plain_ref.memory);
      EXPECT_EQ(next_dist.memory, plain_dist.memory);
      all.insert(all.end(), {vector.restored, vector.reference, vector.additive});
    }
}

std::vector<double> compare_all() {
  std::vector<double> all;
  for (const auto& [width, height] : {std::pair{3, 3},
                                      {4, 5},
                                      {5, 4},
                                      {8, 8},
                                      {17, 19},
                                      {31, 33},
                                      {32, 12},
                                      {66, 34},
                                      {101, 60},
                                      {200, 21},
                                      {18, 530}}) {
    compare<std::uint8_t>(width, height, 8, all);
    for (const int bits : {10, 16}) compare<std::uint16_t>(width, height, bits, all);
    compare<float>(width, height, 8, all);
  }
  return all;
}

TEST(FloatAdm, IsThatOfTheReferenceWithTheSameBitsOnEveryTarget) {
  const std::vector<double> best = compare_all();
  test::on_every_target([&] { EXPECT_EQ(compare_all(), best); });
}

TEST(FloatAdm, OfIdenticalPicturesRestoresAllAndAddsNothing) {
  test::Poisoned<std::uint8_t> picture(64, 48), unused(64, 48);
  fill(picture.plane, unused.plane, Content::texture, 1, 1);
  Scratch scratch;
  const ScaleScore score = score_scale({picture.samples(), picture.samples()},
                                       rule_of(100, 3, true), {}, scratch, *serial());
  EXPECT_EQ(score.restored, score.reference);
  EXPECT_EQ(score.additive, 0);
}

// Only approximations are wanted: those are the same, and nothing is scored.
TEST(FloatAdm, MakesApproximationsAlone) {
  test::Poisoned<std::uint8_t> ref(50, 37), dist(50, 37);
  fill(ref.plane, dist.plane, Content::noise, 0.9, 1);
  Rule rule = rule_of(100, 3, true);
  Scratch scratch;
  Plane<float> a(25, 19), b(25, 19), c(25, 19), d(25, 19);
  const Pictures pictures{ref.samples(), dist.samples()};
  score_scale(pictures, rule, {a.view(), b.view()}, scratch, *serial());
  rule.score = false;
  const ScaleScore score = score_scale(pictures, rule, {c.view(), d.view()}, scratch, *serial());
  EXPECT_EQ(score.reference, 0);
  for (int y = 0; y < 19; ++y) {
    EXPECT_TRUE(std::equal(a.row(y), a.row(y) + 25, c.row(y)));
    EXPECT_TRUE(std::equal(b.row(y), b.row(y) + 25, d.row(y)));
  }
}

}  // namespace
}  // namespace visq::float_adm
