// base/biased_lock.h and base/owner_lock.h: mutual exclusion, whoever is favoured.
#include "base/biased_lock.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

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
  const uintptr_t mine = goc::thread_token();
  uintptr_t other = 0;
  std::thread([&] { other = goc::thread_token(); }).join();
  EXPECT_NE(mine, 0u);
  EXPECT_EQ(goc::thread_token(), mine);
  EXPECT_NE(other, mine);
}

TEST(BiasedLock, AFavouriteKeepsOthersOutWhileItHoldsIt) {
  BiasedLock lock;
  lock_often(lock, 10000);  // enough for the bias
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

// Stops the calling thread wherever it is, until another has had its lock or a moment has passed.
goc::Atom<int> g_stopped{0};
goc::Atom<bool> g_go_on{false};
void stop_here(int) {
  g_stopped.fetch_add(1);
  for (int i = 0; i < 500 && !g_go_on.load(std::memory_order_relaxed); ++i) goc::cpu_relax();
}

// A lock with a favourite that takes it again and again until another thread has had it.
struct Fought {
  BiasedLock lock;
  goc::Atom<bool> other_inside{false};
  goc::Atom<int> turns{0};
  goc::Atom<bool> over{false};
  int broken = 0;

  void favour() {
    while (!over.load(std::memory_order_relaxed)) {
      Guard guard(lock);
      broken += other_inside.load(std::memory_order_relaxed) ? 1 : 0;
      turns.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void intrude(int pauses) {
    lock.lock();
    other_inside.store(true, std::memory_order_relaxed);
    g_go_on = true;
    for (int i = 0; i < pauses; ++i) goc::cpu_relax();  // it takes some to return from the signal
    other_inside.store(false, std::memory_order_relaxed);
    lock.unlock();
  }
};

// A signal stops the favourite between two instructions of its choice; there it loses the bias.
TEST(BiasedLock, StressTheFavouriteLosesItsBiasWhereverItIs) {
  struct sigaction action = {}, before = {};
  action.sa_handler = &stop_here;
  sigaction(SIGUSR2, &action, &before);
  std::vector<Fought> locks(static_cast<size_t>(effort(10000)));
  std::thread favourite([&] {
    for (Fought& fought : locks) fought.favour();
  });
  int number = 0;
  for (Fought& fought : locks) {
    while (fought.turns.load() < 2000) std::this_thread::yield();
    g_go_on = false;
    const int stopped = g_stopped.load();
    pthread_kill(favourite.native_handle(), SIGUSR2);
    while (g_stopped.load() == stopped) std::this_thread::yield();
    fought.intrude(number++ % 200);
    fought.over = true;
  }
  favourite.join();
  sigaction(SIGUSR2, &before, nullptr);
  for (const Fought& fought : locks) ASSERT_EQ(fought.broken, 0);
}

// Long enough to earn the favour, also anew.
TEST(BiasedLock, StressManyThreadsInRunsOfTheirOwn) {
  constexpr int kRun = 3000;
  BiasedLock lock;
  Counter counter;
  const auto runs = static_cast<int>(effort(200));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int run = 0; run < runs; ++run) {
        for (int i = 0; i < kRun; ++i) {
          Guard guard(lock);
          counter.add();
        }
        std::this_thread::yield();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value, 4 * kRun * int64_t{runs});
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
