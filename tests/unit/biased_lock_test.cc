// base/biased_lock.h and base/owner_lock.h: mutual exclusion, whoever is favoured.
#include "base/biased_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/owner_lock.h"
#include "fixture.h"

namespace {

using goc::BiasedLock;
using goc::Guard;
using goc_test::effort;
using goc_test::eventually;

// Plain words that a lock guards: without it, updates would be lost, and TSan would say so.
struct Counter {
  int64_t value = 0;
  int64_t twice = 0;

  void add() {
    ++value;
    twice += 2;
    ASSERT_EQ(twice, 2 * value);
  }
};

void lock_often(BiasedLock& lock, int times) {
  for (int i = 0; i < times; ++i) Guard guard(lock);
}

TEST(BiasedLock, ThreadsHaveTokensOfTheirOwn) {
  const void* mine = goc::thread_token();
  const void* other = nullptr;
  std::thread([&] { other = goc::thread_token(); }).join();
  EXPECT_NE(mine, nullptr);
  EXPECT_EQ(goc::thread_token(), mine);
  EXPECT_NE(other, mine);
}

TEST(BiasedLock, AFavouriteKeepsOthersOutWhileItHoldsIt) {
  BiasedLock lock;
  lock_often(lock, 1000);  // enough for the bias
  goc::Atom<bool> wants{false}, has_it{false};
  lock.lock();
  std::thread other([&] {
    wants = true;
    Guard guard(lock);
    has_it = true;
  });
  eventually([&] { return wants.load(); });
  for (int i = 0; i < 100; ++i) {
    std::this_thread::yield();
    ASSERT_FALSE(has_it.load());
  }
  lock.unlock();
  other.join();
  EXPECT_TRUE(has_it.load());
  lock_often(lock, 10);
}

TEST(BiasedLock, ItPassesFromOneFavouriteToTheNext) {
  BiasedLock lock;
  Counter counter;
  for (int round = 0; round < 20; ++round)
    std::thread([&] {
      for (int i = 0; i < 5000; ++i) {
        Guard guard(lock);
        counter.add();
      }
    }).join();
  EXPECT_EQ(counter.value, 100000);
}

// A favourite that is always inside, and others that drop in: every revocation meets a holder.
TEST(BiasedLock, StressOthersAndTheFavouriteExcludeEachOther) {
  BiasedLock lock;
  Counter counter;
  goc::Atom<bool> stop{false};
  int64_t rare = 0;
  std::thread favourite([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      Guard guard(lock);
      counter.add();
    }
  });
  for (const int64_t most = effort(20000); rare < most; ++rare) {
    for (int64_t i = rare % 300; i > 0; --i) goc::cpu_relax();
    Guard guard(lock);
    counter.add();
  }
  stop = true;
  favourite.join();
  EXPECT_EQ(counter.twice, 2 * counter.value);
}

TEST(BiasedLock, StressManyThreadsInRunsOfTheirOwn) {
  BiasedLock lock;
  Counter counter;
  const auto runs = static_cast<int>(effort(200));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int run = 0; run < runs; ++run) {
        for (int i = 0; i < 200; ++i) {
          Guard guard(lock);
          counter.add();
        }
        std::this_thread::yield();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value, 4 * 200 * int64_t{runs});
}

TEST(OwnerLock, StressOwnerAndVisitorsExcludeEachOther) {
  goc::OwnerLock lock;
  Counter counter;
  goc::Atom<bool> stop{false};
  int64_t by_owner = 0;
  std::thread owner([&] {
    for (; !stop.load(std::memory_order_relaxed); ++by_owner) {
      lock.enter();
      counter.add();
      lock.leave();
    }
  });
  const auto visits = static_cast<int>(effort(20000));
  std::vector<std::thread> visitors;
  for (int t = 0; t < 2; ++t)
    visitors.emplace_back([&] {
      for (int i = 0; i < visits; ++i) {
        lock.visit();
        counter.add();
        lock.end_visit();
      }
    });
  for (std::thread& visitor : visitors) visitor.join();
  stop = true;
  owner.join();
  EXPECT_EQ(counter.value, by_owner + 2 * int64_t{visits});
}

}  // namespace
