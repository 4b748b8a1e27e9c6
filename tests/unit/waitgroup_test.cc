// WaitGroup: the counter, its waiters, its deadline, its life.
#include <atomic>
#include <thread>
#include <vector>

#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::object_of;
using goc_test::soon;

class WaitGroup : public goc_test::Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_wg_new(&wg_), GOC_OK);
  }
  void TearDown() override {
    goc_wg_release(wg_);
    Procs::TearDown();
  }
  // The fixture's own reference goes early.
  void release() { goc_wg_release(std::exchange(wg_, nullptr)); }

  goc_wg* wg_ = nullptr;
};
GOC_FOR_ALL_PROCS(WaitGroup);

int64_t groups() { return goc::WaitGroup::live_count(); }

TEST_P(WaitGroup, WaitingReturnsAtOnceWhenTheCounterIsZero) {
  EXPECT_EQ(goc_wg_wait(wg_, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(goc_wg_wait(wg_, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_wg_wait(wg_, goc_deadline(-1)), GOC_OK);
}

TEST_P(WaitGroup, WaitingGivesUpAtItsDeadline) {
  goc_wg_add(wg_, 2);
  const auto give_up = [&] {
    EXPECT_EQ(goc_wg_wait(wg_, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_wg_wait(wg_, goc_deadline(0)), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_wg_wait(wg_, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  };
  give_up();
  goc_test::run(give_up);
  EXPECT_EQ(goc_wg_count(wg_), 2);
  EXPECT_EQ(blocked_on(wg_), 0);
}

TEST_P(WaitGroup, WhatWasDoneIsSeenAfterTheWait) {
  std::vector<int> results(100);  // plain memory: ThreadSanitizer would see a race
  for (size_t i = 0; i < results.size(); ++i) {
    goc_wg_add(wg_, 1);
    goc_test::go([this, &results, i] {
      results[i] = 1;
      goc_wg_done(wg_);
    });
  }
  ASSERT_EQ(goc_wg_wait(wg_, soon()), GOC_OK);
  EXPECT_EQ(results, std::vector<int>(100, 1));
}

TEST_P(WaitGroup, ACounterBelowZeroIsRefusedAndUnchanged) {
  EXPECT_EQ(goc_wg_done(wg_), GOC_ENEGATIVE);
  EXPECT_EQ(goc_wg_add(wg_, INT64_MIN), GOC_ENEGATIVE);
  EXPECT_EQ(goc_wg_count(wg_), 0);
  goc_wg_add(wg_, 3);
  EXPECT_EQ(goc_wg_add(wg_, -4), GOC_ENEGATIVE);
  EXPECT_EQ(goc_wg_add(wg_, -INT64_C(0x80000000)), GOC_ENEGATIVE);
  EXPECT_EQ(goc_wg_count(wg_), 3);
  EXPECT_EQ(goc_wg_add(wg_, -3), GOC_OK);
  EXPECT_EQ(goc_wg_count(wg_), 0);
}

TEST_P(WaitGroup, ACounterAbove31BitsIsRefusedAndUnchanged) {
  EXPECT_EQ(goc_wg_add(wg_, INT64_C(0x80000000)), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_add(wg_, INT64_MAX), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_count(wg_), 0);
  EXPECT_EQ(goc_wg_add(wg_, INT32_MAX), GOC_OK);
  EXPECT_EQ(goc_wg_add(wg_, 1), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_add(wg_, INT32_MAX), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_count(wg_), INT32_MAX);
  EXPECT_EQ(goc_wg_add(wg_, -INT32_MAX), GOC_OK);
}

TEST_P(WaitGroup, RefusedAndEmptyChangesLeaveWaitersAlone) {
  goc_wg_add(wg_, 1);
  Group waiters;
  waiters.go([this] { EXPECT_EQ(goc_wg_wait(wg_, soon()), GOC_OK); });
  eventually([this] { return blocked_on(wg_) == 1; });
  EXPECT_EQ(goc_wg_add(wg_, -2), GOC_ENEGATIVE);
  EXPECT_EQ(goc_wg_add(wg_, INT32_MAX), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_add(wg_, 0), GOC_OK);
  EXPECT_EQ(goc_wg_add(wg_, 1), GOC_OK);
  EXPECT_EQ(goc_wg_done(wg_), GOC_OK);
  EXPECT_EQ(blocked_on(wg_), 1);
  EXPECT_EQ(goc_wg_done(wg_), GOC_OK);
  waiters.wait();
}

TEST_P(WaitGroup, ZeroLetsGoroutinesAndThreadsGoOnAlike) {
  goc_wg_add(wg_, 1);
  const auto wait = [this] { EXPECT_EQ(goc_wg_wait(wg_, soon()), GOC_OK); };
  Group goroutines;
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) goroutines.go(wait);
  for (int i = 0; i < 3; ++i) threads.emplace_back(wait);
  eventually([this] { return blocked_on(wg_) == 53; });
  goc_wg_done(wg_);
  goroutines.wait();
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(blocked_on(wg_), 0);
}

TEST_P(WaitGroup, ScaleManyWaitersGoOnTogether) {
  const int64_t n = effort(20000);
  goc_wg_add(wg_, 1);
  Group waiters;
  std::atomic<int64_t> coming{0};
  for (int64_t i = 0; i < n; ++i)
    waiters.go([&] {
      ++coming;
      EXPECT_EQ(goc_wg_wait(wg_, GOC_FOREVER), GOC_OK);
    });
  eventually([&] { return coming == n && blocked_on(wg_) == n; });
  goc_wg_done(wg_);
  waiters.wait();
}

TEST_P(WaitGroup, MayBeUsedAgainAfterTheWait) {
  int sum = 0;
  for (int round = 0; round < 100; ++round) {
    goc_wg_add(wg_, 1);
    goc_test::go([&] {
      ++sum;
      goc_wg_done(wg_);
    });
    ASSERT_EQ(goc_wg_wait(wg_, soon()), GOC_OK);
    ASSERT_EQ(sum, round + 1);
  }
}

TEST_P(WaitGroup, StressAWaitOutlastsTheZeroOfEarlierRounds) {
  std::atomic<bool> stop{false};
  const auto also_wait = [&] {
    while (!stop) {
      EXPECT_EQ(goc_wg_wait(wg_, soon()), GOC_OK);
      goc_yield();
    }
  };
  Group bystanders;
  bystanders.go(also_wait);
  std::jthread bystander(also_wait);
  const int64_t rounds = effort(20000);
  for (int64_t round = 0; round < rounds && !HasFailure(); ++round) {
    std::atomic<bool> finished{false};
    goc_wg_add(wg_, 1);
    goc_test::go([&finished, wg = wg_] {
      finished = true;
      goc_wg_done(wg);
    });
    EXPECT_EQ(goc_wg_wait(wg_, soon()), GOC_OK);
    EXPECT_TRUE(finished) << "woken by the zero of an earlier round";
  }
  stop = true;
  bystanders.wait();
}

TEST_P(WaitGroup, StressDeadlinesRaceWithZero) {
  const int64_t rounds = effort(4000);
  int64_t in_time = 0;
  for (int64_t round = 0; round < rounds; ++round) {
    std::atomic<bool> finished{false};
    goc_wg_add(wg_, 1);
    Group others;
    others.go([&] {
      finished = true;
      goc_wg_done(wg_);
    });
    const auto wait = [&](int64_t ns) {
      const int result = goc_wg_wait(wg_, goc_deadline(ns));
      ASSERT_TRUE(result == GOC_OK || result == GOC_ETIMEDOUT) << result;
      EXPECT_TRUE(finished || result == GOC_ETIMEDOUT);
      in_time += result == GOC_OK;
    };
    others.go([&] { EXPECT_NE(goc_wg_wait(wg_, goc_deadline(round % 7 * 1000)), GOC_EAGAIN); });
    wait(round % 20 == 19 ? 20 * GOC_SECOND : round % 20 * 1000);
    others.wait();
    ASSERT_EQ(blocked_on(wg_), 0);
    ASSERT_EQ(goc_wg_count(wg_), 0);
  }
  EXPECT_GT(in_time, 0);
}

TEST_P(WaitGroup, GoCountsAGoroutineUntilItsEnd) {
  Chan gate(0, 0);
  goc_chan* handle = gate;
  ASSERT_EQ(
      goc_wg_go(
          wg_, [](void* g) { goc_chan_recv(static_cast<goc_chan*>(g), nullptr, soon()); }, handle),
      GOC_OK);
  EXPECT_EQ(goc_wg_count(wg_), 1);
  EXPECT_EQ(goc_wg_wait(wg_, GOC_NOW), GOC_EAGAIN);
  goc_chan_close(gate);
  EXPECT_EQ(goc_wg_wait(wg_, soon()), GOC_OK);
}

TEST_P(WaitGroup, GoStartsNothingOnAnError) {
  const goc_fn never = [](void*) { ADD_FAILURE() << "it was started"; };
  EXPECT_EQ(goc_wg_go(wg_, nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_wg_count(wg_), 0);
  goc_wg_add(wg_, INT32_MAX);
  EXPECT_EQ(goc_wg_go(wg_, never, nullptr), GOC_EOVERFLOW);
  EXPECT_EQ(goc_wg_count(wg_), INT32_MAX);
  EXPECT_EQ(object_of(wg_).refs.load(std::memory_order_relaxed), 1U);
  goc_wg_add(wg_, -INT32_MAX);
}

TEST_P(WaitGroup, GoKeepsItAliveUntilTheEndOfTheGoroutine) {
  const int64_t before = groups() - 1;
  Chan gate(0, 0);
  goc_chan* handle = gate;
  goc_wg_go(
      wg_, [](void* g) { goc_chan_recv(static_cast<goc_chan*>(g), nullptr, soon()); }, handle);
  release();
  EXPECT_EQ(groups(), before + 1);
  goc_chan_close(gate);
  eventually([&] { return groups() == before; });
}

TEST_P(WaitGroup, LivesUntilItsLastReferenceGoes) {
  const int64_t before = groups();
  EXPECT_EQ(goc_wg_retain(wg_), wg_);
  goc_wg_release(wg_);
  EXPECT_EQ(groups(), before);
  EXPECT_EQ(goc_wg_add(wg_, 0), GOC_OK);
  goc_wg_release(wg_);
  EXPECT_EQ(groups(), before - 1);
  goc_wg_release(wg_);  // once too often: ignored
  EXPECT_EQ(groups(), before - 1);
  EXPECT_EQ(goc_wg_add(wg_, 0), GOC_EBADHANDLE);
  wg_ = nullptr;
}

TEST_P(WaitGroup, BlockedWaitersKeepItAfterItsLastReference) {
  const int64_t before = groups() - 1;
  goc_wg* wg = wg_;
  goc_wg_add(wg, 1);
  Group waiters;
  for (int i = 0; i < 3; ++i) waiters.go([wg] { EXPECT_EQ(goc_wg_wait(wg, soon()), GOC_OK); });
  std::thread thread([wg] { EXPECT_EQ(goc_wg_wait(wg, soon()), GOC_OK); });
  eventually([wg] { return blocked_on(wg) == 4; });
  release();
  goc_wg_release(wg);  // once too often: the waiters keep it still
  EXPECT_EQ(blocked_on(wg), 4);
  EXPECT_EQ(goc_wg_done(wg), GOC_OK);
  waiters.wait();
  thread.join();
  EXPECT_EQ(groups(), before + 1);  // that of `waiters`
}

TEST_P(WaitGroup, TheLastWaiterToGiveUpFreesItAfterItsLastReference) {
  const int64_t before = groups() - 1;
  goc_wg* wg = wg_;
  goc_wg_add(wg, 1);
  std::atomic<int> given_up{0};
  const int64_t deadline = goc_deadline(30 * GOC_MILLISECOND);
  for (int i = 0; i < 3; ++i)
    goc_test::go([&, wg] { given_up += goc_wg_wait(wg, deadline) == GOC_ETIMEDOUT; });
  eventually([&] { return blocked_on(wg) == 3 || given_up != 0; });
  release();
  eventually([&] { return given_up == 3; });
  EXPECT_EQ(groups(), before);
}

TEST_P(WaitGroup, StressReferencesGoInAnyOrder) {
  const int64_t before = groups();
  const int64_t rounds = effort(20000);
  Group users;
  for (int64_t round = 0; round < rounds; ++round) {
    goc_wg* wg = nullptr;
    ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
    goc_wg_add(wg, 1);
    for (int i = 0; i < 2; ++i) {
      goc_wg_retain(wg);
      users.go([=] {
        EXPECT_NE(goc_wg_wait(wg, goc_deadline(round % 50 * 1000)), GOC_EBADHANDLE);
        goc_wg_release(wg);
      });
    }
    goc_wg_retain(wg);
    users.go([=] {
      EXPECT_EQ(goc_wg_done(wg), GOC_OK);
      goc_wg_release(wg);
    });
    goc_wg_release(wg);
  }
  users.wait();
  EXPECT_EQ(groups(), before + 1);  // that of `users`
}

TEST_P(WaitGroup, ShutdownTakesBlockedGoroutinesOutOfIt) {
  goc_wg_add(wg_, 1);
  goc_go([](void* wg) { goc_wg_wait(static_cast<goc_wg*>(wg), GOC_FOREVER); }, wg_);
  eventually([this] { return blocked_on(wg_) == 1; });
  EXPECT_EQ(goc_shutdown(soon()), 1);
  EXPECT_EQ(blocked_on(wg_), 0);
  EXPECT_EQ(goc_wg_done(wg_), GOC_OK);
  EXPECT_EQ(goc_wg_wait(wg_, GOC_NOW), GOC_OK);
}

}  // namespace
