#include "base/parallel.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(Parallel, SerialDoesEachPartOnceInOrder) {
  Scratch scratch;
  std::vector<std::size_t> done;
  serial()->run(4, scratch, [&](std::size_t part, Scratch&) { done.push_back(part); });
  EXPECT_EQ(done, (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(Parallel, PartsGiveTheirScratchBack) {
  Scratch scratch;
  int* const own = scratch.take<int>(10);
  own[0] = 7;
  std::vector<int*> taken;
  serial()->run(3, scratch, [&](std::size_t, Scratch& s) {
    taken.push_back(s.take<int>(1000));
    taken.back()[0] = 1;
  });
  EXPECT_EQ(taken[0], taken[1]);
  EXPECT_EQ(taken[0], taken[2]);
  EXPECT_NE(taken[0], own);
  EXPECT_EQ(own[0], 7);
}

TEST(Parallel, WhatAPartThrowsIsThrown) {
  Scratch scratch;
  EXPECT_THROW(serial()->run(2, scratch,
                             [](std::size_t part, Scratch&) {
                               if (part == 1) throw std::runtime_error("part 1");
                             }),
               std::runtime_error);
}

}  // namespace
}  // namespace visq
