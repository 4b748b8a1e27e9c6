// Monitor: a goroutine that keeps its thread does not keep the others from running.
#include "sched/monitor.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"
#include "pipe.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::FailingCalls;
using goc_test::Group;
using goc_test::Pipe;
using goc_test::soon;

class Monitor : public goc_test::Procs {
 protected:
  // Starts as many goroutines as processors that compute until told to stop.
  void start_computing() {
    for (int i = 0; i < GetParam(); ++i)
      computing_.go([this] {
        ++started_;
        while (!stop_.load(std::memory_order_relaxed)) goc::cpu_relax();
      });
    eventually([this] { return started_ == GetParam(); });
  }
  void stop_computing() {
    stop_ = true;
    computing_.wait();
  }

 private:
  Group computing_;
  goc::Atom<int> started_{0};
  goc::Atom<bool> stop_{false};
};
GOC_FOR_ALL_PROCS(Monitor);

TEST_P(Monitor, OthersRunWhileOneGoroutinePerProcessorComputes) {
  start_computing();
  Group others;
  for (int i = 0; i < 100; ++i) others.go([] { goc_yield(); });
  others.wait();
  stop_computing();
}

TEST_P(Monitor, TimersFireWhileOneGoroutinePerProcessorComputes) {
  Group sleepers;
  for (int i = 0; i < 10; ++i) sleepers.go([] { goc_sleep(5 * GOC_MILLISECOND); });
  start_computing();
  sleepers.wait();
  stop_computing();
}

// Or who waits first would seem to have waited since the monitor fell asleep.
TEST_P(Monitor, TheClockThatStoodStillIsRightAgainBeforeAnybodyRuns) {
  constexpr uint32_t kPause = 5;
  goc::Runtime& runtime = goc::g_runtime;
  eventually([&] {
    const goc::Guard guard(runtime.idle.lock);
    const uint32_t now = goc::coarse(goc_now());
    if (!runtime.monitor.asleep() || now - goc::g_coarse_clock.load() < kPause) return false;
    EXPECT_TRUE(runtime.monitor.must_be_poked());
    EXPECT_LE(now, goc::g_coarse_clock.load());
    return true;
  });
}

// The goroutine that was made ready last is in `next`, from which nobody steals.
TEST_P(Monitor, WhomAComputingGoroutineHasWokenRuns) {
  Chan chan(0, 0);
  goc::Atom<bool> woken{false};
  Group group;
  group.go([&] {
    ASSERT_EQ(goc_chan_recv(chan, nullptr, soon()), GOC_OK);
    woken = true;
  });
  group.go([&] {
    ASSERT_EQ(goc_chan_send(chan, nullptr, soon()), GOC_OK);
    const int64_t deadline = soon();
    while (!woken && goc_now() < deadline) goc::cpu_relax();
    EXPECT_TRUE(woken);
  });
  group.wait();
}

TEST_P(Monitor, WhomAComputingGoroutineHasStartedRuns) {
  goc_test::run([] {
    goc::Atom<int> ran{0};
    Group group;
    for (int i = 0; i < 500; ++i) group.go([&] { ++ran; });
    const int64_t deadline = soon();
    while (ran != 500 && goc_now() < deadline) goc::cpu_relax();
    EXPECT_EQ(ran, 500);
    group.wait();
  });
}

TEST_P(Monitor, ManyGoroutinesMayBlockTheirThreadsAtOnceAndNoneIsLost) {
  const int many = 4 * GetParam() + 8;
  Pipe pipe;
  goc::Atom<int> blocked{0};
  Group readers;
  for (int i = 0; i < many; ++i)
    readers.go([&] {
      ++blocked;
      pipe.read_one();
      goc_yield();
    });
  Group writer;
  writer.go([&] {
    while (blocked != many) goc_yield();
    for (int i = 0; i < many; ++i) pipe.write_one();
  });
  writer.wait();
  readers.wait();
}

TEST_P(Monitor, OthersRunWhileGoroutinesWaitForAMutexOfThePlatform) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  goc::Atom<int> waiting{0};
  Group group;
  for (int i = 0; i < GetParam() + 2; ++i)
    group.go([&] {
      ++waiting;
      pthread_mutex_lock(&mutex);
      pthread_mutex_unlock(&mutex);
    });
  Group others;
  others.go([&] {
    while (waiting != GetParam() + 2) goc_yield();
  });
  others.wait();
  pthread_mutex_unlock(&mutex);
  group.wait();
}

