// Timers: they fire once, at their time or later, and never after they were stopped.
#include <atomic>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class Timer : public Procs {};
GOC_FOR_ALL_PROCS(Timer);

constexpr int64_t kNever = 3600 * GOC_SECOND;

// A timer that is released at the end of its scope.
struct Alarm {
  explicit Alarm(int64_t ns) { EXPECT_EQ(goc_timer_new(&timer, &chan, ns), GOC_OK); }
  ~Alarm() {
    goc_timer_release(timer);
    goc_chan_release(chan);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  bool silent() const { return goc_chan_recv(chan, nullptr, GOC_NOW) == GOC_EAGAIN; }

  goc_timer* timer = nullptr;
  goc_chan* chan = nullptr;
};

TEST_P(Timer, SendsTheTimeAtWhichItFired) {
  on_both([] {
    const int64_t due = goc_deadline(GOC_MILLISECOND);
    const Alarm alarm(GOC_MILLISECOND);
    const int64_t tick = take(alarm.chan);
    EXPECT_GE(tick, due);
    EXPECT_LE(tick, goc_now());
    EXPECT_TRUE(alarm.silent()) << "it fires once";
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
      EXPECT_TRUE(alarm.silent());
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
    EXPECT_TRUE(alarm.silent());
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
    EXPECT_TRUE(alarm.silent());
  });
}

TEST_P(Timer, ATickThatWasNotReceivedIsGoneAfterStop) {
  on_both([] {
    const Alarm alarm(0);
    eventually([&] { return goc_chan_len(alarm.chan) == 1; });
    EXPECT_EQ(goc_timer_stop(alarm.timer), 0);
    EXPECT_TRUE(alarm.silent());
    EXPECT_EQ(goc_timer_reset(alarm.timer, 0), 0);
    eventually([&] { return goc_chan_len(alarm.chan) == 1; });
    EXPECT_EQ(goc_timer_reset(alarm.timer, kNever), 0);
    EXPECT_TRUE(alarm.silent());
  });
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
  eventually([&] { return goc_timer_reset(alarm.timer, 0) == 0; });
  EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, GOC_NOW), GOC_ECLOSED);
}

// The test is the thread that fires: it has taken the timer out, and the tick is yet to be sent.
void takes_back_a_tick_on_its_way(const std::function<void(goc_timer*)>& take_back) {
  const Alarm alarm(kNever);  // a plain thread arms it with worker 0
  goc::Fifo<goc::Timer> due;
  goc::g_runtime.worker(0).timers().collect(INT64_MAX, due);
  ASSERT_EQ(due.size(), 1u);
  std::atomic<bool> begun{false};
  std::atomic<bool> done{false};
  std::thread other([&] {
    begun = true;
    take_back(alarm.timer);
    done = true;
  });
  eventually([&] { return begun.load(); });
  for (int i = 0; i < 200 && !done; ++i) goc_yield();
  EXPECT_FALSE(done) << "it waits for the tick";
  goc::Timer* timer = due.pop();
  timer->fire(timer);
  other.join();
  EXPECT_TRUE(alarm.silent());
}

TEST_P(Timer, ATickOnItsWayIsTakenBack) {
  takes_back_a_tick_on_its_way([](goc_timer* t) { EXPECT_EQ(goc_timer_stop(t), 0); });
  takes_back_a_tick_on_its_way([](goc_timer* t) { EXPECT_EQ(goc_timer_reset(t, kNever), 0); });
}

// --- Shutdown -----------------------------------------------------------------------------------

TEST_P(Timer, OutlivesTheRuntimeThatFiredIt) {
  const Alarm fired(0);
  take(fired.chan);
  const Alarm stopped(kNever);
  goc_timer_stop(stopped.timer);
  ASSERT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(goc_timer_stop(fired.timer), 0);
  EXPECT_EQ(goc_timer_stop(stopped.timer), 0);
  EXPECT_EQ(goc_timer_reset(fired.timer, 0), 0) << "and starts the next one";
  EXPECT_GT(take(fired.chan), 0);
}

TEST_P(Timer, IsDisarmedByShutdown) {
  const Alarm alarm(kNever);
  ASSERT_EQ(goc_shutdown(soon()), 0) << "an armed timer is nobody's deadline";
  EXPECT_EQ(goc_timer_stop(alarm.timer), 0);
  EXPECT_TRUE(alarm.silent());
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
