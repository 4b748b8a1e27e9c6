// Timers: they fire once, at their time or later, and never after they were stopped.
#include <atomic>
#include <vector>

#include "failing_calls.h"
#include "ops.h"
#include "timers.h"

namespace {

using namespace goc_test;

class Timer : public Procs {};
GOC_FOR_ALL_PROCS(Timer);

TEST_P(Timer, SendsTheTimeForWhichItWasSet) {
  on_both([] {
    const int64_t due = goc_deadline(GOC_MILLISECOND);
    const Alarm alarm(GOC_MILLISECOND);
    const int64_t tick = take(alarm.chan);
    EXPECT_GE(tick, due);
    EXPECT_LE(tick, goc_now());
    EXPECT_TRUE(silent(alarm.chan)) << "it fires once";
    EXPECT_EQ(goc_timer_stop(alarm.timer), 0) << "it had fired";
  });
}

TEST_P(Timer, FiresAtOnceWhenItsTimeHasPassed) {
  on_both([] {
    for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN}) {
      const Alarm alarm(ns);
      EXPECT_GT(take(alarm.chan), 0);
      EXPECT_EQ(goc_timer_reset(alarm.timer, ns), 0);
      EXPECT_GT(take(alarm.chan), 0);
    }
  });
}

TEST_P(Timer, FarInTheFutureItDoesNotFire) {
  on_both([] {
    for (const int64_t ns : {kNever, INT64_MAX}) {
      const Alarm alarm(ns);
      EXPECT_TRUE(silent(alarm.chan));
      EXPECT_EQ(goc_timer_stop(alarm.timer), 1);
    }
  });
}

TEST_P(Timer, FiresInTheOrderOfTimeWhoeverWaits) {
  on_both([] {
    const Alarm late(kNever);
    const Alarm soon_(GOC_MILLISECOND);
    int64_t tick = 0;
    goc_case cases[] = {receiving(late.chan, nullptr), receiving(soon_.chan, &tick)};
    EXPECT_EQ(goc_select(cases, 2, soon()), 1);
    EXPECT_GT(tick, 0);
  });
}

TEST_P(Timer, StopTellsWhetherItWasArmed) {
  on_both([] {
    const Alarm alarm(kNever);
    EXPECT_EQ(goc_timer_stop(alarm.timer), 1);
    EXPECT_EQ(goc_timer_stop(alarm.timer), 0);
    EXPECT_EQ(goc_timer_reset(alarm.timer, kNever), 0);
    EXPECT_EQ(goc_timer_reset(alarm.timer, kNever), 1);
    EXPECT_EQ(goc_timer_stop(alarm.timer), 1);
    EXPECT_TRUE(silent(alarm.chan));
  });
}

TEST_P(Timer, ResetMovesItsTime) {
  on_both([] {
    const Alarm alarm(kNever);
    for (int i = 0; i < 5; ++i) {
      const int64_t due = goc_deadline(200 * GOC_MICROSECOND);
      EXPECT_EQ(goc_timer_reset(alarm.timer, 200 * GOC_MICROSECOND), i == 0 ? 1 : 0);
      EXPECT_GE(take(alarm.chan), due);
    }
    EXPECT_TRUE(silent(alarm.chan));
  });
}

TEST_P(Timer, ATickThatWasNotReceivedIsGoneAfterStop) {
  on_both([] {
    const Alarm alarm(0);
    EXPECT_EQ(goc_timer_stop(alarm.timer), 1) << "nobody has received it";
    EXPECT_TRUE(silent(alarm.chan));
    EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 0);
    EXPECT_EQ(goc_timer_reset(alarm.timer, kNever), 1);
    EXPECT_TRUE(silent(alarm.chan));
  });
}

TEST_P(Timer, ALateReceiverGetsTheTimeForWhichItWasSet) {
  on_both([] {
    const int64_t before = goc_now();
    const Alarm alarm(GOC_MILLISECOND);
    const int64_t after = goc_now();
    goc_sleep(5 * GOC_MILLISECOND);
    const int64_t tick = take(alarm.chan);
    EXPECT_GE(tick, before + GOC_MILLISECOND);
    EXPECT_LE(tick, after + GOC_MILLISECOND);
  });
}

