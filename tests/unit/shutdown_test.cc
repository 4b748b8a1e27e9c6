// goc_shutdown: drains, abandons who is blocked for ever, frees everything, and can begin anew.
#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "fixture.h"
#include "pipe.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::Pipe;
using goc_test::soon;

class Shutdown : public goc_test::Procs {
 protected:
  // Nothing runs and nothing is ready.
  static void until_quiet() {
    eventually([] {
      goc::Guard guard(goc::g_runtime.idle.lock);
      return goc::g_runtime.idle.quiet() && !goc::g_runtime.work_visible();
    });
  }
};
GOC_FOR_ALL_PROCS(Shutdown);

TEST_P(Shutdown, WithoutARuntimeIsNothing) {
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(goc_shutdown(GOC_NOW), 0);
}

TEST_P(Shutdown, WaitsForGoroutinesThatRunOrSleep) {
  goc::Atom<int> ended{0};
  for (int i = 0; i < 20; ++i)
    goc_test::go([&, i] {
      if (i % 2 == 0) goc_sleep(GOC_MILLISECOND);
      for (int turn = 0; turn < 100; ++turn) goc_yield();
      goc_test::go([&] { ++ended; });
    });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(ended, 20);
  EXPECT_EQ(goc_num_goroutines(), 0);
}

TEST_P(Shutdown, OnAGoroutineOrInABlockingCallIsRefused) {
  goc_test::run([] {
    EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM);
    EXPECT_EQ(goc_shutdown(soon()), GOC_EPERM);
    goc_blocking([](void*) { EXPECT_EQ(goc_shutdown(soon()), GOC_EPERM); }, nullptr);
  });
  EXPECT_TRUE(goc::g_runtime.started());
}

void receive_for_ever(void* chan) {
  goc_chan_recv(static_cast<goc_chan*>(chan), nullptr, GOC_FOREVER);
  ADD_FAILURE() << "it was abandoned and must not go on";
}

TEST_P(Shutdown, CountsThoseWhoAreBlockedForEverAndTakesThemOutOfTheirQueues) {
  Chan chan(0, 0);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(goc_go(&receive_for_ever, chan), GOC_OK);
  EXPECT_EQ(goc_shutdown(soon()), 7);
  EXPECT_EQ(goc_chan_send(chan, nullptr, GOC_NOW), GOC_EAGAIN) << "nobody receives any more";
}

// One for each thing that can be waited for.
TEST_P(Shutdown, AbandonsEveryKindOfWait) {
  static goc_chan *chan, *other;
  static goc_wg* wg;
  static goc_mutex* mutex;
  ASSERT_EQ(goc_chan_new(&chan, 8, 0), GOC_OK);
  ASSERT_EQ(goc_chan_new(&other, 8, 1), GOC_OK);
  ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
  ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
  goc_wg_add(wg, 1);
  goc_mutex_lock(mutex, GOC_NOW);
  const goc_fn waits[] = {
      [](void*) { goc_chan_recv(chan, nullptr, GOC_FOREVER); },
      [](void*) { goc_chan_recv(nullptr, nullptr, GOC_FOREVER); },
      [](void*) { goc_wg_wait(wg, GOC_FOREVER); },
      [](void*) { goc_mutex_lock(mutex, GOC_FOREVER); },
      [](void*) { goc_select(nullptr, 0, GOC_FOREVER); },
      [](void*) {
        goc_case cases[] = {{chan, GOC_RECV, 0, nullptr}, {other, GOC_RECV, 0, nullptr}};
        goc_select(cases, 2, GOC_FOREVER);
      },
      [](void*) {
        goc_lock_thread();
        goc_chan_recv(chan, nullptr, GOC_FOREVER);
      }};
  for (goc_fn wait : waits) ASSERT_EQ(goc_go(wait, nullptr), GOC_OK);
  EXPECT_EQ(goc_shutdown(soon()), static_cast<int>(std::size(waits)));
  const int64_t value = 0;
  EXPECT_EQ(goc_chan_send(chan, &value, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_mutex_unlock(mutex), GOC_OK);
  EXPECT_EQ(goc_mutex_lock(mutex, GOC_NOW), GOC_OK) << "an abandoned waiter has taken it";
  EXPECT_EQ(goc_wg_done(wg), GOC_OK);
  goc_chan_release(chan);
  goc_chan_release(other);
  goc_wg_release(wg);
  goc_mutex_release(mutex);
}

TEST_P(Shutdown, RunsTheFinalizersOfTheAbandoned) {
  Chan chan(0, 0);
  static goc::Atom<goc_chan*> never;
  never = chan;
  goc::Atom<int> finalized{0};
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void* count) { ++*static_cast<goc::Atom<int>*>(count); };
  auto wait = [](void*) { receive_for_ever(never); };
  for (int i = 0; i < 5; ++i) ASSERT_EQ(goc_go_with(&options, wait, &finalized), GOC_OK);
  until_quiet();
  EXPECT_EQ(finalized, 0);
  EXPECT_EQ(goc_shutdown(soon()), 5);
  EXPECT_EQ(finalized, 5);
}

