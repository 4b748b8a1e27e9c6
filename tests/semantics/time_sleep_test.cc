// Sleeping and timers: what Go's time/sleep_test.go asserts. GO_CASES_time.md says which test is which.
#include <atomic>
#include <vector>

#include "chan/timer_channel.h"
#include "timers.h"

namespace {

using namespace goc_test;

class TimeSleep : public Procs {};
GOC_FOR_1_2_4(TimeSleep);

goc::TimerChannel& channel_of(const Alarm& alarm) {
  return *static_cast<goc::TimerChannel*>(reinterpret_cast<goc::Object*>(alarm.chan));
}

// --- Sleep ---------------------------------------------------------------------------------------

TEST_P(TimeSleep, LastsLongEnoughWhileOthersWakeUp) {
  Crew crew;
  for (int i = 0; i < 8; ++i)
    crew.start([i] {
      const int64_t until = goc_deadline((8 - i) * GOC_MILLISECOND);
      goc_sleep((8 - i) * GOC_MILLISECOND);
      EXPECT_GE(goc_now(), until);
    });
  crew.wait();
}

TEST_P(TimeSleep, OfNothingNeverBlocksWhatFollows) {
  std::atomic<bool> stop{false};
  Group group;
  group.go([&] {
    for (int n = 1; !stop; n = n % 4 + 1) {
      goc_set_max_procs(n);
      goc_yield();
    }
  });
  for (int i = 0; i < 100; ++i)
    run([] {
      goc_sleep(0);
      Chan ch(8, 1);
      must_put(ch, 1);
      EXPECT_EQ(take(ch), 1);
    });
  stop = true;
  group.wait();
  goc_set_max_procs(GetParam());
}

TEST_P(TimeSleep, ATimeBeyondTheEndOfTimeDoesNotComeAndOneBeforeItsBeginningDoes) {
  on_both([] {
    for (const int64_t ns : {INT64_MAX, INT64_MAX - goc_now(), INT64_MAX - 1}) {
      const Alarm alarm(ns);
      EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    }
    const Alarm alarm(INT64_MIN);
    EXPECT_GT(take(alarm.chan), 0);
  });
}

// --- Functions -----------------------------------------------------------------------------------

TEST_P(TimeSleep, AFunctionMayStartTheNextOne) {
  struct Chain {
    std::atomic<int> left{10};
    Chan done{0, 0};
    static void step(void* c) {
      auto* self = static_cast<Chain*>(c);
      if (--self->left == 0)
        goc_chan_close(self->done);
      else
        EXPECT_EQ(goc_after_func(nullptr, 0, &Chain::step, c), GOC_OK);
    }
  } chain;
  ASSERT_EQ(goc_after_func(nullptr, 0, &Chain::step, &chain), GOC_OK);
  EXPECT_EQ(goc_chan_recv(chain.done, nullptr, soon()), GOC_ECLOSED);
  EXPECT_EQ(chain.left, 0);
  eventually([] { return goc_num_goroutines() == 0; });
}

// Two goroutines that hand a value to and fro keep a processor busy for ever.
TEST_P(TimeSleep, AFunctionIsNotStarvedByGoroutinesThatAlwaysRun) {
  std::atomic<bool> stop{false};
  Group group;
  std::vector<std::unique_ptr<Chan>> tables;
  for (int i = 0; i < GetParam(); ++i) {
    tables.push_back(std::make_unique<Chan>(8, 1));
    goc_chan* table = *tables.back();
    for (int side = 0; side < 2; ++side)
      group.go([&stop, table] {
        while (!stop) {
          must_put(table, 1);
          take(table);
        }
      });
  }
  ASSERT_EQ(goc_after_func(
                nullptr, GOC_MILLISECOND,
                [](void* s) { static_cast<std::atomic<bool>*>(s)->store(true); }, &stop),
            GOC_OK);
  group.wait();
}

void never(void*) { ADD_FAILURE() << "it was stopped"; }

TEST_P(TimeSleep, StoppedOnesNeverFireHoweverManyTheyAre) {
  Crew crew;
  for (int i = 0; i < 100; ++i)
    crew.goroutine([i] {
      goc_timer* timer = nullptr;
      ASSERT_EQ(goc_after_func(&timer, kNever, &never, nullptr), GOC_OK);
      goc_sleep(i % 10 * 100 * GOC_MICROSECOND);
      EXPECT_EQ(goc_timer_stop(timer), 1);
      goc_timer_release(timer);
    });
  crew.wait();
  EXPECT_TRUE(heaps_are_empty());
}

// Of timers and functions, some are stopped before the last one comes.
TEST_P(TimeSleep, WhatIsStoppedDoesNotFireWithTheOthers) {
  std::atomic<bool> fired{false};
  const auto set = [](void* f) { static_cast<std::atomic<bool>*>(f)->store(true); };
  const Alarm stopped(GOC_MILLISECOND);
  goc_timer* stopped_func = nullptr;
  ASSERT_EQ(goc_after_func(&stopped_func, kNever, &never, nullptr), GOC_OK);
  ASSERT_EQ(goc_after_func(nullptr, 2 * GOC_MILLISECOND, set, &fired), GOC_OK);
  EXPECT_EQ(goc_timer_stop(stopped.timer), 1);
  EXPECT_EQ(goc_timer_stop(stopped_func), 1);
  eventually([&] { return fired.load(); });
  EXPECT_TRUE(silent(stopped.chan));
  EXPECT_EQ(goc_timer_stop(stopped.timer), 0);
  EXPECT_EQ(goc_timer_stop(stopped_func), 0);
  goc_timer_release(stopped_func);
}

// --- Timers --------------------------------------------------------------------------------------

TEST_P(TimeSleep, ATimerDoesNotFireBeforeItsTime) {
  on_both([] {
    const int64_t due = goc_deadline(2 * GOC_MILLISECOND);
    const Alarm alarm(2 * GOC_MILLISECOND);
    EXPECT_GE(take(alarm.chan), due);
    EXPECT_GE(goc_now(), due);
  });
}

TEST_P(TimeSleep, EachOfManyGetsItsOwnTimeInWhateverOrderTheyAreSet) {
  Group group;
  for (const int slot : {5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0})
    group.go([ns = slot * GOC_MILLISECOND] {
      const int64_t before = goc_now();
      const Alarm alarm(ns);
      const int64_t after = goc_now();
      const int64_t tick = take(alarm.chan);
      EXPECT_GE(tick, before + ns);
      EXPECT_LE(tick, after + ns);
    });
  group.wait();
}

TEST_P(TimeSleep, ResetPutsOffAndBringsForward) {
  const Alarm alarm(2 * GOC_MILLISECOND);
  EXPECT_EQ(goc_timer_reset(alarm.timer, kNever), 1);
  goc_sleep(3 * GOC_MILLISECOND);
  EXPECT_TRUE(silent(alarm.chan)) << "that was the time of before";
  EXPECT_EQ(goc_timer_reset(alarm.timer, GOC_MILLISECOND), 1);
  EXPECT_GT(take(alarm.chan), 0);
  EXPECT_EQ(goc_timer_reset(alarm.timer, GOC_MILLISECOND), 0);
  EXPECT_GT(take(alarm.chan), 0);
}

// Go issue 47329: one that is brought forward must not wait for what was the earliest.
TEST_P(TimeSleep, OneThatIsBroughtForwardFiresAtOnce) {
  const int64_t rounds = effort(1000);
  run([=] {
    for (int64_t i = 0; i < rounds; ++i) {
      const Alarm alarm(kNever);
      for (int j = 0; j < 10; ++j) {
        EXPECT_EQ(goc_timer_stop(alarm.timer), 1);
        EXPECT_EQ(goc_timer_reset(alarm.timer, INT64_MIN / 2), 0);
      }
      take(alarm.chan);
    }
  });
}

TEST_P(TimeSleep, OneThatIsBroughtForwardWakesItsReceiver) {
  const Alarm alarm(kNever);
  for (int i = 0; i < 50; ++i) {
    Group group;
    group.go([&] { take(alarm.chan); });
    eventually([&] { return blocked_receivers(alarm.chan) == 1; });
    goc_timer_reset(alarm.timer, 0);
    group.wait();
    goc_timer_reset(alarm.timer, kNever);
  }
}

// Go issue 47762: heaps in which most timers are moved or stopped all the time lose none.
TEST_P(TimeSleep, NoneIsLostWhileManyAreMoved) {
  const size_t count = 100;
  std::atomic<size_t> fired{0};
  const auto count_it = [](void* f) { ++*static_cast<std::atomic<size_t>*>(f); };
  std::vector<goc_timer*> timers(count);
  for (goc_timer*& t : timers) ASSERT_EQ(goc_after_func(&t, kNever, count_it, &fired), GOC_OK);
  Crew crew;
  for (uint64_t i = 0; i < 4; ++i)
    crew.start([&, i] {
      Dice dice(i + 1);
      for (int64_t n = effort(5000); n > 0; --n) {
        goc_timer* timer = timers[static_cast<size_t>(dice.below(count))];
        dice.one_in(4) ? goc_timer_stop(timer) : goc_timer_reset(timer, kNever - dice.below(1000));
        if (dice.one_in(16)) goc_yield();
      }
    });
  crew.wait();
  EXPECT_EQ(fired, 0u);
  for (goc_timer* t : timers) goc_timer_reset(t, 0);
  eventually([&] { return fired == count; });
  for (goc_timer* t : timers) goc_timer_release(t);
}

// The answer of a stop and a reset says whether a tick will be received, in the middle of it all too.
void race_for_the_tick(int (*take_back)(goc_timer*)) {
  Group group;
  for (int i = 0; i < 200; ++i)
    group.go([=] {
      const Alarm first(GOC_MILLISECOND);
      const Alarm second(GOC_MILLISECOND);
      goc_case cases[] = {receiving(first.chan, nullptr), receiving(second.chan, nullptr)};
      const int got = goc_select(cases, 2, soon());
      ASSERT_TRUE(got == 0 || got == 1);
      EXPECT_EQ(take_back((got == 0 ? first : second).timer), 0) << "its tick was received";
      const Alarm& other = got == 0 ? second : first;
      EXPECT_EQ(take_back(other.timer), 1) << "its tick was not";
      EXPECT_TRUE(silent(other.chan));
    });
  group.wait();
}

TEST_P(TimeSleep, StopSaysWhetherATickWasReceived) { race_for_the_tick(&goc_timer_stop); }

TEST_P(TimeSleep, ResetSaysWhetherATickWasReceived) {
  race_for_the_tick([](goc_timer* timer) { return goc_timer_reset(timer, kNever); });
}

// Go issue 37196: several goroutines that wait by turns, one of them on a thread of its own.
TEST_P(TimeSleep, ATickerWakesManyByTurns) {
  const Ticks ticks(10 * GOC_MICROSECOND);
  Group group;
  for (int i = 0; i < 10; ++i)
    group.go([&, i] {
      if (i == 0) goc_lock_thread();
      for (int n = 0; n < 20; ++n) take(ticks.chan);
    });
  group.wait();
}

TEST_P(TimeSleep, ATimerWakesManyByTurns) {
  Group group;
  for (int i = 0; i < 10; ++i)
    group.go([i] {
      if (i == 0) goc_lock_thread();
      const Alarm alarm(GOC_NOW);
      for (int n = 0; n < 100; ++n) {
        take(alarm.chan);
        EXPECT_EQ(goc_timer_reset(alarm.timer, GOC_MICROSECOND + n), 0);
      }
    });
  group.wait();
}

TEST_P(TimeSleep, NoTimerAtAllIsAnError) {
  EXPECT_EQ(goc_timer_stop(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_timer_reset(nullptr, 1), GOC_EINVAL);
  EXPECT_EQ(goc_ticker_stop(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_ticker_reset(nullptr, 1), GOC_EINVAL);
}

// --- Tickers -------------------------------------------------------------------------------------

TEST_P(TimeSleep, ATickerOfTheShortestPeriodTicksWhileOthersWork) {
  std::atomic<bool> stop{false};
  Group group;
  for (int i = 0; i < 2; ++i)
    group.go([&] {
      while (!stop) goc_yield();
    });
  const Ticks ticks(1);
  for (int i = 0; i < 100; ++i) take(ticks.chan);
  stop = true;
  group.wait();
}

TEST_P(TimeSleep, ManyTickersOfTheShortestPeriodTick) {
  Crew crew;
  for (int i = 0; i < 10; ++i)
    crew.start([] {
      const Ticks ticks(1);
      for (int n = 0; n < 50; ++n) take(ticks.chan);
    });
  crew.wait();
}

TEST_P(TimeSleep, TicksDoNotComeTooEarlyInSum) {
  const int64_t start = goc_now();
  const Ticks ticks(GOC_MILLISECOND);
  for (int i = 0; i < 10; ++i) take(ticks.chan);
  EXPECT_GE(goc_now(), start + 10 * GOC_MILLISECOND);
}

TEST_P(TimeSleep, APeriodThatOverflowsTicksOnce) {
  on_both([] {
    const Alarm alarm(kNever);
    EXPECT_EQ(channel_of(alarm).set(goc_now(), INT64_MAX), 1);
    EXPECT_GT(take(alarm.chan), 0);
    EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  });
}

}  // namespace
