// Mutex: exclusion, order, deadlines, misuse, life.
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "lock_fixtures.h"
#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

class Mutex : public goc_test::WithMutex {
 protected:
  // The fixture's own reference goes early.
  void release() { goc_mutex_release(std::exchange(mu_, nullptr)); }

  int lock(int64_t deadline = soon()) { return goc_mutex_lock(mu_, deadline); }
  int unlock() { return goc_mutex_unlock(mu_); }
  int blocked() { return blocked_on(mu_); }
  bool make_waiters_lose(int n);
};
GOC_FOR_ALL_PROCS(Mutex);

int64_t mutexes() { return goc::Mutex::live_count(); }

TEST_P(Mutex, IsHeldFromLockToUnlock) {
  EXPECT_EQ(lock(GOC_FOREVER), GOC_OK);
  EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK);
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(Mutex, UnlockOfAnUnlockedOneIsRefused) {
  EXPECT_EQ(unlock(), GOC_EPERM);
  lock();
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(unlock(), GOC_EPERM);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK);
  EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(Mutex, LockGivesUpAtItsDeadline) {
  lock();
  const auto give_up = [this] {
    EXPECT_EQ(lock(goc_deadline(0)), GOC_ETIMEDOUT);
    EXPECT_EQ(lock(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  };
  give_up();
  goc_test::run(give_up);
  EXPECT_EQ(blocked(), 0);
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(lock(goc_deadline(-1)), GOC_OK) << "a deadline in the past tries once";
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(Mutex, AnotherGoroutineOrThreadMayUnlock) {
  lock();
  goc_test::run([this] { EXPECT_EQ(unlock(), GOC_OK); });
  goc_test::run([this] { EXPECT_EQ(lock(), GOC_OK); });
  EXPECT_EQ(unlock(), GOC_OK);
  lock();
  Group waiters;
  waiters.go([this] { EXPECT_EQ(lock(), GOC_OK); });
  eventually([this] { return blocked() == 1; });
  std::thread([this] { EXPECT_EQ(unlock(), GOC_OK); }).join();
  waiters.wait();
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(Mutex, StressOneHolderAtATime) {
  const int64_t rounds = effort(5000);
  int64_t counter = 0;  // plain memory: ThreadSanitizer would see a race
  const auto count = [&] {
    for (int64_t i = 0; i < rounds; ++i) {
      ASSERT_EQ(lock(), GOC_OK);
      const int64_t before = counter;
      if (i % 8 == 0) goc_yield();  // it may be held across a switch, and unlocked elsewhere
      counter = before + 1;
      ASSERT_EQ(unlock(), GOC_OK);
    }
  };
  Group goroutines;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) goroutines.go(count);
  for (int i = 0; i < 2; ++i) threads.emplace_back(count);
  goroutines.wait();
  threads.clear();
  EXPECT_EQ(counter, 10 * rounds);
  EXPECT_EQ(unlock(), GOC_EPERM);
}

TEST_P(Mutex, WaitersAreServedInTheOrderTheyCame) {
  constexpr int kWaiters = 20;
  lock();
  Group waiters;
  std::vector<int> served;
  for (int i = 0; i < kWaiters; ++i) {
    waiters.go([&, i] {
      EXPECT_EQ(lock(), GOC_OK);
      served.push_back(i);
      EXPECT_EQ(unlock(), GOC_OK);
    });
    eventually([&] { return blocked() == i + 1; });
  }
  unlock();
  waiters.wait();
  std::vector<int> in_order(kWaiters);
  std::iota(in_order.begin(), in_order.end(), 0);
  EXPECT_EQ(served, in_order);
}

// Unlocks and locks again before those who are woken can lock: each of `n` waiters loses once, after
// it has waited long enough to starve. False if one was faster; then the mutex is not the caller's.
bool Mutex::make_waiters_lose(int n) {
  eventually([end = goc_now() + 2 * GOC_MILLISECOND] { return goc_now() > end; });
  for (int i = 0; i < n; ++i) {
    unlock();
    if (lock(goc_deadline(0)) != GOC_OK) return false;
  }
  eventually([&] { return blocked() == n; });
  return true;
}

TEST_P(Mutex, AStarvingWaiterIsServedNext) {
  int losses = 0;
  for (int attempt = 0; attempt < 1000 && losses < 10; ++attempt) {
    Chan gate(0, 0);
    Group waiters;
    ASSERT_EQ(lock(), GOC_OK);
    waiters.go([&] {
      EXPECT_EQ(lock(), GOC_OK);
      goc_chan_recv(gate, nullptr, soon());
      EXPECT_EQ(unlock(), GOC_OK);
    });
    goc_test::run([&] {
      eventually([this] { return blocked() == 1; });
      if (!make_waiters_lose(1)) return;
      ++losses;
      unlock();
      EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN) << "overtaken twice";
    });
    goc_chan_close(gate);
    waiters.wait();
  }
  EXPECT_GT(losses, 0);
}

TEST_P(Mutex, AWaiterThatLostKeepsItsPlace) {
  int losses = 0;
  for (int attempt = 0; attempt < 1000 && losses < 10; ++attempt) {
    Group waiters;
    std::vector<int> served;
    const auto wait = [&](int i) {
      waiters.go([&, i] {
        EXPECT_EQ(lock(), GOC_OK);
        served.push_back(i);
        EXPECT_EQ(unlock(), GOC_OK);
      });
      eventually([&] { return blocked() == i + 1; });
    };
    goc_test::run([&] {
      ASSERT_EQ(lock(), GOC_OK);
      wait(0);
      wait(1);
      unlock();
      if (lock(goc_deadline(0)) != GOC_OK) return;  // the waiter was faster
      ++losses;
      eventually([this] { return blocked() == 2; });
      unlock();
    });
    waiters.wait();
    EXPECT_EQ(served, (std::vector<int>{0, 1}));
  }
  EXPECT_GT(losses, 0);
}

TEST_P(Mutex, AllStarvingWaitersAreServedBeforeNewcomers) {
  int losses = 0;
  for (int attempt = 0; attempt < 1000 && losses < 10; ++attempt) {
    Chan gate(0, 0);
    Group waiters;
    bool lost = false;
    int served = 0;
    ASSERT_EQ(lock(), GOC_OK);
    for (int i = 0; i < 2; ++i)
      waiters.go([&] {
        EXPECT_EQ(lock(), GOC_OK);
        goc_chan_recv(gate, nullptr, soon());
        const bool come_back = lost && ++served == 1;
        EXPECT_EQ(unlock(), GOC_OK);
        if (!come_back) return;
        const int result = lock(goc_deadline(0));
        EXPECT_EQ(result, GOC_ETIMEDOUT) << "overtook the other";
        if (result == GOC_OK) unlock();
        goc_chan_close(gate);
      });
    goc_test::run([&] {
      eventually([this] { return blocked() == 2; });
      lost = make_waiters_lose(2);
      losses += lost;
      if (lost) unlock();
    });
    lost ? goc_chan_send(gate, nullptr, soon()) : goc_chan_close(gate);
    waiters.wait();
  }
  EXPECT_GT(losses, 0);
}

TEST_P(Mutex, NobodyIsOvertakenForEver) {
  std::atomic<bool> stop{false};
  const auto be_greedy = [&] {
    while (!stop) {
      for (int i = 0; i < 2; ++i) {
        lock();
        unlock();
      }
      lock();
      goc_yield();
      unlock();
    }
  };
  Group greedy;
  for (int i = 0; i < 3; ++i) greedy.go(be_greedy);
  std::jthread also_greedy(be_greedy);
  Group modest;
  modest.go([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(lock(), GOC_OK);
      unlock();
    }
  });
  modest.wait();
  stop = true;
  greedy.wait();
}

TEST_P(Mutex, AWaiterThatGivesUpLeavesTheOthersInOrder) {
  lock();
  Group waiters;
  std::vector<int> served;
  const auto wait = [&](int i, int64_t deadline, int expected) {
    waiters.go([=, this, &served] {
      EXPECT_EQ(lock(deadline), expected);
      if (expected != GOC_OK) return;
      served.push_back(i);
      unlock();
    });
  };
  wait(0, soon(), GOC_OK);
  eventually([this] { return blocked() == 1; });
  wait(1, goc_deadline(20 * GOC_MILLISECOND), GOC_ETIMEDOUT);
  wait(2, goc_deadline(20 * GOC_MILLISECOND), GOC_ETIMEDOUT);
  eventually([] { return goc_num_goroutines() == 1; });
  wait(3, soon(), GOC_OK);
  eventually([this] { return blocked() == 2; });
  unlock();
  waiters.wait();
  EXPECT_EQ(served, (std::vector<int>{0, 3}));
}

TEST_P(Mutex, StressDeadlinesRaceWithUnlocks) {
  const int64_t rounds = effort(3000);
  int64_t counter = 0;
  std::atomic<int64_t> locked{0};
  const auto hurry = [&](int64_t seed) {
    for (int64_t i = 0; i < rounds; ++i) {
      const int result = lock(goc_deadline((i * 7 + seed) % 30 * 1000));
      ASSERT_TRUE(result == GOC_OK || result == GOC_ETIMEDOUT) << result;
      if (result != GOC_OK) continue;
      ++counter;
      if (i % 16 == 0) goc_yield();
      ++locked;
      ASSERT_EQ(unlock(), GOC_OK);
    }
  };
  Group goroutines;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) goroutines.go([=] { hurry(i); });
  for (int i = 0; i < 2; ++i) threads.emplace_back(hurry, i + 11);
  goroutines.wait();
  threads.clear();
  EXPECT_EQ(counter, locked);
  EXPECT_EQ(blocked(), 0);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK);
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(Mutex, LivesUntilItsLastReferenceGoes) {
  const int64_t before = mutexes();
  EXPECT_EQ(goc_mutex_retain(mu_), mu_);
  goc_mutex_release(mu_);
  EXPECT_EQ(mutexes(), before);
  lock();
  goc_mutex_release(mu_);  // locked or not
  EXPECT_EQ(mutexes(), before - 1);
  goc_mutex_release(mu_);  // once too often: ignored
  EXPECT_EQ(mutexes(), before - 1);
  EXPECT_EQ(unlock(), GOC_EBADHANDLE);
  mu_ = nullptr;
}