TEST_P(Timer, ItsChannelHasNoLength) {
  on_both([] {
    const Alarm alarm(0);
    EXPECT_EQ(goc_chan_cap(alarm.chan), 0u);
    EXPECT_EQ(goc_chan_len(alarm.chan), 0u) << "though a tick is there";
    take(alarm.chan);
    EXPECT_EQ(goc_chan_len(alarm.chan), 0u);
  });
}

// --- Whoever waits -------------------------------------------------------------------------------

// Waits for a tick until `waiting` is true of the channel, then does what `then` says; the receiver must
// end with `result`.
void while_one_waits(const Alarm& alarm, int result, const std::function<void()>& then) {
  Group group;
  group.go([&] { EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, soon()), result); });
  eventually([&] { return blocked_receivers(alarm.chan) == 1; });
  then();
  group.wait();
}

TEST_P(Timer, IsInAHeapOnlyWhileSomebodyWaits) {
  const Alarm alarm(kNever);
  EXPECT_EQ(goc_timer_reset(alarm.timer, kNever / 2), 1);
  EXPECT_TRUE(silent(alarm.chan));
  EXPECT_TRUE(heaps_are_empty()) << "nobody waits";
  goc_case cases[2] = {};
  Chan other(8, 0);
  Group group;
  group.go([&] {
    cases[0] = receiving(alarm.chan, nullptr);
    cases[1] = receiving(other, nullptr);
    EXPECT_EQ(goc_select(cases, 2, GOC_FOREVER), 1);
  });
  eventually([&] { return blocked_receivers(alarm.chan) == 1; });
  EXPECT_FALSE(heaps_are_empty());
  must_put(other, 1);
  group.wait();
  EXPECT_TRUE(heaps_are_empty()) << "the last receiver has left";
}

TEST_P(Timer, APlainThreadThatGivesUpLeavesNothingInAHeap) {
  const Alarm alarm(kNever);
  EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(Timer, ResetReachesWhoWaits) {
  const Alarm alarm(kNever);
  while_one_waits(alarm, GOC_OK, [&] { EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 1); });
  while_one_waits(alarm, GOC_OK, [&] { EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 0); });
}

TEST_P(Timer, StopLeavesWaitersWaiting) {
  const Alarm alarm(kNever);
  while_one_waits(alarm, GOC_OK, [&] {
    EXPECT_EQ(goc_timer_stop(alarm.timer), 1);
    EXPECT_EQ(blocked_receivers(alarm.chan), 1u);
    EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 0);
  });
}

TEST_P(Timer, WhoHasWaitedLongerIsServedFirst) {
  const Alarm alarm(kNever);
  while_one_waits(alarm, GOC_OK, [&] {
    goc_timer_reset(alarm.timer, 0);
    const int result = goc_chan_recv(alarm.chan, nullptr, GOC_NOW);
    EXPECT_EQ(result, GOC_EAGAIN) << "it is for the one that waits";
  });
  EXPECT_EQ(goc_timer_stop(alarm.timer), 0) << "it was received";
}

TEST_P(Timer, OneTickIsForOneOfTwo) {
  const Alarm alarm(kNever);
  std::atomic<int> got{0};
  Group group;
  for (int i = 0; i < 2; ++i)
    group.go([&] { got += goc_chan_recv(alarm.chan, nullptr, soon()) == GOC_OK ? 1 : 100; });
  eventually([&] { return blocked_receivers(alarm.chan) == 2; });
  goc_timer_reset(alarm.timer, 0);
  eventually([&] { return got == 1; });
  EXPECT_EQ(blocked_receivers(alarm.chan), 1u);
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 0);
  group.wait();
  EXPECT_EQ(got, 2);
}

