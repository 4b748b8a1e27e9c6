// goc_after_func: a function that is started once when its time has come, unless that was prevented.
#include <atomic>
#include <vector>

#include "failing_calls.h"
#include "timers.h"

namespace {

using namespace goc_test;

// A function's timer that is released at the end of its scope.
struct Later {
  Later(int64_t ns, goc_fn fn, void* arg) {
    EXPECT_EQ(goc_after_func(&timer, ns, fn, arg), GOC_OK);
  }
  ~Later() { goc_timer_release(timer); }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  goc_timer* timer = nullptr;
};

class AfterFunc : public Procs {
 protected:
  Calls calls_;
  void expect_calls(int count) {
    eventually([&] { return calls_.count == count; });
  }
};
GOC_FOR_ALL_PROCS(AfterFunc);

TEST_P(AfterFunc, RunsInAGoroutineOfItsOwnAtItsTime) {
  on_both([] {
    struct Seen {
      std::atomic<int64_t> at{0};
      std::atomic<uint64_t> id{0};
    } seen;
    const int64_t due = goc_deadline(GOC_MILLISECOND);
    const Later later(
        GOC_MILLISECOND,
        [](void* s) {
          static_cast<Seen*>(s)->id = goc_self();
          static_cast<Seen*>(s)->at = goc_now();
        },
        &seen);
    eventually([&] { return seen.at != 0; });
    EXPECT_GE(seen.at, due);
    EXPECT_NE(seen.id, 0u);
    EXPECT_NE(seen.id, goc_self());
  });
}

TEST_P(AfterFunc, RunsAtOnceWhenItsTimeHasPassed) {
  int expected = 0;
  for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN}) {
    const Later later(ns, &Calls::add, &calls_);
    expect_calls(++expected);
    EXPECT_EQ(goc_timer_stop(later.timer), 0) << "it has run";
  }
}

TEST_P(AfterFunc, NeedsNoHandle) {
  EXPECT_EQ(goc_after_func(nullptr, GOC_MILLISECOND, &Calls::add, &calls_), GOC_OK);
  expect_calls(1);
  eventually([] { return goc::FuncTimer::live_count() == 0; });
}

TEST_P(AfterFunc, RunsThoughItsHandleIsReleased) {
  goc_timer* timer = nullptr;
  ASSERT_EQ(goc_after_func(&timer, GOC_MILLISECOND, &Calls::add, &calls_), GOC_OK);
  goc_timer_release(timer);
  expect_calls(1);
  eventually([] { return goc::FuncTimer::live_count() == 0; });
}

TEST_P(AfterFunc, DoesNotRunOnceItIsStopped) {
  const Later later(kNever, &Calls::add, &calls_);
  EXPECT_FALSE(heaps_are_empty());
  EXPECT_EQ(goc_timer_stop(later.timer), 1);
  EXPECT_EQ(goc_timer_stop(later.timer), 0);
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_EQ(calls_.count, 0);
}

TEST_P(AfterFunc, StopDoesNotWaitForAFunctionThatRuns) {
  struct Gate {
    Chan begun{0, 0};
    Chan go_on{0, 0};
  } gate;
  const Later later(
      0,
      [](void* g) {
        goc_chan_close(static_cast<Gate*>(g)->begun);
        goc_chan_recv(static_cast<Gate*>(g)->go_on, nullptr, soon());
      },
      &gate);
  EXPECT_EQ(goc_chan_recv(gate.begun, nullptr, soon()), GOC_ECLOSED);
  EXPECT_EQ(goc_timer_stop(later.timer), 0);
  goc_chan_close(gate.go_on);
  eventually([] { return goc_num_goroutines() == 0; });
}

TEST_P(AfterFunc, ResetMovesItsTime) {
  const Later later(kNever, &Calls::add, &calls_);
  EXPECT_EQ(goc_timer_reset(later.timer, kNever), 1);
  EXPECT_EQ(goc_timer_reset(later.timer, 0), 1);
  expect_calls(1);
  EXPECT_EQ(goc_timer_reset(later.timer, 0), 0) << "and lets it run once more";
  expect_calls(2);
}

TEST_P(AfterFunc, MayResetItself) {
  struct Chain {
    std::atomic<goc_timer*> timer{nullptr};
    std::atomic<int> left{5};
  } chain;
  const auto step = [](void* c) {
    auto* self = static_cast<Chain*>(c);
    if (--self->left > 0) {
      EXPECT_EQ(goc_timer_reset(self->timer, 1), 0);
    }
  };
  const Later later(kNever, step, &chain);
  chain.timer = later.timer;
  goc_timer_reset(later.timer, 0);
  eventually([&] { return chain.left == 0 && goc_num_goroutines() == 0; });
}

TEST_P(AfterFunc, HasNoChannel) {
  const Later later(kNever, &Calls::add, &calls_);
  EXPECT_EQ(goc_timer_chan(later.timer), nullptr);
  goc_timer_stop(later.timer);
}