TEST_P(Mutex, BlockedWaitersKeepItAfterItsLastReference) {
  const int64_t before = mutexes() - 1;
  goc_mutex* mu = mu_;
  lock();
  std::atomic<int> results{0};
  goc_test::go([&, mu] { results += goc_mutex_lock(mu, GOC_FOREVER) == GOC_OK; });
  eventually([this] { return blocked() == 1; });
  release();
  EXPECT_EQ(mutexes(), before + 1);
  EXPECT_EQ(goc_mutex_unlock(mu), GOC_OK);
  eventually([&] { return results == 1; });
  EXPECT_EQ(mutexes(), before);
}

TEST_P(Mutex, TheLastWaiterToGiveUpFreesItAfterItsLastReference) {
  const int64_t before = mutexes() - 1;
  goc_mutex* mu = mu_;
  lock();
  for (bool all_wait = false; !all_wait;) {  // a slow machine may take longer than the deadline
    Group waiters;
    const int64_t deadline = goc_deadline(30 * GOC_MILLISECOND);
    for (int i = 0; i < 3; ++i)
      waiters.go([=] { EXPECT_EQ(goc_mutex_lock(mu, deadline), GOC_ETIMEDOUT); });
    eventually([&] { return blocked() == 3 || goc_now() >= deadline; });
    all_wait = blocked() == 3;
    if (all_wait) release();
    waiters.wait();
  }
  EXPECT_EQ(mutexes(), before);
}

