// Go's runtime/proc_test.go: goroutines that yield, spin, hog, keep their thread or wait for the clock let
// one another run. Go's tests of its local queues and of preemption are in the suite unit: LocalQueues and
// Monitor; so is what is left of TestNumGoroutine and of the nesting of locks: Goroutines, LockedThread.
#include <atomic>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class Proc : public Procs {};
GOC_FOR_1_2_4(Proc);

// --- Yielding ---------------------------------------------------------------------------------------

// A goroutine yields in a loop until another, which sleeps first, tells it to stop.
void yield_until_told(bool locked) {
  std::atomic<bool> stop{false};
  std::atomic<bool> yielding{false};
  Group group;
  group.go([&, locked] {
    if (locked) goc_lock_thread();
    const int64_t deadline = soon();
    while (!stop && goc_now() < deadline) {
      yielding = true;
      goc_yield();
    }
    EXPECT_TRUE(stop) << "nobody else ran";
  });
  group.go([&] {
    eventually([&] { return yielding.load(); });
    goc_sleep(GOC_MILLISECOND);
    stop = true;
  });
  group.wait();
}

TEST_P(Proc, AYieldLoopLetsASleeperStopIt) { yield_until_told(false); }

TEST_P(Proc, AYieldLoopOnAThreadOfItsOwnLetsASleeperStopIt) { yield_until_told(true); }

TEST_P(Proc, ALockedGoroutineYieldsAndSleepsAndGoesOn) {
  Group group;
  group.go([] {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    for (int i = 0; i < 10; ++i) {
      goc_yield();
      goc_sleep(100 * GOC_MICROSECOND);
    }
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
  });
  group.wait();
}

TEST_P(Proc, ALockedGoroutineAndAnotherTakeTurns) {
  Chan ch(8, 0);
  Group group;
  group.go([&] {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    for (int64_t i = 0; i < 100; ++i) ASSERT_EQ(put(ch, i), GOC_OK);
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
  });
  run([&] {
    for (int64_t i = 0; i < 100; ++i) ASSERT_EQ(take(ch), i);
  });
  group.wait();
}

// --- Parallelism ------------------------------------------------------------------------------------

// As many goroutines as processors spin in turn, none of which lets go of its own: they must all run.
void spin_in_turn(int processors, int rounds) {
  std::atomic<int> turn{0};
  Group group;
  for (int mine = 0; mine < processors; ++mine)
    group.go([&, mine] {
      const int64_t deadline = soon();
      for (int round = 0; round < rounds; ++round) {
        while (turn != round * processors + mine && goc_now() < deadline) goc::os::yield();
        ASSERT_EQ(turn++, round * processors + mine);
      }
    });
  group.wait();
}

TEST_P(Proc, AsManyGoroutinesAsProcessorsRunAtTheSameTime) {
  for (int i = 0; i < 10; ++i) spin_in_turn(GetParam(), 10);
}

TEST_P(Proc, TheyDoSoWhileTimersFireAndOthersAreBlocked) {
  Chan never(8, 0);
  std::atomic<bool> stop{false};
  Group others;
  for (int i = 0; i < 8; ++i) {
    others.go([&] { EXPECT_EQ(goc_chan_recv(never, nullptr, soon()), GOC_ECLOSED); });
    others.go([&] {
      while (!stop) goc_sleep(100 * GOC_MICROSECOND);
    });
  }
  for (int i = 0; i < 5; ++i) spin_in_turn(GetParam(), 10);
  stop = true;
  goc_chan_close(never);
  others.wait();
}

// Go's TestStealOrder asks whether a thief comes past every other. Here each worker in turn keeps its
// processor and has the only goroutine that is ready; a single one must be relieved.
TEST_P(Proc, WhatAnyWorkerHasIsRunByTheOthers) {
  for (int victim = 0; victim < GetParam(); ++victim) {
    std::atomic<int> present{0};
    std::atomic<bool> child_ran{false};
    Group group;
    for (int mine = 0; mine < GetParam(); ++mine)
      group.go([&, mine, victim] {
        const int64_t deadline = soon();
        ++present;
        while (present != GetParam() && goc_now() < deadline) goc::os::yield();
        if (mine != victim) return;
        group.go([&] { child_ran = true; });
        while (!child_ran && goc_now() < deadline) goc::os::yield();
        EXPECT_TRUE(child_ran) << "of worker " << mine;
      });
    group.wait();
  }
}

// --- Fairness ---------------------------------------------------------------------------------------

