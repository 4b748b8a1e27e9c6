// Worker: nobody starves, and whatever was started or made ready runs, once.
#include "sched/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/rand.h"
#include "errno_here.h"
#include "fixture.h"
#include "standing_monitor.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::get_errno;
using goc_test::Group;
using goc_test::set_errno;
using goc_test::soon;

// --- Fairness: one worker, on which nobody may be kept waiting ------------------------------------

class Fairness : public goc_test::Runtime {
 protected:
  void SetUp() override { start(1); }

  // True until the victim has had `turns` turns; the test fails if that takes for ever.
  bool goes_on(int64_t turns) const { return victim_turns_ < turns && goc_now() < deadline_; }
  void expect_turns(int64_t turns) const { EXPECT_GE(victim_turns_, turns) << "it starved"; }

  goc::Atom<int64_t> victim_turns_{0};
  const int64_t deadline_ = soon();
};

// Each of the two makes the other the next one. Without a bound nobody else would ever run.
TEST_F(Fairness, APingPongPairLetsAThirdGoroutineRun) {
  constexpr int64_t kTurns = 200;
  Chan ping(8, 0);
  Chan pong(8, 0);
  Group group;
  int64_t rounds = 0;
  group.go([&] {
    int64_t ball = 0;
    for (; goes_on(kTurns); ++rounds) {
      ASSERT_EQ(goc_chan_send(ping, &ball, soon()), GOC_OK);
      ASSERT_EQ(goc_chan_recv(pong, &ball, soon()), GOC_OK);
    }
    goc_chan_close(ping);
  });
  group.go([&] {
    int64_t ball;
    while (goc_chan_recv(ping, &ball, soon()) == GOC_OK)
      ASSERT_EQ(goc_chan_send(pong, &ball, soon()), GOC_OK);
  });
  group.go([&] {
    for (; goes_on(kTurns); ++victim_turns_) goc_yield();
  });
  group.wait();
  expect_turns(kTurns);
  EXPECT_LT(rounds, kTurns * 200) << "its turns come too seldom";
}

TEST_F(Fairness, YieldLoopsTakeTurns) {
  constexpr int64_t kTurns = 1000;
  Group group;
  int64_t other_turns = 0;
  goc_test::run([&] {  // both are there before one of them runs
    group.go([&] {
      for (; goes_on(kTurns); ++other_turns) goc_yield();
    });
    group.go([&] {
      for (; goes_on(kTurns); ++victim_turns_) goc_yield();
    });
  });
  group.wait();
  expect_turns(kTurns);
  EXPECT_LT(other_turns, kTurns * 10);
}

// The global queue: goroutines that plain threads start, while the local queue is never empty.
TEST_F(Fairness, AYieldLoopLetsAGoroutineFromOutsideRun) {
  Group group;
  goc::Atom<int> spinning{0};
  for (int i = 0; i < 2; ++i)
    group.go([&] {
      for (++spinning; goes_on(1);) goc_yield();
    });
  eventually([&] { return spinning == 2; });
  group.go([&] { ++victim_turns_; });
  group.wait();
  expect_turns(1);
}

// Resumed goroutines go first; the fresh one has its turn all the same.
TEST_F(Fairness, OneYieldLetsAGoroutineFromOutsideRun) {
  goc_test::run([] {
    goc::Atom<bool> ran{false};
    std::thread([&] { goc_test::go([&] { ran = true; }); }).join();
    goc_yield();
    EXPECT_TRUE(ran);
  });
}

TEST_F(Fairness, AYieldLoopLetsAFreshGoroutineRun) {
  goc_test::run([&] {
    Group group;
    for (int i = 0; i < 2; ++i)
      group.go([&] {
        while (goes_on(1)) goc_yield();
      });
    goc_yield();
    group.go([&] { ++victim_turns_; });
    group.wait();
  });
  expect_turns(1);
}

