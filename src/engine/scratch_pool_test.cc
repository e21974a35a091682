#include "engine/scratch_pool.h"

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(ScratchPool, GivesWhatWasGivenBackToTheSameMetricAndFormat) {
  const auto pool = ScratchPool::of("64x48 8-bit");
  Scratch first = pool->take("vif");
  const void* memory = first.take<int>(100);
  pool->give("vif", std::move(first));
  EXPECT_NE(pool->take("adm").take<int>(100), memory) << "its blocks have other sizes";
  EXPECT_EQ(ScratchPool::of("64x48 8-bit")->take("vif").take<int>(100), memory);
  EXPECT_NE(ScratchPool::of("64x48 10-bit"), pool);
}

TEST(ScratchPool, EndsWithItsLastEngine) {
  auto pool = ScratchPool::of("32x32");
  const std::weak_ptr<ScratchPool> left = pool;
  pool.reset();
  EXPECT_TRUE(left.expired());
  EXPECT_NE(ScratchPool::of("32x32"), nullptr);
}

}  // namespace
}  // namespace visq