TEST_P(Timer, ItsReleaseLeavesWaitersWaitingAndArmsNothing) {
  goc_timer* timer = nullptr;
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, &ch, kNever), GOC_OK);
  Group group;
  group.go([&] { EXPECT_EQ(goc_chan_recv(ch, nullptr, soon()), GOC_ECLOSED); });
  eventually([&] { return blocked_receivers(ch) == 1; });
  goc_timer_release(timer);
  EXPECT_EQ(goc_chan_close(ch), GOC_OK);
  group.wait();
  goc_chan_release(ch);
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(Timer, ItsChannelMayBeBorrowed) {
  goc_timer* timer = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, nullptr, 0), GOC_OK);
  goc_chan* ch = goc_timer_chan(timer);
  EXPECT_EQ(goc_timer_chan(timer), ch);
  EXPECT_GT(take(ch), 0);
  goc_timer_release(timer);
  EXPECT_EQ(put(ch, 1, GOC_NOW), GOC_EBADHANDLE) << "it goes with the timer";
}

TEST_P(Timer, ItsChannelOutlivesItForWhoeverHoldsIt) {
  goc_timer* timer = nullptr;
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, &ch, GOC_MILLISECOND), GOC_OK);
  EXPECT_EQ(goc_timer_retain(timer), timer);
  goc_timer_release(timer);
  EXPECT_GT(take(ch), 0) << "one reference is left";
  goc_timer_release(timer);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN);
  goc_chan_release(ch);
}

TEST_P(Timer, TheLastReleaseStopsIt) {
  goc_timer* timer = nullptr;
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, &ch, GOC_MILLISECOND), GOC_OK);
  goc_timer_release(timer);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, goc_deadline(5 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
  goc_chan_release(ch);
}

TEST_P(Timer, AClosedChannelDoesNotHurtIt) {
  const Alarm alarm(kNever);
  goc_chan_close(alarm.chan);
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 1);
  EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, GOC_NOW), GOC_ECLOSED);
  EXPECT_EQ(goc_timer_stop(alarm.timer), 1) << "the tick was not received";
}

TEST_P(Timer, ClosingItsChannelWakesWhoWaits) {
  const Alarm alarm(kNever);
  while_one_waits(alarm, GOC_ECLOSED, [&] { EXPECT_EQ(goc_chan_close(alarm.chan), GOC_OK); });
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(Timer, WhatOthersSendIsReceivedLikeFromAnyChannel) {
  on_both([] {
    const Alarm alarm(kNever);
    EXPECT_EQ(put(alarm.chan, 1, GOC_NOW), GOC_EAGAIN) << "nobody receives";
    Group group;
    group.go([&] { EXPECT_EQ(put(alarm.chan, 42), GOC_OK); });
    EXPECT_EQ(take(alarm.chan), 42);
    group.wait();
    EXPECT_EQ(goc_timer_stop(alarm.timer), 1) << "it is as it was";
  });
}

TEST_P(Timer, AValueForWhoWaitsForTheTickIsNoTick) {
  const Alarm alarm(kNever);
  while_one_waits(alarm, GOC_OK, [&] { EXPECT_EQ(put(alarm.chan, 42), GOC_OK); });
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 1);
  EXPECT_NE(take(alarm.chan), 42);
}

// An operation waits for the tick, and the test is the thread that fires: it has taken the timer out,
// and the tick is yet to be sent.
class TimerOnItsWay : public Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_timer_new(&timer_, &chan_, kNever), GOC_OK);
    ASSERT_EQ(op_.receive(chan_), GOC_PENDING);  // a plain thread arms it with worker 0
    goc::g_runtime.worker(0).timers().collect(INT64_MAX, due_);
    ASSERT_EQ(due_.size(), 1u);
  }
  void TearDown() override {
    goc_timer_release(timer_);
    goc_chan_release(chan_);
    Procs::TearDown();
  }
  void fire() {
    goc::Timer* timer = due_.pop();
    timer->fire(timer);
  }
  bool still_waits() { return goc_op_wait(&op_, passed()) == GOC_ETIMEDOUT; }
  void expect_tick() {
    EXPECT_EQ(goc_op_wait(&op_, soon()), GOC_OK);
    EXPECT_GT(op_.value, 0);
  }

  goc_timer* timer_ = nullptr;
  goc_chan* chan_ = nullptr;
  Operation op_;
  goc::Fifo<goc::Timer> due_;
};
GOC_FOR_ALL_PROCS(TimerOnItsWay);

