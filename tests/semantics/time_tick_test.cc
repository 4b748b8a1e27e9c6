// Tickers and the channels of timers: what Go's time/tick_test.go asserts. GO_CASES_time.md says which
// test is which.
#include <goconc/goconc.hpp>

#include <atomic>
#include <vector>

#include "timers.h"

namespace {

using namespace goc_test;

class TimeTick : public Procs {};
GOC_FOR_1_2_4(TimeTick);

TEST_P(TimeTick, TicksComeAtTheirPeriodAndThenAtTheNextOne) {
  const int64_t period = GOC_MILLISECOND;
  const int64_t start = goc_now();
  const Ticks ticks(period);
  for (int i = 0; i < 5; ++i) take(ticks.chan);
  EXPECT_EQ(goc_ticker_reset(ticks.ticker, 2 * period), 1);
  for (int i = 0; i < 5; ++i) take(ticks.chan);
  EXPECT_GE(goc_now() - start, 15 * period);
  EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1);
  goc_sleep(3 * period);
  EXPECT_TRUE(silent(ticks.chan));
}

TEST_P(TimeTick, TickersAreMadeAndLetGoOneAfterTheOther) {
  for (int i = 0; i < 3; ++i) {
    const Ticks ticks(GOC_MILLISECOND);
    take(ticks.chan);
    goc_ticker_stop(ticks.ticker);
    EXPECT_TRUE(heaps_are_empty());
  }
}

TEST_P(TimeTick, ALoopOverTheChannelIsATicker) {
  const goconc::ticker ticker(std::chrono::microseconds(100));
  int count = 0;
  for ([[maybe_unused]] const goconc::tick now : ticker.chan())
    if (++count == 10) break;
  EXPECT_EQ(count, 10);
}

TEST_P(TimeTick, APeriodMustBePositive) {
  goc_ticker* ticker = nullptr;
  EXPECT_EQ(goc_ticker_new(&ticker, nullptr, -1), GOC_EINVAL);
  EXPECT_EQ(ticker, nullptr);
  const Ticks ticks(kNever);
  EXPECT_EQ(goc_ticker_reset(ticks.ticker, 0), GOC_EINVAL);
  EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1) << "it runs as before";
}

// While goroutines pass values, many timers are armed, and taken out again, in every heap.
TEST_P(TimeTick, HeapsFullOfTimersDoNotHoldUpGoroutines) {
  const int64_t count = effort(5000) + 100;
  Chan ch(8, 0);
  Group group;
  group.go([&] {
    while (goc_chan_recv(ch, nullptr, soon()) == GOC_OK) {
    }
  });
  std::vector<goc_timer*> timers(static_cast<size_t>(count));
  run([&] {
    for (goc_timer*& t : timers) {
      ASSERT_EQ(goc_after_func(
                    &t, kNever, [](void*) {}, nullptr),
                GOC_OK);
      EXPECT_EQ(put(ch, 1), GOC_OK);
    }
    for (goc_timer* t : timers) {
      EXPECT_EQ(goc_timer_stop(t), 1);
      goc_timer_release(t);
      EXPECT_EQ(put(ch, 1), GOC_OK);
    }
  });
  goc_chan_close(ch);
  group.wait();
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(TimeTick, ALateReceiverGetsTheTimeThatItMissed) {
  const int64_t before = goc_now();
  const Alarm alarm(GOC_MILLISECOND);
  const Ticks ticks(GOC_MILLISECOND);
  const int64_t after = goc_now();
  goc_sleep(10 * GOC_MILLISECOND);
  for (goc_chan* ch : {alarm.chan, ticks.chan}) {
    const int64_t tick = take(ch);
    EXPECT_GE(tick, before + GOC_MILLISECOND);
    EXPECT_LE(tick, after + GOC_MILLISECOND);
  }
}

TEST_P(TimeTick, TicksMayBeSentByHand) {
  const Ticks ticks(kNever);
  Group group;
  group.go([&] { EXPECT_EQ(put(ticks.chan, 7), GOC_OK); });
  EXPECT_EQ(take(ticks.chan), 7);
  group.wait();
  EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1);
}

// --- The channel -----------------------------------------------------------------------------------

// What a timer and a ticker have in common.
struct Clock {
  virtual ~Clock() = default;
  virtual int stop() = 0;
  virtual int reset(int64_t ns) = 0;
  virtual goc_chan* chan() = 0;

  // A tick is there that nobody has received.
  void be_due() {
    reset(1);
    const int64_t due = goc_now() + 1;
    while (goc_now() <= due) goc_yield();
  }
};

struct TimerClock final : Clock {
  int stop() override { return goc_timer_stop(alarm.timer); }
  int reset(int64_t ns) override { return goc_timer_reset(alarm.timer, ns); }
  goc_chan* chan() override { return alarm.chan; }
  Alarm alarm{kNever};
};

struct TickerClock final : Clock {
  int stop() override { return goc_ticker_stop(ticks.ticker); }
  int reset(int64_t ns) override { return goc_ticker_reset(ticks.ticker, ns); }
  goc_chan* chan() override { return ticks.chan; }
  Ticks ticks{kNever};
};

