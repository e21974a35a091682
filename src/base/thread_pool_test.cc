#include "base/thread_pool.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

namespace visq {
namespace {

constexpr std::chrono::seconds kGenerous(60);

// Until `condition`, or until a test that fails has waited long enough.
template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kGenerous;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

// `round` for each round, in whichever thread.
void loop(ThreadPool& pool, std::size_t count, const std::function<void(std::size_t)>& round) {
  pool.loop(count, [&](ThreadPool::Rounds& rounds) {
    while (const auto i = rounds.take()) round(*i);
  });
}

// Runs `task` in the pool, and throws what it throws.
void do_task(ThreadPool& pool, const std::function<void()>& task) {
  auto packaged = std::make_shared<std::packaged_task<void()>>(task);
  auto result = packaged->get_future();
  pool.submit([packaged] { (*packaged)(); });
  result.get();
}

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

TEST(ThreadPoolLoop, DoesEachRoundOnce) {
  for (const std::size_t threads : {0u, 1u, 2u, 8u})
    for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
      ThreadPool pool(threads);
      std::vector<std::atomic<int>> done(count);
      do_task(pool, [&] { loop(pool, count, [&](std::size_t i) { ++done[i]; }); });
      for (const auto& times : done) EXPECT_EQ(times, 1) << threads;
    }
}

TEST(ThreadPoolLoop, IdleThreadsHelp) {
  ThreadPool pool(3);
  std::atomic<int> begun = 0;
  do_task(pool, [&] {
    loop(pool, 3, [&](std::size_t) {
      ++begun;
      EXPECT_TRUE(comes_true([&] { return begun == 3; })) << "no round is done until all are begun";
    });
  });
}

TEST(ThreadPoolLoop, ATaskIsBegunBeforeAWorkerHelps) {
  constexpr int kMany = 100000;
  ThreadPool pool(2);
  std::atomic<int> done = 0, done_at_task = -1;
  std::atomic<bool> helped = false;
  do_task(pool, [&] {
    pool.loop(kMany, [&](ThreadPool::Rounds& rounds) {
      while (rounds.take()) {
        if (rounds.helps()) {
          helped = true;
        } else if (done_at_task < 0) {
          EXPECT_TRUE(comes_true([&] { return helped.load(); }));
          pool.submit([&] { done_at_task = done.load(); });
          EXPECT_TRUE(comes_true([&] { return done_at_task >= 0; }));
        }
        if (done < 1000) std::this_thread::sleep_for(std::chrono::microseconds(100));
        ++done;
      }
    });
  });
  EXPECT_EQ(done, kMany);
  EXPECT_LT(done_at_task, kMany - 1) << "the helper left rounds undone for the task";
}

TEST(ThreadPoolLoop, WhatARoundThrowsIsThrownWhenTheOthersHaveEnded) {
  for (const bool by_helper : {false, true}) {
    ThreadPool pool(4);
    std::atomic<int> inside = 0;
    std::atomic<bool> threw = false;
    const auto share = [&](ThreadPool::Rounds& rounds) {
      while (rounds.take()) {
        ++inside;
        EXPECT_TRUE(comes_true([&] { return threw || inside >= 2; }));
        if (rounds.helps() == by_helper && !threw.exchange(true)) {
          --inside;
          throw std::runtime_error("a round");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --inside;
      }
    };
    EXPECT_THROW(do_task(pool,
                         [&] {
                           const auto check = [&] { EXPECT_EQ(inside, 0) << by_helper; };
                           try {
                             pool.loop(1000, share);
                           } catch (...) {
                             check();
                             throw;
                           }
                         }),
                 std::runtime_error);
    std::atomic<int> after = 0;
    do_task(pool, [&] { loop(pool, 100, [&](std::size_t) { ++after; }); });
    EXPECT_EQ(after, 100) << "the pool goes on";
  }
}

TEST(ThreadPoolLoop, LoopsWithinLoopsOfManyTasksEnd) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(4);
    for (int task = 0; task < 50; ++task)
      pool.submit([&] {
        loop(pool, 5, [&](std::size_t) {
          loop(pool, 4, [&](std::size_t) { loop(pool, 3, [&](std::size_t) { ++done; }); });
        });
      });
  }  // and while the pool ends
  EXPECT_EQ(done, 50 * 5 * 4 * 3);
}

TEST(ThreadPoolLoop, ThousandsOfSmallOnesUnderContention) {
  ThreadPool pool(8);
  std::atomic<long> sum = 0;
  std::atomic<int> tasks = 0;
  for (int task = 0; task < 16; ++task)
    pool.submit([&] {
      for (int i = 0; i < 2000; ++i) {
        long parts[7] = {};  // without atomics: the loop's end orders them before what follows
        loop(pool, 7, [&](std::size_t part) { parts[part] = static_cast<long>(part); });
        for (const long part : parts) sum += part;
      }
      ++tasks;
    });
  EXPECT_TRUE(comes_true([&] { return tasks == 16; }));
  EXPECT_EQ(sum, 16 * 2000 * 21);
}

}  // namespace
}  // namespace visq