TEST_P(Shutdown, AtItsDeadlineAbandonsThoseWhoHaveADeadlineOfTheirOwn) {
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(goc_go([](void*) { goc_sleep(3600 * GOC_SECOND); }, nullptr), GOC_OK);
  until_quiet();
  EXPECT_EQ(goc_shutdown(goc_deadline(GOC_MILLISECOND)), 5);
  ASSERT_EQ(goc_go([](void*) { goc_sleep(3600 * GOC_SECOND); }, nullptr), GOC_OK);
  until_quiet();
  EXPECT_EQ(goc_shutdown(GOC_NOW), 1) << "GOC_NOW waits for no deadline either";
}

TEST_P(Shutdown, WithAGoroutineThatRunsEndsByItsDeadlineAndStopsNothing) {
  goc::Atom<bool> stop{false};
  goc::Atom<int64_t> turns{0};
  Group group;
  group.go([&] {
    for (; !stop; ++turns) goc_yield();
  });
  eventually([&] { return turns != 0; });
  EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_shutdown(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_shutdown(goc_deadline(-1)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_num_goroutines(), 1);
  const int64_t before = turns;
  eventually([&] { return turns > before + 100; });
  stop = true;
  group.wait();
}

TEST_P(Shutdown, WaitsForAGoroutineInASystemCall) {
  Pipe pipe;
  goc::Atom<int> reading{0};
  goc::Atom<int> ended{0};
  for (int i = 0; i < 2; ++i)
    goc_test::go([&, i] {
      ++reading;
      if (i == 0) {
        pipe.read_one();
      } else {
        goc_blocking([](void* p) { static_cast<Pipe*>(p)->read_one(); }, &pipe);
      }
      ++ended;
    });
  eventually([&] { return reading == 2; });
  EXPECT_EQ(goc_shutdown(goc_deadline(30 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
  for (int i = 0; i < 2; ++i) pipe.write_one();
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(ended, 2);
}

// What a goroutine asks of the runtime while that is being shut down must not wait for the shutdown.
TEST_P(Shutdown, LetsGoroutinesAskTheRuntime) {
  goc::Atom<bool> waits{false};
  goc_test::go([&] {
    while (!waits) goc_yield();
    for (int i = 0; i < 100; ++i) goc_yield();  // now it does
    EXPECT_EQ(goc_init(nullptr), GOC_EALREADY);
    EXPECT_EQ(goc_set_max_procs(3), GOC_OK);
    EXPECT_EQ(goc_max_procs(), 3);
    EXPECT_EQ(goc_num_goroutines(), 1);
  });
  std::thread thread([&] { waits = true; });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  thread.join();
}

// While one thread waits for goroutines to end, others need not wait with it.
TEST_P(Shutdown, OfAnotherThreadIsWaitedForUntilTheDeadlineOnly) {
  goc::Atom<bool> stop{false};
  goc_test::go([&] {
    while (!stop) goc_yield();
  });
  std::thread first([] { EXPECT_EQ(goc_shutdown(soon()), 0); });
  for (int i = 0; i < 20; ++i) {  // sooner or later the other one is the first
    EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_shutdown(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_set_max_procs(GetParam()), GOC_OK);
  }
  stop = true;
  EXPECT_GE(goc_shutdown(soon()), 0) << "whoever comes second finds it stopped";
  first.join();
  EXPECT_FALSE(goc::g_runtime.started());
}

// Other threads have timers, and ask; the workers that they mean are being freed.
TEST_P(Shutdown, StressThreadsUseTimersAndAskMeanwhile) {
  goc::Atom<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      goc_timer* timer;
      ASSERT_EQ(goc_timer_new(&timer, nullptr, GOC_SECOND), GOC_OK);
      while (!stop) {
        const int64_t ns = t == 0 ? GOC_SECOND : GOC_MICROSECOND;
        EXPECT_GE(goc_timer_reset(timer, ns), 0);
        EXPECT_GE(goc_timer_stop(timer), 0);
        EXPECT_GE(goc_num_goroutines(), 0);
      }
      goc_timer_release(timer);
    });
  for (int64_t cycle = 0; cycle < effort(200); ++cycle) {
    goc_test::run([] {});
    ASSERT_EQ(goc_shutdown(soon()), 0);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_P(Shutdown, StressTheRuntimeStartsAnewAfterEach) {
  for (int64_t cycle = 0; cycle < effort(200); ++cycle) {
    goc::Atom<int> ran{0};
    Group group;
    for (int i = 0; i < 10; ++i) group.go([&] { ++ran; });
    group.wait();
    ASSERT_EQ(ran, 10);
    ASSERT_EQ(goc_shutdown(soon()), 0) << "cycle " << cycle;
    ASSERT_EQ(goc_num_goroutines(), 0);
    ASSERT_EQ(goc_init(nullptr), GOC_OK);
  }
}

// Threads complete operations of goroutines that are being abandoned in this moment: a value that
// was taken has woken somebody, who is then counted as blocked, or has ended.
TEST_P(Shutdown, StressThreadsCompleteOperationsMeanwhile) {
  Chan chan(8, 0);
  static goc::Atom<goc_chan*> shared;
  static goc::Atom<int64_t> received;
  shared = chan;
  received = 0;
  goc::Atom<bool> stop{false};
  goc::Atom<int64_t> sent{0};
  std::vector<std::thread> senders;
  for (int t = 0; t < 2; ++t)
    senders.emplace_back([&, t] {
      for (int64_t value = 1; !stop; ++value) {
        const int64_t deadline = t == 0 ? GOC_NOW : goc_deadline(20 * GOC_MICROSECOND);
        if (goc_chan_send(chan, &value, deadline) == GOC_OK) ++sent;
      }
    });
  int64_t started = 0;
  int64_t abandoned = 0;
  for (int64_t cycle = 0; cycle < effort(200); ++cycle) {
    for (int i = 0; i < 8; ++i, ++started) {
      auto receive = [](void* locked) {
        if (locked != nullptr) goc_lock_thread();
        int64_t value = 0;
        goc_chan_recv(shared, &value, GOC_FOREVER);
        if (value != 0) ++received;
      };
      ASSERT_EQ(goc_go(receive, i % 4 == 0 ? &chan : nullptr), GOC_OK);
    }
    const int left = goc_shutdown(soon());
    ASSERT_GE(left, 0);
    abandoned += left;
  }
  stop = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(started, received + abandoned);
  EXPECT_GE(sent, received);
}

}  // namespace
