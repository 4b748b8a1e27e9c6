// The clock, deadlines, and sleeping.
#include <atomic>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class Sleep : public Procs {};
GOC_FOR_ALL_PROCS(Sleep);

TEST_P(Sleep, TheClockNeverGoesBack) {
  int64_t last = goc_now();
  EXPECT_GT(last, 0);
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = goc_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST_P(Sleep, ADeadlineLiesFromNowOn) {
  const int64_t before = goc_now();
  const int64_t deadline = goc_deadline(GOC_SECOND);
  EXPECT_GE(deadline, before + GOC_SECOND);
  EXPECT_LE(deadline, goc_now() + GOC_SECOND);
}

TEST_P(Sleep, ADeadlineBeyondTheEndOfTimeIsForEver) {
  EXPECT_EQ(goc_deadline(INT64_MAX), GOC_FOREVER);
  EXPECT_EQ(goc_deadline(INT64_MAX - 1), GOC_FOREVER);
  EXPECT_LT(goc_deadline(INT64_MAX / 2), GOC_FOREVER);
}

TEST_P(Sleep, ADeadlineInThePastHasJustPassed) {
  for (const int64_t ns : {INT64_C(0), INT64_C(-1), -GOC_SECOND, INT64_MIN}) {
    const int64_t before = goc_now();
    const int64_t deadline = goc_deadline(ns);
    EXPECT_GE(deadline, before) << "never GOC_NOW";
    EXPECT_LE(deadline, goc_now());
    EXPECT_EQ(goc_chan_recv(nullptr, nullptr, deadline), GOC_ETIMEDOUT);
  }
}

TEST_P(Sleep, LastsAtLeastSoLong) {
  on_both([] {
    for (const int64_t ns : {INT64_C(1), GOC_MICROSECOND, GOC_MILLISECOND, 3 * GOC_MILLISECOND}) {
      const int64_t until = goc_deadline(ns);
      goc_sleep(ns);
      EXPECT_GE(goc_now(), until);
    }
  });
}

TEST_P(Sleep, UntilATimeEndsAtThatTime) {
  on_both([] {
    const int64_t until = goc_deadline(2 * GOC_MILLISECOND);
    goc_sleep_until(until);
    EXPECT_GE(goc_now(), until);
  });
}

TEST_P(Sleep, OfNothingReturnsAtOnce) {
  on_both([] {
    for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN}) {
      goc_sleep(ns);
      goc_sleep_until(ns);
    }
    goc_sleep_until(goc_now() - 1);
    goc_sleep_until(goc_now());
  });
}

TEST_P(Sleep, ForEverIsLeftAtShutdown) {
  go_for_ever([] { goc_sleep_until(GOC_FOREVER); });
  go_for_ever([] { goc_sleep(INT64_MAX); });
  EXPECT_EQ(goc_shutdown(soon()), 2) << "no deadline is pending";
}

TEST_P(Sleep, ShutdownWaitsForThoseWhoWillWakeUp) {
  std::atomic<int> awake{0};
  for (int i = 1; i <= 5; ++i)
    go([&, i] {
      goc_sleep(i * GOC_MILLISECOND);
      ++awake;
    });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(awake, 5);
}

TEST_P(Sleep, LeavesTheThreadToOthers) {
  std::atomic<int> asleep{0};
  std::atomic<bool> ran{false};
  Group group;
  for (int i = 0; i < 4 * GetParam(); ++i)
    group.go([&] {
      ++asleep;
      while (!ran) goc_sleep(GOC_MILLISECOND);
    });
  eventually([&] { return asleep == 4 * GetParam(); });
  group.go([&] { ran = true; });
  group.wait();
}

// The example of every tutorial: five workers that sleep for a second do so together.
TEST_P(Sleep, FiveWorkersSleepAtTheSameTime) {
  const int64_t start = goc_now();
  Group group;
  for (int i = 0; i < 5; ++i) group.go([] { goc_sleep(GOC_SECOND); });
  group.wait();
  EXPECT_GE(goc_now() - start, GOC_SECOND);
  EXPECT_LT(goc_now() - start, 3 * GOC_SECOND);
}

TEST_P(Sleep, StressManySleepersAllWakeUp) {
  Group group;
  Dice dice(3);
  std::atomic<int64_t> woken{0};
  const int64_t count = kSanitized ? 300 : 5000;
  for (int64_t i = 0; i < count; ++i)
    group.go([&, ns = dice.below(3000) * GOC_MICROSECOND] {
      goc_sleep(ns);
      goc_sleep(ns / 2);
      ++woken;
    });
  group.wait();
  EXPECT_EQ(woken, count);
}

}  // namespace
