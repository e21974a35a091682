#include "base/thread_pool.h"

#include <atomic>

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(ThreadPool, WithoutThreadsRunsInTheCaller) {
  ThreadPool pool(0);
  const auto caller = std::this_thread::get_id();
  bool ran = false;
  pool.submit([&] {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ran = true;
  });
  EXPECT_TRUE(ran);
}

TEST(ThreadPool, RunsEverythingBeforeItIsGone) {
  std::atomic<int> count = 0;
  {
    ThreadPool pool(3);
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++count; });
  }
  EXPECT_EQ(count, 1000);
}

TEST(ThreadPool, OneWorkerKeepsTheOrder) {
  std::vector<int> order;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 100; ++i) pool.submit([&order, i] { order.push_back(i); });
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace visq