// Sends without end, until `done` is closed.
void keep_sending(goc_chan* busy, goc_chan* done) {
  const int64_t value = 1;
  goc_case cases[] = {sending(busy, &value), receiving(done, nullptr)};
  while (goc_select(cases, 2, GOC_FOREVER) == 0) {
  }
}

TEST_P(Proc, ATimerEndsALoopOverABusyChannel) {
  Chan busy(8, 0);
  Chan done(0, 0);
  Group senders;
  for (int i = 0; i < 2; ++i) senders.go([&] { keep_sending(busy, done); });
  run([&] {
    goc_timer* timer = nullptr;
    goc_chan* fired = nullptr;
    ASSERT_EQ(goc_timer_new(&timer, &fired, 2 * GOC_MILLISECOND), GOC_OK);
    goc_case cases[] = {receiving(busy, nullptr), receiving(fired, nullptr)};
    const int64_t deadline = soon();
    int last = 0;
    while (last == 0 && goc_now() < deadline) last = goc_select(cases, 2, deadline);
    EXPECT_EQ(last, 1) << "the timer starved";
    goc_chan_release(fired);
    goc_timer_release(timer);
  });
  goc_chan_close(done);
  senders.wait();
}

TEST_P(Proc, ADeadlinePassesWhileOthersKeepAChannelBusy) {
  Chan busy(8, 0);
  Chan done(0, 0);
  Chan never(8, 0);
  Group group;
  for (int i = 0; i < 2; ++i) group.go([&] { keep_sending(busy, done); });
  for (int i = 0; i < 2; ++i)
    group.go([&] {
      goc_case cases[] = {receiving(busy, nullptr), receiving(done, nullptr)};
      while (goc_select(cases, 2, GOC_FOREVER) == 0) {
      }
    });
  run([&] {
    EXPECT_EQ(goc_chan_recv(never, nullptr, goc_deadline(2 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
  });
  goc_chan_close(done);
  group.wait();
}

// Two pairs that share one processor, each of which hands a ball to and fro; a turn of one costs a
// thousand times a turn of the other. Go shares out time, and compares the work done; here nothing is
// preempted, turns are shared out, and they are compared.
class PingPongHog : public Runtime {
 protected:
  void SetUp() override { start(1); }

  struct Pair {
    explicit Pair(int64_t w) : work(w) {}
    const int64_t work;  // of each turn
    Chan ball{8, 0};
    std::atomic<int64_t> turns{0};
    volatile int64_t counter = 0;
  };
  void start_pair(Pair& pair) {
    for (int i = 0; i < 2; ++i) group_.go([this, &pair] { play(pair); });
  }
  void play(Pair& pair) {
    int64_t ball = 0;
    goc_case cases[] = {receiving(pair.ball, &ball), receiving(done_, nullptr)};
    while (goc_select(cases, 2, soon()) == 0) {
      for (int64_t i = 0; i < pair.work; ++i) pair.counter = pair.counter + 1;
      ++pair.turns;
      goc_case back[] = {sending(pair.ball, &ball), receiving(done_, nullptr)};
      if (goc_select(back, 2, soon()) != 0) return;
    }
  }

  Chan done_{0, 0};
  Group group_;
};

TEST_F(PingPongHog, APairThatComputesLeavesAPairThatTalksItsTurns) {
  Pair hog(effort(1000000));
  Pair light(effort(1000));
  start_pair(hog);
  start_pair(light);
  must_put(hog.ball, 1);
  must_put(light.ball, 1);
  // Both of each pair have begun: those that have not yet begun come last.
  eventually([&] { return hog.turns >= 2 && light.turns >= 2; });
  for (int part = 0; part < 8; ++part) {
    const int64_t light_before = light.turns;  // read first and last: its time encloses the hog's
    const int64_t hog_before = hog.turns;
    eventually([&] { return hog.turns >= hog_before + 60; });
    EXPECT_GT(20 * (light.turns - light_before), 60);
  }
  goc_chan_close(done_);
  group_.wait();
}

// --- Many -------------------------------------------------------------------------------------------

class BigMaxProcs : public Runtime {
 protected:
  void SetUp() override { start(1024); }
};

TEST_F(BigMaxProcs, MoreThanThereAreProcessorsByFarStillRun) {
  EXPECT_EQ(goc_max_procs(), 1024);
  Chan ch(8, 0);
  Group group;
  const int64_t count = effort(2000);
  for (int64_t i = 0; i < count; ++i) {
    group.go([&, i] { ASSERT_EQ(put(ch, i), GOC_OK); });
    group.go([&] { take(ch); });
  }
  group.wait();
}

}  // namespace
