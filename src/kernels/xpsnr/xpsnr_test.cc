#include "kernels/xpsnr/xpsnr.h"

#include <random>

#include <gtest/gtest.h>

#include "kernels/testing.h"
#include "kernels/xpsnr/cells.h"

namespace visq::xpsnr {
namespace {

struct Size {
  int width, height;
};

// Around the sizes of vectors and blocks, and of more than one part.
constexpr Size kSizes[] = {{1, 1},   {2, 9},   {3, 3},   {4, 4},   {5, 6},   {7, 5},   {8, 8},
                           {15, 12}, {17, 11}, {31, 9},  {34, 10}, {35, 7},  {65, 6},  {66, 13},
                           {69, 8},  {101, 9}, {12, 70}, {9, 131}, {130, 5}, {18, 200}};

Grid grid_of(Size plane, Size block) {
  return {block.width, block.height, (plane.width + block.width - 1) / block.width,
          (plane.height + block.height - 1) / block.height};
}

template <typename T>
class Frames {
 public:
  Frames(Size size, int bits, std::mt19937& random)
      : bits_(bits),
        now_(noise(size, random)),
        before_(noise(size, random)),
        earlier_(noise(size, random)),
        distorted_(noise(size, random)) {}

  Reference reference(bool large, bool two_before) const {
    return {now_.samples(bits_), before_.samples(bits_),
            two_before ? earlier_.samples(bits_) : Samples(), large};
  }
  Luma luma(bool large, bool two_before) const { return {reference(large, two_before), pair()}; }
  Pair pair() const { return {now_.samples(bits_), distorted_.samples(bits_)}; }

 private:
  test::Poisoned<T> noise(Size size, std::mt19937& random) const {
    return test::noise<T>(size.width, size.height, (1u << bits_) - 1, random);
  }
  int bits_;
  test::Poisoned<T> now_, before_, earlier_, distorted_;
};

void expect_equal_sums(const Luma& luma, const Grid& grid) {
  const std::size_t count = grid.blocks();
  std::vector<Activity> expected(count), found(count);
  std::vector<std::uint64_t> expected_errors(count), errors(count);
  activities_ref(luma.reference, grid, expected.data());
  errors_ref(luma.planes, grid, expected_errors.data());
  Scratch scratch;
  sums_of_luma(luma, grid, {found.data(), errors.data()}, scratch, *serial());
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(found[i].spatial, expected[i].spatial) << "block " << i << " of " << count;
    EXPECT_EQ(found[i].temporal, expected[i].temporal) << "block " << i << " of " << count;
  }
  EXPECT_EQ(errors, expected_errors);
}

// Sums of cells are kept: made for the frames before at first, then there, that of this frame too.
void expect_equal_sums_with_kept_cells(Luma luma, const Grid& grid) {
  if (!CellSums::fit(luma.reference.now)) return;
  const auto pool = std::make_shared<CellSums::Pool>();
  const CellSums now(luma.reference.now, grid, pool), before(luma.reference.now, grid, pool),
      earlier(luma.reference.now, grid, pool);
  luma.kept = {&now, &before, &earlier};
  expect_equal_sums(luma, grid);
  expect_equal_sums(luma, grid);
  // This frame is the one before the next.
  luma.reference.before = luma.reference.now;
  luma.kept = {nullptr, &now, &earlier};
  expect_equal_sums(luma, grid);
}

void expect_equal_errors(const Pair& pair, const Grid& grid) {
  const std::size_t count = grid.blocks();
  std::vector<std::uint64_t> expected(count), found(count);
  errors_ref(pair, grid, expected.data());
  Scratch scratch;
  errors(pair, grid, found.data(), scratch, *serial());
  EXPECT_EQ(found, expected);
}

template <typename T>
void compare(Size size, int bits) {
  std::mt19937 random(11);
  const Frames<T> frames(size, bits, random);
  SCOPED_TRACE(testing::Message() << size.width << "x" << size.height << " bits " << bits);
  for (const bool large : {false, true})
    for (const bool two_before : {false, true})
      for (const int side : {4, 8, 20, 128})
        expect_equal_sums(frames.luma(large, two_before), grid_of(size, {side, side}));
  for (const bool two_before : {false, true})
    for (const int side : {4, 20, 128})
      expect_equal_sums_with_kept_cells(frames.luma(true, two_before), grid_of(size, {side, side}));
  for (const Size block : {Size{4, 4}, {2, 4}, {5, 3}, {64, 64}, {200, 300}})
    expect_equal_errors(frames.pair(), grid_of(size, block));
}

TEST(Xpsnr, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const Size size : kSizes) {
      compare<std::uint8_t>(size, 8);
      for (const int bits : {9, 10, 12, 15, 16}) compare<std::uint16_t>(size, bits);
    }
  });
}

// The planes of one picture under a stride of 0: what is before the start of a clip.
TEST(Xpsnr, BlackFramesAreARowWithoutAStride) {
  std::mt19937 random(3);
  const Size size{37, 29};
  const Frames<std::uint16_t> frames(size, 10, random);
  const std::vector<std::uint16_t> row(37, 0);
  const Samples black(PlaneView<const std::uint16_t>{row.data(), 0, size.width, size.height}, 10);
  test::on_every_target([&] {
    for (const bool large : {false, true}) {
      Luma luma = frames.luma(large, true);
      luma.reference.before = luma.reference.earlier = black;
      expect_equal_sums(luma, grid_of(size, {8, 8}));
    }
  });
}

// Filtered values, changes and errors as large as can be, in the tallest blocks that there are:
// those of a picture of 32768x32768.
TEST(Xpsnr, HoldsTheLargestBlocks) {
  constexpr int kBlock = 1456;
  const Size size{40, kBlock};
  test::Poisoned<std::uint16_t> cells(size.width, size.height), inverse(cells), white(cells);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const bool bright = (x / 2 + y / 2) % 2 == 0;
      cells.plane.row(y)[x] = bright ? 65535 : 0;
      inverse.plane.row(y)[x] = bright ? 0 : 65535;
      white.plane.row(y)[x] = 65535;
    }
  const Grid grid{kBlock, kBlock, 1, 1};
  const Pair opposites{cells.samples(16), inverse.samples(16)};
  test::on_every_target([&] {
    for (const bool large : {false, true}) {
      expect_equal_sums(
          {{cells.samples(16), inverse.samples(16), cells.samples(16), large}, opposites}, grid);
      expect_equal_sums({{white.samples(16), inverse.samples(16), Samples(), large}, opposites},
                        grid);
    }
    expect_equal_errors(opposites, grid);
  });
}

}  // namespace
}  // namespace visq::xpsnr