TEST_P(TimerOnItsWay, IsStopped) {
  EXPECT_EQ(goc_timer_stop(timer_), 1);
  fire();
  EXPECT_TRUE(still_waits());
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_EQ(goc_timer_reset(timer_, 0), 0);
  expect_tick();
}

TEST_P(TimerOnItsWay, IsResetToLater) {
  EXPECT_EQ(goc_timer_reset(timer_, kNever), 1);
  EXPECT_TRUE(heaps_are_empty()) << "whoever fires arms it anew";
  fire();
  EXPECT_TRUE(still_waits());
  EXPECT_FALSE(heaps_are_empty());
  EXPECT_EQ(goc_timer_reset(timer_, 0), 1);
  expect_tick();
}

TEST_P(TimerOnItsWay, IsResetToNow) {
  EXPECT_EQ(goc_timer_reset(timer_, 0), 1);
  fire();
  expect_tick();
}

TEST_P(TimerOnItsWay, FindsThatNobodyWaitsAnyMore) {
  EXPECT_EQ(goc_op_cancel(&op_), GOC_OK);
  fire();
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_EQ(goc_timer_stop(timer_), 1);
}

TEST_P(TimerOnItsWay, OutlivesItsHandles) {
  goc_timer_release(timer_);
  goc_chan_release(chan_);
  EXPECT_EQ(goc_op_cancel(&op_), GOC_OK);
  EXPECT_EQ(goc::TimerChannel::live_count(), 1) << "whoever fires knows it";
  fire();
  EXPECT_EQ(goc::TimerChannel::live_count(), 0);
  timer_ = nullptr;
  chan_ = nullptr;
}

// --- Shutdown -----------------------------------------------------------------------------------

TEST_P(Timer, NeedsNoRuntimeBeforeSomebodyWaits) {
  ASSERT_EQ(goc_shutdown(soon()), 0);
  const Alarm alarm(0);
  EXPECT_GT(take(alarm.chan), 0);
  EXPECT_FALSE(goc::g_runtime.started());
  goc_timer_stop(alarm.timer);
  EXPECT_FALSE(goc::g_runtime.started());
}

// What a plain thread does to wait for a tick that comes in a moment.
using WaitForTick = int (*)(goc_chan*);
const WaitForTick kWaysToWait[] = {
    [](goc_chan* ch) { return goc_chan_recv(ch, nullptr, soon()); },
    [](goc_chan* ch) {
      goc_case cases[] = {receiving(ch, nullptr), receiving(nullptr, nullptr)};
      return goc_select(cases, 2, soon());
    },
    [](goc_chan* ch) {
      Operation op;
      return op.receive(ch) == GOC_PENDING ? goc_op_wait(&op, soon()) : op.status;
    },
    [](goc_chan* ch) {
      Operation op;
      const int result = op.select({receiving(ch, nullptr), receiving(nullptr, nullptr)});
      return result == GOC_PENDING ? goc_op_wait(&op, soon()) : op.status;
    }};

TEST_P(Timer, WaitingStartsTheRuntime) {
  for (const WaitForTick wait : kWaysToWait) {
    ASSERT_EQ(goc_shutdown(soon()), 0);
    const Alarm alarm(GOC_MILLISECOND);
    EXPECT_EQ(wait(alarm.chan), GOC_OK);
  }
}