TEST_P(Mutex, HandedOverToTheLastWaiterAfterItsLastReferenceItIsFreed) {
  const int64_t before = mutexes() - 1;
  goc_mutex* mu = mu_;
  for (bool lost = false; !lost;) {
    ASSERT_EQ(lock(), GOC_OK);
    Group waiters;
    waiters.go([=] { EXPECT_EQ(goc_mutex_lock(mu, soon()), GOC_OK); });
    goc_test::run([&] {
      eventually([&] { return blocked() == 1; });
      lost = make_waiters_lose(1);
    });
    if (lost) {
      release();
      EXPECT_EQ(goc_mutex_unlock(mu), GOC_OK);
    }
    waiters.wait();
    if (!lost) unlock();
  }
  EXPECT_EQ(mutexes(), before);
}

TEST_P(Mutex, StressReferencesGoInAnyOrder) {
  const int64_t before = mutexes();
  const int64_t rounds = effort(10000);
  Group users;
  for (int64_t round = 0; round < rounds; ++round) {
    goc_mutex* mu = nullptr;
    ASSERT_EQ(goc_mutex_new(&mu), GOC_OK);
    for (int i = 0; i < 4; ++i) {
      goc_mutex_retain(mu);
      users.go([=] {
        const int64_t deadline = i == 0 ? goc_deadline(round % 20 * 1000) : soon();
        const int result = goc_mutex_lock(mu, deadline);
        EXPECT_TRUE(result == GOC_OK || (i == 0 && result == GOC_ETIMEDOUT)) << result;
        if (i == 1) goc_yield();
        EXPECT_TRUE(result != GOC_OK || goc_mutex_unlock(mu) == GOC_OK);
        goc_mutex_release(mu);
      });
    }
    goc_mutex_release(mu);
  }
  users.wait();
  EXPECT_EQ(mutexes(), before);
}

TEST_P(Mutex, ShutdownTakesBlockedGoroutinesOutOfIt) {
  lock();
  goc_go([](void* mu) { goc_mutex_lock(static_cast<goc_mutex*>(mu), GOC_FOREVER); }, mu_);
  eventually([this] { return blocked() == 1; });
  EXPECT_EQ(goc_shutdown(soon()), 1);
  EXPECT_EQ(blocked(), 0);
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK);
  EXPECT_EQ(unlock(), GOC_OK);
}

}  // namespace