// New goroutines run newest first: the oldest one may not wait for ever.
TEST_F(Fairness, ASpawnerDoesNotStarveTheOldestFreshGoroutine) {
  goc_test::run([&] {
    Group group;
    group.go([&] { ++victim_turns_; });
    int64_t spawned = 0;
    for (; goes_on(1); ++spawned) {
      Group one;
      one.go([] {});
      one.wait();
    }
    EXPECT_LT(spawned, 20000);
    group.wait();
  });
  expect_turns(1);
}

TEST_F(Fairness, AChainInWhichEachStartsTheNextDoesNotStarveTheOldest) {
  struct Chain {
    std::function<bool()> goes_on;
    goc_wg* wg;
    static void step(void* c) {
      auto* chain = static_cast<Chain*>(c);
      if (!chain->goes_on()) return void(goc_wg_done(chain->wg));
      ASSERT_EQ(goc_go(&step, c), GOC_OK);
    }
  };
  goc_test::run([&] {
    Group group;
    Chain chain{[this] { return goes_on(1); }, group.wg()};
    group.go([&] { ++victim_turns_; });
    goc_wg_add(group.wg(), 1);
    ASSERT_EQ(goc_go(&Chain::step, &chain), GOC_OK);
    group.wait();
  });
  expect_turns(1);
}

TEST_F(Fairness, ATimerFiresWhileOthersYield) {
  Group group;
  group.go([&] {
    goc_sleep(GOC_MILLISECOND);
    ++victim_turns_;
  });
  group.go([&] {
    while (goes_on(1)) goc_yield();
  });
  group.wait();
  expect_turns(1);
}

// --- Running and switching -------------------------------------------------------------------------

class Worker : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Worker);

TEST_P(Worker, EveryGoroutineRunsOnce) {
  const auto count = static_cast<size_t>(effort(200000));
  std::vector<goc::Atom<int>> runs(count);
  Group group;
  for (auto& mine : runs) group.go([&mine] { ++mine; });
  group.wait();
  for (auto& mine : runs) ASSERT_EQ(mine.load(), 1);
}

// A tree: each goroutine starts two, on whatever worker it is.
TEST_P(Worker, GoroutinesStartedByGoroutinesAllRun) {
  const int depth = goc_test::kSanitized ? 9 : 15;
  goc::Atom<int64_t> leaves{0};
  Group group;
  std::function<void(int)> grow = [&](int level) {
    if (level == 0) return void(++leaves);
    for (int i = 0; i < 2; ++i) group.go([&grow, level] { grow(level - 1); });
  };
  group.go([&] { grow(depth); });
  group.wait();
  EXPECT_EQ(leaves, int64_t{1} << depth);
}

// More ready at once than a ring holds: the rest goes through the global queue.
TEST_P(Worker, MoreReadyGoroutinesThanARingHoldsAllContinue) {
  constexpr int kMany = 2000;
  Chan gate(0, 0);
  Group group;
  goc::Atom<int> came{0};
  goc::Atom<int> passed{0};
  for (int i = 0; i < kMany; ++i)
    group.go([&] {
      ++came;
      EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED);
      ++passed;
    });
  eventually([&] { return came == kMany; });
  goc_test::run([&] { goc_chan_close(gate); });
  group.wait();
  EXPECT_EQ(passed, kMany);
}

// Goroutines from outside, handed over while the workers go to sleep (S1 to I3 of idle.h).
// Without the monitor, which announces what nobody was told of again after a millisecond.
TEST_P(Worker, StressNoWakeUpIsLostBetweenThreadsAndWorkersThatFallAsleep) {
  goc::g_runtime.monitor.stop_and_join();
  goc::Idle& idle = goc::g_runtime.idle;
  for (int64_t i = 0; i < effort(5000); ++i) {
    Group one;
    one.go([] {});
    ASSERT_EQ(goc_wg_wait(one.wg(), soon()), GOC_OK) << "round " << i;
    for (int64_t pause = i % 500 * 5; pause > 0; --pause) goc::cpu_relax();
    if (i % 64 == 0)
      eventually([&] {
        goc::Guard guard(idle.lock);
        return idle.quiet();
      });
  }
}