TEST_P(Timer, SurvivesTheRuntime) {
  const Alarm fired(0);
  take(fired.chan);
  const Alarm stopped(kNever);
  goc_timer_stop(stopped.timer);
  const Alarm set(kNever);
  ASSERT_EQ(goc_shutdown(soon()), 0) << "a timer is nobody's deadline";
  EXPECT_EQ(goc_timer_stop(fired.timer), 0);
  EXPECT_EQ(goc_timer_stop(stopped.timer), 0);
  EXPECT_EQ(goc_timer_stop(set.timer), 1);
  EXPECT_EQ(goc_timer_reset(fired.timer, 0), 0);
  EXPECT_GT(take(fired.chan), 0);
}

TEST_P(Timer, AnAbandonedReceiverLeavesIt) {
  const Alarm alarm(kNever);
  go_for_ever([ch = alarm.chan] { goc_chan_recv(ch, nullptr, GOC_FOREVER); });
  eventually([&] { return blocked_receivers(alarm.chan) == 1; });
  EXPECT_EQ(shutdown_now(), 1);
  EXPECT_EQ(blocked_receivers(alarm.chan), 0u);
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 1);
  EXPECT_GT(take(alarm.chan), 0);
}

TEST_P(Timer, WhoWaitsAcrossAShutdownIsReachedByAReset) {
  const Alarm alarm(kNever);
  Operation op;
  ASSERT_EQ(op.receive(alarm.chan), GOC_PENDING);
  ASSERT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 1);
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_OK);
}

TEST_P(Timer, ShutdownLetsGoOfOneWithoutHandles) {
  Operation op;
  {
    const Alarm alarm(kNever);
    ASSERT_EQ(op.receive(alarm.chan), GOC_PENDING);
    ASSERT_EQ(goc_shutdown(soon()), 0);
  }
  EXPECT_EQ(goc::TimerChannel::live_count(), 1) << "the operation keeps it";
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(goc::TimerChannel::live_count(), 0);
}

// --- Without threads ----------------------------------------------------------------------------

TEST_P(Timer, WaitingForItNeedsAThread) {
  ASSERT_EQ(goc_shutdown(soon()), 0);
  const Alarm alarm(kNever);
  const FailingCalls no_threads(goc::os::Call::kThread);
  EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, soon()), GOC_EAGAIN);
  goc_case cases[] = {receiving(alarm.chan, nullptr), receiving(nullptr, nullptr)};
  EXPECT_EQ(goc_select(cases, 2, soon()), GOC_EAGAIN);
  EXPECT_EQ(goc_timer_reset(alarm.timer, 0), GOC_EAGAIN);
  EXPECT_EQ(goc_timer_stop(alarm.timer), 1) << "unchanged";
  EXPECT_GT(no_threads.failures(), 0);
}

// --- Misuse -------------------------------------------------------------------------------------

TEST_P(Timer, MisuseIsRefused) {
  goc_chan* ch = nullptr;
  EXPECT_EQ(goc_timer_new(nullptr, &ch, 0), GOC_EINVAL);
  EXPECT_EQ(ch, nullptr);
  EXPECT_EQ(goc_timer_stop(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_timer_reset(nullptr, 0), GOC_EINVAL);
  EXPECT_EQ(goc_timer_chan(nullptr), nullptr);
  EXPECT_EQ(goc_timer_retain(nullptr), nullptr);
  goc_timer_release(nullptr);
}

void expect_bad(goc_timer* bad) {
  EXPECT_EQ(goc_timer_stop(bad), GOC_EBADHANDLE);
  EXPECT_EQ(goc_timer_reset(bad, 0), GOC_EBADHANDLE);
  EXPECT_EQ(goc_timer_chan(bad), nullptr);
  EXPECT_EQ(goc_timer_retain(bad), bad);
  goc_timer_release(bad);
}

TEST_P(Timer, ABadHandleIsRecognised) {
  goc_timer* timer = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, nullptr, kNever), GOC_OK);
  goc_timer_release(timer);
  expect_bad(timer);
  Chan ch(8, 0);
  expect_bad(reinterpret_cast<goc_timer*>(static_cast<goc_chan*>(ch)));
}

}  // namespace