class TimeChan : public Procs {
 protected:
  // Does it with a timer and with a ticker, on a goroutine and on a plain thread.
  static void with_each(const std::function<void(Clock&)>& f) {
    on_both([&] {
      TimerClock timer;
      f(timer);
      TickerClock ticker;
      f(ticker);
    });
  }
  // So many goroutines wait for a tick when it returns.
  static void let_wait(Group& group, goc_chan* ch, size_t count) {
    for (size_t i = 0; i < count; ++i) group.go([ch] { take(ch); });
    eventually([&] { return blocked_receivers(ch) == count; });
  }
};
GOC_FOR_1_2_4(TimeChan);

TEST_P(TimeChan, HasNeitherLengthNorCapacity) {
  with_each([](Clock& clock) {
    EXPECT_EQ(goc_chan_cap(clock.chan()), 0u);
    EXPECT_EQ(goc_chan_len(clock.chan()), 0u);
    clock.be_due();
    EXPECT_EQ(goc_chan_len(clock.chan()), 0u);
    EXPECT_EQ(goc_chan_cap(clock.chan()), 0u);
    take(clock.chan());
  });
}

TEST_P(TimeChan, ATickThatIsDueIsTakenByReceiveTryAndSelect) {
  with_each([](Clock& clock) {
    clock.be_due();
    EXPECT_EQ(goc_chan_recv(clock.chan(), nullptr, GOC_FOREVER), GOC_OK);
    clock.be_due();
    EXPECT_EQ(goc_chan_recv(clock.chan(), nullptr, GOC_NOW), GOC_OK);
    clock.be_due();
    goc_case cases[] = {receiving(nullptr, nullptr), receiving(clock.chan(), nullptr)};
    EXPECT_EQ(goc_select(cases, 2, GOC_NOW), 1);
    EXPECT_TRUE(heaps_are_empty()) << "all of this without one";
  });
}

TEST_P(TimeChan, AfterStopNoTickIsReceived) {
  with_each([](Clock& clock) {
    EXPECT_EQ(clock.stop(), 1);
    clock.be_due();
    EXPECT_EQ(clock.stop(), 1) << "due, but not received";
    EXPECT_TRUE(silent(clock.chan()));
    EXPECT_EQ(clock.stop(), 0);
  });
}

TEST_P(TimeChan, AfterResetNoTickOfBeforeIsReceived) {
  with_each([](Clock& clock) {
    clock.be_due();
    EXPECT_EQ(clock.reset(kNever), 1) << "due, but not received";
    EXPECT_TRUE(silent(clock.chan()));
    EXPECT_EQ(clock.stop(), 1);
    EXPECT_EQ(clock.reset(kNever), 0);
  });
}

TEST_P(TimeChan, AResetReachesWhoWaits) {
  with_each([](Clock& clock) {
    Group group;
    let_wait(group, clock.chan(), 1);
    EXPECT_EQ(clock.reset(1), 1);
    group.wait();
    clock.stop();
    let_wait(group, clock.chan(), 1);
    EXPECT_EQ(clock.reset(1), 0);
    group.wait();
  });
}

TEST_P(TimeChan, AStopLetsWhoWaitsWaitAndAResetReachesThem) {
  with_each([](Clock& clock) {
    Group group;
    let_wait(group, clock.chan(), 3);
    EXPECT_EQ(clock.stop(), 1);
    EXPECT_EQ(blocked_receivers(clock.chan()), 3u);
    for (size_t left = 3; left-- > 0;) {
      EXPECT_EQ(clock.reset(1), 0);
      eventually([&] { return blocked_receivers(clock.chan()) <= left; });
      clock.stop();
      if (blocked_receivers(clock.chan()) < left) left = blocked_receivers(clock.chan());
    }
    group.wait();
  });
}

TEST_P(TimeChan, ASelectThatAnotherCaseWinsLeavesTheTick) {
  with_each([](Clock& clock) {
    Chan other(8, 0);
    Group group;
    group.go([&] {
      goc_case cases[] = {receiving(clock.chan(), nullptr), receiving(other, nullptr)};
      EXPECT_EQ(goc_select(cases, 2, GOC_FOREVER), 1);
    });
    eventually([&] { return blocked_receivers(clock.chan()) == 1; });
    must_put(other, 1);
    group.wait();
    EXPECT_TRUE(heaps_are_empty());
    clock.be_due();
    take(clock.chan());
  });
}

TEST_P(TimeChan, ManySelectsOnOneClockGetOneTickEach) {
  with_each([](Clock& clock) {
    std::atomic<int> got{0};
    Chan never(8, 0);
    Group group;
    for (int i = 0; i < 5; ++i)
      group.go([&] {
        goc_case cases[] = {receiving(never, nullptr), receiving(clock.chan(), nullptr),
                            receiving(clock.chan(), nullptr)};
        EXPECT_GE(goc_select(cases, 3, soon()), 1);
        ++got;
      });
    for (int i = 1; i <= 5; ++i) {
      const int before = got;
      if (before < i) clock.reset(1);
      eventually([&] { return got >= i; });
    }
    group.wait();
  });
}

}  // namespace