TEST_P(Worker, IdsAreNeverUsedTwice) {
  constexpr size_t kMany = 2000;
  std::vector<uint64_t> ids(kMany);
  Group group;
  for (uint64_t& id : ids) group.go([&id] { id = goc_self(); });
  group.wait();
  std::sort(ids.begin(), ids.end());
  EXPECT_GT(ids.front(), 0u);
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  EXPECT_EQ(goc_self(), 0u);
  EXPECT_EQ(goc_on_goroutine(), 0);
}

TEST_P(Worker, TheIdStaysWithTheGoroutine) {
  Group group;
  for (int i = 0; i < 50; ++i)
    group.go([] {
      const uint64_t id = goc_self();
      for (int turn = 0; turn < 100; ++turn) {
        goc_yield();
        ASSERT_EQ(goc_self(), id);
        ASSERT_EQ(goc_on_goroutine(), 1);
      }
    });
  group.wait();
}

TEST_P(Worker, ErrnoFollowsTheGoroutine) {
  Group group;
  for (int i = 1; i <= 50; ++i)
    group.go([i] {
      EXPECT_EQ(get_errno(), 0) << "it starts with another's";
      set_errno(i);
      for (int turn = 0; turn < 100; ++turn) {
        goc_yield();
        ASSERT_EQ(get_errno(), i);
      }
    });
  group.wait();
}

// A handler that was suspended rethrows its own exception, on whatever thread it continues.
TEST_P(Worker, ExceptionsInFlightFollowTheGoroutine) {
  Group group;
  for (int i = 0; i < 50; ++i)
    group.go([i] {
      try {
        try {
          throw i;
        } catch (int) {
          for (int turn = 0; turn < 50; ++turn) goc_yield();
          throw;
        }
      } catch (int mine) {
        EXPECT_EQ(mine, i);
      }
      EXPECT_EQ(std::uncaught_exceptions(), 0);
    });
  group.wait();
}

TEST_P(Worker, StressPipelinesAcrossWorkersLoseNothing) {
  constexpr int kStages = 20;
  const int64_t count = effort(20000);
  std::vector<std::unique_ptr<Chan>> stages;
  for (int i = 0; i <= kStages; ++i) stages.push_back(std::make_unique<Chan>(8, i % 3));
  Group group;
  for (size_t i = 0; i < kStages; ++i)
    group.go([&in = *stages[i], &out = *stages[i + 1]] {
      int64_t value;
      while (goc_chan_recv(in, &value, soon()) == GOC_OK) {
        ++value;
        ASSERT_EQ(goc_chan_send(out, &value, soon()), GOC_OK);
      }
      goc_chan_close(out);
    });
  group.go([&] {
    for (int64_t i = 0; i < count; ++i)
      ASSERT_EQ(goc_chan_send(*stages.front(), &i, soon()), GOC_OK);
    goc_chan_close(*stages.front());
  });
  int64_t expected = kStages;
  int64_t value;
  while (goc_chan_recv(*stages.back(), &value, soon()) == GOC_OK) ASSERT_EQ(value, expected++);
  EXPECT_EQ(expected, kStages + count);
  group.wait();
}

// --- Wake-ups, without the monitor, which announces work that nobody has seen ---------------------

struct WithoutMonitor : goc_test::WithStandingMonitor<goc_test::Procs> {};
GOC_FOR_ALL_PROCS(WithoutMonitor);

// I1 to I3 of idle.h: work comes when a worker has searched for it. That takes as many pauses as these, and
// where there is one processor only, none.
TEST_P(WithoutMonitor, StressWhatComesWhileAWorkerFallsAsleepIsFound) {
  goc::Rand rand(1);
  goc_wg* wg;
  ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
  for (int64_t i = 0; i < effort(20'000); ++i) {
    ASSERT_EQ(goc_wg_add(wg, 1), GOC_OK);
    goc_test::go([wg] { goc_wg_add(wg, -1); });
    ASSERT_EQ(goc_wg_wait(wg, soon()), GOC_OK) << "at " << i;
    const uint32_t pauses = rand.below(4) == 0 ? rand.below(100) : 800 + rand.below(200);
    for (uint32_t p = pauses; p > 0; --p) goc::cpu_relax();
  }
  goc_wg_release(wg);
}

}  // namespace
