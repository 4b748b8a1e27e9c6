// Timers in storms: no tick of before a stop or a reset is received after it (Go 1.23's rule).
#include <atomic>
#include <vector>

#include "timers.h"

namespace {

using namespace goc_test;

class TimerStress : public Procs {};
GOC_FOR_ALL_PROCS(TimerStress);

constexpr int kTimerActors = 8;

// Many at once, each with a timer of its own that is first armed for so long, do so many rounds.
void storm(int64_t first, void (*round)(goc_timer*, goc_chan*, Dice&)) {
  const int64_t rounds = effort(1000);
  Crew crew;
  for (uint64_t i = 0; i < kTimerActors; ++i)
    crew.start([=] {
      Dice dice(i + 1);
      goc_timer* timer = nullptr;
      goc_chan* ch = nullptr;
      ASSERT_EQ(goc_timer_new(&timer, &ch, first), GOC_OK);
      for (int64_t n = 0; n < rounds; ++n) round(timer, ch, dice);
      goc_timer_release(timer);
      goc_chan_release(ch);
    });
  crew.wait();
}

// Arms the timer so that it fires about now, and then stops or resets it.
void race_with_the_tick(goc_timer* timer, goc_chan* ch, Dice& dice) {
  goc_timer_reset(timer, dice.below(40) * GOC_MICROSECOND);
  for (int64_t i = dice.below(4); i > 0; --i) goc_yield();
  if (dice.one_in(3)) goc_sleep(dice.below(40) * GOC_MICROSECOND);
  const bool stops = dice.one_in(2);
  const int was_armed = stops ? goc_timer_stop(timer) : goc_timer_reset(timer, kNever);
  ASSERT_TRUE(was_armed == 0 || was_armed == 1);
  ASSERT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN) << "a stale tick";
}

TEST_P(TimerStress, NoStaleTickIsReceivedAfterStopOrReset) { storm(kNever, race_with_the_tick); }

// A tick is never older than the last reset said it would be.
TEST_P(TimerStress, EachResetGivesItsOwnTick) {
  storm(0, [](goc_timer* timer, goc_chan* ch, Dice& dice) {
    const int64_t ns = dice.below(30) * GOC_MICROSECOND;
    const int64_t due = goc_deadline(ns);
    goc_timer_reset(timer, ns);
    if (dice.one_in(2)) {
      ASSERT_GE(take(ch), due);
    }
  });
}

// Several reset and stop one timer while others receive from it.
TEST_P(TimerStress, ManyMayShareATimer) {
  const int64_t rounds = effort(1000);
  goc_timer* timer = nullptr;
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_timer_new(&timer, &ch, 0), GOC_OK);
  std::atomic<int> busy{kTimerActors};
  Chan stop(0, 0);
  Crew crew;
  for (uint64_t i = 0; i < kTimerActors; ++i) {
    crew.start([&, i] {
      Dice dice(i + 1);
      for (int64_t n = 0; n < rounds; ++n) {
        dice.one_in(4) ? goc_timer_stop(timer)
                       : goc_timer_reset(timer, dice.below(20) * GOC_MICROSECOND);
        if (dice.one_in(8)) goc_yield();
      }
      if (--busy == 0) goc_chan_close(stop);
    });
    crew.start([&] {
      goc_case cases[] = {receiving(ch, nullptr), receiving(stop, nullptr)};
      while (goc_select(cases, 2, soon()) == 0) {
      }
    });
  }
  crew.wait();
  goc_timer_stop(timer);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN);
  goc_timer_release(timer);
  goc_chan_release(ch);
}

TEST_P(TimerStress, ReleaseMayRaceWithTheTick) {
  const int64_t rounds = effort(1000);
  const int64_t before = goc::TimerObject::live_count();
  Crew crew;
  for (uint64_t i = 0; i < kTimerActors; ++i)
    crew.start([=] {
      Dice dice(i + 1);
      for (int64_t n = 0; n < rounds; ++n) {
        goc_timer* timer = nullptr;
        ASSERT_EQ(goc_timer_new(&timer, nullptr, dice.below(40) * GOC_MICROSECOND), GOC_OK);
        if (dice.one_in(2)) goc_yield();
        goc_timer_release(timer);
      }
    });
  crew.wait();
  EXPECT_EQ(goc::TimerObject::live_count(), before);
}

TEST_P(TimerStress, AllOfManyFire) {
  const int64_t count = kSanitized ? 500 : 5000;
  std::vector<goc_timer*> timers(static_cast<size_t>(count));
  Dice dice(7);
  for (goc_timer*& t : timers)
    ASSERT_EQ(goc_timer_new(&t, nullptr, dice.below(5000) * GOC_MICROSECOND), GOC_OK);
  for (goc_timer* t : timers) {
    EXPECT_GT(take(goc_timer_chan(t)), 0);
    goc_timer_release(t);
  }
}

}  // namespace