TEST_P(AfterFunc, WithoutAFunctionItIsRefused) {
  goc_timer* timer = nullptr;
  EXPECT_EQ(goc_after_func(&timer, 0, nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(timer, nullptr);
}

// --- On its way ----------------------------------------------------------------------------------

// The test is the thread that fires: it has taken the timer out, and fn is yet to be started.
class AfterFuncOnItsWay : public AfterFunc {
 protected:
  void SetUp() override {
    AfterFunc::SetUp();
    ASSERT_EQ(goc_after_func(&timer_, kNever, &Calls::add, &calls_), GOC_OK);
    goc::g_runtime.worker(0).timers().collect(INT64_MAX, due_);
    ASSERT_EQ(due_.size(), 1u);
  }
  void TearDown() override {
    goc_timer_release(timer_);
    AfterFunc::TearDown();
  }
  void fire() {
    goc::Timer* timer = due_.pop();
    timer->fire(timer);
  }

  goc_timer* timer_ = nullptr;
  goc::Fifo<goc::Timer> due_;
};
GOC_FOR_ALL_PROCS(AfterFuncOnItsWay);

TEST_P(AfterFuncOnItsWay, IsStopped) {
  EXPECT_EQ(goc_timer_stop(timer_), 1);
  fire();
  EXPECT_EQ(goc_num_goroutines(), 0);
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(AfterFuncOnItsWay, IsResetToNow) {
  EXPECT_EQ(goc_timer_reset(timer_, 0), 1);
  EXPECT_TRUE(heaps_are_empty()) << "whoever fires sees to it";
  fire();
  expect_calls(1);
  EXPECT_EQ(goc_timer_stop(timer_), 0);
}

TEST_P(AfterFuncOnItsWay, IsResetToLater) {
  EXPECT_EQ(goc_timer_reset(timer_, kNever), 1);
  fire();
  EXPECT_EQ(goc_num_goroutines(), 0);
  EXPECT_FALSE(heaps_are_empty()) << "whoever fires arms it anew";
  EXPECT_EQ(goc_timer_stop(timer_), 1);
}

TEST_P(AfterFuncOnItsWay, OutlivesItsHandles) {
  goc_timer_stop(timer_);
  goc_timer_release(timer_);
  EXPECT_EQ(goc::FuncTimer::live_count(), 1) << "whoever fires knows it";
  fire();
  EXPECT_EQ(goc::FuncTimer::live_count(), 0);
  timer_ = nullptr;
}

// --- Shutdown, memory ----------------------------------------------------------------------------

TEST_P(AfterFunc, ShutdownWaitsForIt) {
  ASSERT_EQ(goc_after_func(nullptr, 2 * GOC_MILLISECOND, &Calls::add, &calls_), GOC_OK);
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(calls_.count, 1);
}

TEST_P(AfterFunc, AShutdownThatMayNotWaitDropsIt) {
  ASSERT_EQ(goc_after_func(nullptr, kNever, &Calls::add, &calls_), GOC_OK);
  const Later later(kNever, &Calls::add, &calls_);
  EXPECT_EQ(shutdown_now(), 0);
  EXPECT_EQ(goc::FuncTimer::live_count(), 1) << "that with a handle";
  EXPECT_EQ(goc_timer_stop(later.timer), 0);
  EXPECT_EQ(calls_.count, 0);
  EXPECT_EQ(goc_timer_reset(later.timer, 0), 0) << "in the next runtime";
  expect_calls(1);
}

TEST_P(AfterFunc, StartsTheRuntime) {
  ASSERT_EQ(goc_shutdown(soon()), 0);
  {
    const FailingCalls no_threads(goc::os::Call::kThread);
    goc_timer* timer = nullptr;
    EXPECT_EQ(goc_after_func(&timer, 0, &Calls::add, &calls_), GOC_EAGAIN);
    EXPECT_EQ(timer, nullptr);
    EXPECT_GT(no_threads.failures(), 0);
  }
  ASSERT_EQ(goc_after_func(nullptr, 0, &Calls::add, &calls_), GOC_OK);
  expect_calls(1);
}

TEST_P(AfterFunc, IsTriedAgainWhenThereIsNoMemoryForItsGoroutine) {
  {
    const Later memory_for_timers(kNever, &Calls::add, &calls_);
    EXPECT_EQ(goc_timer_stop(memory_for_timers.timer), 1);
  }
  {
    const FailingCalls no_memory(goc::os::Call::kMap);  // no goroutine has been made yet
    ASSERT_EQ(goc_after_func(nullptr, 0, &Calls::add, &calls_), GOC_OK);
    eventually([&] { return no_memory.failures() > 0; });
    EXPECT_EQ(calls_.count, 0);
  }
  expect_calls(1);
}

// --- Storms --------------------------------------------------------------------------------------

// Each was either stopped or has run, never both and never neither.
TEST_P(AfterFunc, StressItIsStoppedOrRuns) {
  const int64_t rounds = effort(1000);
  std::atomic<int64_t> stopped{0};
  Crew crew;
  constexpr int kActors = 8;
  for (uint64_t i = 0; i < kActors; ++i)
    crew.start([&, i] {
      Dice dice(i + 1);
      for (int64_t n = 0; n < rounds; ++n) {
        const Later later(dice.below(40) * GOC_MICROSECOND, &Calls::add, &calls_);
        for (int64_t y = dice.below(4); y > 0; --y) goc_yield();
        if (dice.one_in(2)) stopped += goc_timer_stop(later.timer);
      }
    });
  crew.wait();
  eventually([&] { return calls_.count + stopped == kActors * rounds; });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(calls_.count + stopped, kActors * rounds);
}

// Each reset that answers 0 adds a call, each stop that answers 1 takes one away.
TEST_P(AfterFunc, StressManyMayShareOne) {
  const int64_t rounds = effort(1000);
  std::atomic<int64_t> expected{1};
  const Later later(kNever, &Calls::add, &calls_);
  Crew crew;
  for (uint64_t i = 0; i < 6; ++i)
    crew.start([&, i] {
      Dice dice(i + 1);
      for (int64_t n = 0; n < rounds; ++n) {
        if (dice.one_in(3))
          expected -= goc_timer_stop(later.timer);
        else
          expected += goc_timer_reset(later.timer, dice.below(20) * GOC_MICROSECOND) == 0;
        if (dice.one_in(8)) goc_yield();
      }
    });
  crew.wait();
  expected -= goc_timer_stop(later.timer);
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(calls_.count, expected);
}

}  // namespace