// Once stalled, always ready to take part again: the queues of workers that come and go.
TEST_P(Monitor, StressWorkersThatStallAndComeBackLoseNothing) {
  Pipe pipe;
  const int64_t rounds = effort(400);
  goc::Atom<int64_t> done{0};
  Group group;
  for (int g = 0; g < 4; ++g) {
    group.go([&] {
      for (int64_t i = 0; i < rounds; ++i) {
        goc_blocking_begin();
        pipe.read_one();
        goc_blocking_end();
        Group children;
        for (int c = 0; c < 3; ++c) children.go([&] { ++done; });
        children.wait();
      }
    });
    group.go([&] {
      for (int64_t i = 0; i < rounds; ++i) {
        goc_yield();
        pipe.write_one();
      }
    });
  }
  group.wait();
  EXPECT_EQ(done, 4 * 3 * rounds);
}

// --- Threads ---------------------------------------------------------------------------------------

class Threads : public goc_test::Runtime {
 protected:
  void SetUp() override {}
};

goc::Runtime::Options one_processor() {
  goc::Runtime::Options options;
  options.max_procs = 1;
  return options;
}

// Blocks `count` goroutines in a system call at once, each on a thread of its own, and lets them go.
void block_threads(int count) {
  Pipe pipe;
  goc::Atom<int> blocked{0};
  Group group;
  for (int i = 0; i < count; ++i)
    group.go([&] {
      ++blocked;
      pipe.read_one();
    });
  eventually([&] { return blocked == count; });
  for (int i = 0; i < count; ++i) pipe.write_one();
  group.wait();
}

TEST_F(Threads, ThatAreIdleForLongEndAndAreReplacedWhenNeeded) {
  goc::Runtime::Options options = one_processor();
  options.idle_life = 20 * GOC_MILLISECOND;
  start(options);
  const int at_first = goc_test::threads_of_process();
  for (int round = 0; round < 3; ++round) {
    block_threads(8);
    eventually([&] { return goc_test::threads_of_process() <= at_first; });
    Group group;
    for (int i = 0; i < 100; ++i) group.go([] { goc_sleep(1); });
    group.wait();
  }
}

TEST_F(Threads, AreNeverMoreThanMaxThreads) {
  goc::Runtime::Options options = one_processor();
  options.max_threads = 3;
  const int before = goc_test::threads_of_process();
  start(options);
  Pipe pipe;
  Group group;
  goc::Atom<int> blocked{0};
  for (int i = 0; i < 10; ++i)
    group.go([&] {
      ++blocked;
      pipe.read_one();
    });
  eventually([&] { return blocked == 3; });
  for (int i = 0; i < 10; ++i) pipe.write_one();
  group.wait();
  EXPECT_EQ(blocked, 10);
  EXPECT_LE(goc_test::threads_of_process(), before + 3 + 1) << "and the monitor";
}

// No thread can be had when the first goroutine blocks; later one can.
TEST_F(Threads, AreTriedForAgainWhenNoneCouldBeStarted) {
  start(one_processor());
  Pipe pipe;
  Group blocked;
  goc::Atom<bool> reads{false};
  Group other;
  {
    FailingCalls none(goc::os::Call::kThread);
    blocked.go([&] {
      reads = true;
      pipe.read_one();
    });
    eventually([&] { return reads.load(); });
    other.go([] {});
    eventually([] { return FailingCalls::failures() != 0; });
  }
  other.wait();
  pipe.write_one();
  blocked.wait();
}

TEST_F(Threads, TheMonitorSleepsWhenNothingRuns) {
  start(one_processor());
  for (int round = 0; round < 3; ++round) {
    eventually([] {
      goc::Guard guard(goc::g_runtime.idle.lock);
      return goc::g_runtime.monitor.asleep();
    });
    Group spinner;  // awake again, it does its work
    Group other;
    goc::Atom<bool> spins{false};
    goc::Atom<bool> stop{false};
    spinner.go([&] {
      spins = true;
      while (!stop) goc::cpu_relax();
    });
    eventually([&] { return spins.load(); });
    other.go([&] { stop = true; });
    other.wait();
    spinner.wait();
  }
}

}  // namespace
