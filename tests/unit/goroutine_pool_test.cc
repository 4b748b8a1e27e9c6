// GoroutinePool: descriptors are handed out once each, recycled, and refused without memory.
#include "sched/goroutine_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"

namespace {

using goc::Goroutine;
using goc::GoroutineCache;
using goc_test::effort;
using goc_test::FailingCalls;

class GoroutinePool : public testing::Test {
 protected:
  ~GoroutinePool() override { pool_.clear(); }

  // Takes `count`, all different; marks them alive.
  std::vector<Goroutine*> take(GoroutineCache& cache, size_t count) {
    std::set<Goroutine*> different;
    for (size_t i = 0; i < count; ++i) {
      Goroutine* g = pool_.take(cache);
      EXPECT_NE(g, nullptr);
      EXPECT_TRUE(different.insert(g).second) << "it is taken already";
      g->alive = true;
    }
    return {different.begin(), different.end()};
  }
  void give(GoroutineCache& cache, const std::vector<Goroutine*>& all) {
    for (Goroutine* g : all) {
      g->alive = false;
      pool_.give(cache, g);
    }
  }
  size_t count_alive() {
    size_t count = 0;
    pool_.for_each_alive([&](Goroutine&) { ++count; });
    return count;
  }

  goc::GoroutinePool pool_;
};

TEST_F(GoroutinePool, EveryTakerGetsADescriptorOfItsOwn) {
  GoroutineCache one;
  GoroutineCache other;
  auto mine = take(one, 500);
  const auto theirs = take(other, 500);
  for (Goroutine* g : theirs) mine.push_back(g);
  EXPECT_EQ(std::set<Goroutine*>(mine.begin(), mine.end()).size(), 1000u);
}

TEST_F(GoroutinePool, DescriptorsLieOnLinesOfTheirOwn) {
  GoroutineCache cache;
  for (Goroutine* g : take(cache, 100)) EXPECT_EQ(reinterpret_cast<uintptr_t>(g) % 64, 0u);
}

TEST_F(GoroutinePool, TheOneGivenLastIsTakenNext) {
  GoroutineCache cache;
  const auto all = take(cache, 3);
  give(cache, all);
  EXPECT_EQ(pool_.take(cache), all[2]);
  EXPECT_EQ(pool_.take(cache), all[1]);
}

// What one worker gives another may take: a pipeline of goroutines does not grow the pool.
TEST_F(GoroutinePool, WhatOneCacheGivesAnotherTakes) {
  GoroutineCache spawner;
  GoroutineCache ender;
  std::set<Goroutine*> ever;
  for (int round = 0; round < 1000; ++round) {
    const auto all = take(spawner, 100);
    ever.insert(all.begin(), all.end());
    give(ender, all);
  }
  EXPECT_LT(ever.size(), 1000u);
}

TEST_F(GoroutinePool, FlushMakesACacheEmptyAndItsContentsShared) {
  GoroutineCache cache;
  const auto all = take(cache, 64);
  give(cache, all);
  pool_.flush(cache);
  EXPECT_EQ(cache.free, nullptr);
  EXPECT_EQ(cache.count, 0u);
  std::set<Goroutine*> shared;
  for (int i = 0; i < 64; ++i) shared.insert(pool_.take_shared());
  EXPECT_EQ(shared, std::set<Goroutine*>(all.begin(), all.end()));
}

TEST_F(GoroutinePool, ThreadsThatAreNoWorkersShareOneList) {
  Goroutine* g = pool_.take_shared();
  ASSERT_NE(g, nullptr);
  pool_.give_shared(g);
  EXPECT_EQ(pool_.take_shared(), g);
}

TEST_F(GoroutinePool, VisitsExactlyThoseThatAreAlive) {
  GoroutineCache cache;
  auto all = take(cache, 3000);  // in more than one chunk
  EXPECT_EQ(count_alive(), 3000u);
  give(cache, {all.begin(), all.begin() + 1000});
  std::set<Goroutine*> visited;
  pool_.for_each_alive([&](Goroutine& g) { EXPECT_TRUE(visited.insert(&g).second); });
  EXPECT_EQ(visited, std::set<Goroutine*>(all.begin() + 1000, all.end()));
}

TEST_F(GoroutinePool, WithoutMemoryThereIsNoneAndLaterThereIs) {
  GoroutineCache cache;
  {
    FailingCalls none(goc::os::Call::kMap);
    EXPECT_EQ(pool_.take(cache), nullptr);
    EXPECT_EQ(pool_.take_shared(), nullptr);
    EXPECT_EQ(cache.count, 0u);
  }
  take(cache, 10);
}

// All that were carved before the shortage are handed out.
TEST_F(GoroutinePool, WithoutMemoryTheLastOnesAreHandedOut) {
  GoroutineCache cache;
  size_t count = 0;
  {
    FailingCalls none(goc::os::Call::kMap, 1);
    std::set<Goroutine*> different;
    while (Goroutine* g = pool_.take(cache)) {
      ASSERT_TRUE(different.insert(g).second);
      ASSERT_LE(++count, 100000u);
    }
  }
  EXPECT_EQ(count, 64u * 1024 / sizeof(Goroutine) - 1);
}

TEST_F(GoroutinePool, ClearLetsItStartAnew) {
  GoroutineCache cache;
  take(cache, 3000);
  pool_.clear();
  EXPECT_EQ(count_alive(), 0u);
  GoroutineCache next;
  take(next, 10);
  EXPECT_EQ(count_alive(), 10u);
}

// Each round exchanges batches with the shared list.
TEST_F(GoroutinePool, StressNoDescriptorIsHeldTwice) {
  goc::Atom<int> held_twice{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      GoroutineCache cache;
      std::vector<Goroutine*> held(150);
      for (int64_t round = 0; round < effort(10000); ++round) {
        for (Goroutine*& g : held) {
          g = pool_.take(cache);
          held_twice += g->alive;
          g->alive = true;
        }
        give(cache, held);
      }
      pool_.flush(cache);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(held_twice, 0);
  EXPECT_EQ(count_alive(), 0u);
}

}  // namespace
