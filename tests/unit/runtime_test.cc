// goc_init, goc_run, goc_set_max_procs, goc_num_goroutines: starting and sizing the runtime.
#include "sched/runtime.h"

#include <gtest/gtest.h>

#include <climits>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// --- goc_init --------------------------------------------------------------------------------------

class Init : public testing::Test {
 protected:
  ~Init() override { EXPECT_EQ(goc_shutdown(soon()), 0); }

  static int init(void (*change)(goc_options&)) {
    goc_options options = GOC_OPTIONS_INIT;
    change(options);
    return goc_init(&options);
  }
};

TEST_F(Init, RefusesValuesOutOfRangeAndStartsNothing) {
  EXPECT_EQ(init([](goc_options& o) { o.size = 0; }), GOC_EINVAL);
  EXPECT_EQ(init([](goc_options& o) { o.size += 8; }), GOC_EINVAL);
  for (int n : {-1, 1025, INT_MIN, INT_MAX}) {
    goc_options options = GOC_OPTIONS_INIT;
    options.max_procs = n;
    EXPECT_EQ(goc_init(&options), GOC_EINVAL) << n;
  }
  EXPECT_EQ(init([](goc_options& o) { o.max_threads = -1; }), GOC_EINVAL);
  EXPECT_EQ(init([](goc_options& o) { o.max_threads = 10001; }), GOC_EINVAL);
  EXPECT_EQ(init([](goc_options& o) { o.stack_size = (size_t{1} << 30) + 1; }), GOC_EINVAL);
  EXPECT_EQ(init([](goc_options& o) { o.stack_size = SIZE_MAX; }), GOC_EINVAL);
  EXPECT_FALSE(goc::g_runtime.started());
}

TEST_F(Init, WithoutOptionsTakesTheDefaults) {
  const int expected = goc_max_procs();
  EXPECT_EQ(goc_init(nullptr), GOC_OK);
  EXPECT_EQ(goc_max_procs(), expected);
  EXPECT_EQ(goc::g_runtime.options.stack_log2, 18u);
}

TEST_F(Init, TakesWhatTheOptionsSay) {
  EXPECT_EQ(init([](goc_options& o) {
              o.max_procs = 3;
              o.max_threads = 7;
              o.stack_size = 100000;
            }),
            GOC_OK);
  EXPECT_EQ(goc_max_procs(), 3);
  EXPECT_EQ(goc::g_runtime.options.max_threads, 7);
  EXPECT_EQ(goc::g_runtime.options.stack_log2, 17u) << "rounded up to a power of two";
}

TEST_F(Init, OfARunningRuntimeChangesNothing) {
  ASSERT_EQ(init([](goc_options& o) { o.max_procs = 3; }), GOC_OK);
  EXPECT_EQ(init([](goc_options& o) { o.max_procs = 5; }), GOC_EALREADY);
  EXPECT_EQ(goc_init(nullptr), GOC_EALREADY);
  EXPECT_EQ(goc_max_procs(), 3);
}

TEST_F(Init, HappensByItselfAtTheFirstGoroutine) {
  EXPECT_FALSE(goc::g_runtime.started());
  EXPECT_EQ(goc_max_procs() > 0, true);
  EXPECT_FALSE(goc::g_runtime.started()) << "asking starts nothing";
  goc_test::run([] {});
  EXPECT_EQ(goc_init(nullptr), GOC_EALREADY);
}

TEST_F(Init, ManyThreadsMayStartTheFirstGoroutineAtOnce) {
  goc::Atom<int> ran{0};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { goc_test::run([&] { ++ran; }); });
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(goc_shutdown(soon()), 0);
  }
  EXPECT_EQ(ran, 80);
}

// --- goc_go, goc_run, goc_go_with -------------------------------------------------------------------

class Goroutines : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Goroutines);

TEST_P(Goroutines, WithoutAFunctionNothingIsStarted) {
  EXPECT_EQ(goc_go(nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_run(nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_go_with(nullptr, nullptr, nullptr), GOC_EINVAL);
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  EXPECT_EQ(goc_go_with(&options, nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_num_goroutines(), 0);
}

TEST_P(Goroutines, OptionsOutOfRangeStartNothingAndTheFinalizerIsNotCalled) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void*) { ADD_FAILURE() << "the finalizer was called"; };
  auto fn = [](void*) { ADD_FAILURE() << "it was started"; };
  options.size = 1;
  EXPECT_EQ(goc_go_with(&options, fn, nullptr), GOC_EINVAL);
  options.size = sizeof options;
  options.stack_size = (size_t{1} << 30) + 1;
  EXPECT_EQ(goc_go_with(&options, fn, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_num_goroutines(), 0);
}

TEST_P(Goroutines, RunReturnsWhenTheFunctionHasReturned) {
  bool ran = false;
  goc_test::run([&] {
    for (int i = 0; i < 10; ++i) goc_yield();
    EXPECT_EQ(goc_on_goroutine(), 1);
    goc_test::run([&] { ran = true; });
    EXPECT_TRUE(ran) << "also from a goroutine";
  });
  EXPECT_TRUE(ran);
}

TEST_P(Goroutines, TheFinalizerIsCalledWithTheArgumentAfterTheFunction) {
  struct State {
    int steps = 0;
    Group group;
  } state;
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void* s) {
    EXPECT_EQ(static_cast<State*>(s)->steps++, 1);
    goc_wg_done(static_cast<State*>(s)->group.wg());
  };
  goc_wg_add(state.group.wg(), 1);
  auto body = [](void* s) { EXPECT_EQ(static_cast<State*>(s)->steps++, 0); };
  ASSERT_EQ(goc_go_with(&options, body, &state), GOC_OK);
  state.group.wait();
  EXPECT_EQ(state.steps, 2);
}

// The whole stack that was asked for can be used; the default would overflow.
TEST_P(Goroutines, GetTheStackTheyAskFor) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.stack_size = 1 << 20;
  Group group;
  goc_wg_add(group.wg(), 1);
  auto body = [](void* wg) {
    char much[900 * 1024];
    std::memset(much, 1, sizeof much);
    __asm__ volatile("" : : "r"(much) : "memory");
    goc_wg_done(static_cast<goc_wg*>(wg));
  };
  ASSERT_EQ(goc_go_with(&options, body, group.wg()), GOC_OK);
  group.wait();
}

TEST_P(Goroutines, NamesAreCopiedAndCutAt63Bytes) {
  EXPECT_EQ(goc_set_name("thread"), GOC_EPERM);
  auto name = [] { return std::string(goc::current_goroutine()->name()); };
  goc_test::run([&] {
    EXPECT_EQ(name(), "");
    std::string text = "worker";
    EXPECT_EQ(goc_set_name(text.c_str()), GOC_OK);
    text = "gone!!";
    EXPECT_EQ(name(), "worker");
    EXPECT_EQ(goc_set_name(std::string(100, 'x').c_str()), GOC_OK);
    EXPECT_EQ(name(), std::string(63, 'x'));
    EXPECT_EQ(goc_set_name(nullptr), GOC_OK);
    EXPECT_EQ(name(), "");
  });
}

TEST_P(Goroutines, AreCountedFromStartToEnd) {
  constexpr int kMany = 100;
  Chan gate(0, 0);
  Group group;
  for (int i = 1; i <= kMany; ++i) {
    group.go([&] { EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED); });
    EXPECT_EQ(goc_num_goroutines(), i);
  }
  goc_chan_close(gate);
  group.wait();
  eventually([] { return goc_num_goroutines() == 0; });
}

TEST_P(Goroutines, TheCountIsNeverNegativeWhileManyStartAndEnd) {
  goc::Atom<bool> stop{false};
  std::thread watcher([&] {
    while (!stop) ASSERT_GE(goc_num_goroutines(), 0);
  });
  for (int64_t i = 0; i < effort(200); ++i) {
    Group group;
    for (int g = 0; g < 100; ++g) group.go([&group] { group.go([] {}); });
    group.wait();
  }
  stop = true;
  watcher.join();
}

// --- goc_set_max_procs -----------------------------------------------------------------------------

class MaxProcs : public goc_test::Runtime {};

TEST_F(MaxProcs, OutOfRangeIsRefused) {
  for (int n : {0, -1, 1025, INT_MAX, INT_MIN}) EXPECT_EQ(goc_set_max_procs(n), GOC_EINVAL) << n;
  EXPECT_EQ(goc_max_procs(), 2);
  for (int n : {1, 1024, 2}) {
    EXPECT_EQ(goc_set_max_procs(n), GOC_OK);
    EXPECT_EQ(goc_max_procs(), n);
  }
}

// Nobody gets past before all are there: one by one they would wait for ever.
TEST_F(MaxProcs, RaisedToNLetsNGoroutinesRunAtTheSameTime) {
  for (int n : {2, 4, 8}) {
    ASSERT_EQ(goc_set_max_procs(n), GOC_OK);
    goc::Atom<int> present{0};
    Group group;
    for (int i = 0; i < n; ++i)
      group.go([&, n] {
        const int64_t deadline = soon();
        for (++present; present < n && goc_now() < deadline;) goc::cpu_relax();
        EXPECT_EQ(present, n);
      });
    group.wait();
  }
}

TEST_F(MaxProcs, LoweredUnderLoadLetsNoMoreThanThatManyWorkersGoOn) {
  ASSERT_EQ(goc_set_max_procs(8), GOC_OK);
  goc::Atom<bool> stop{false};
  goc::Atom<int64_t> turns{0};
  Group group;
  for (int i = 0; i < 50; ++i)
    group.go([&] {
      for (; !stop; ++turns) goc_yield();
    });
  for (int n : {4, 1, 3, 1}) {
    ASSERT_EQ(goc_set_max_procs(n), GOC_OK);
    eventually([n] {
      goc::Idle& idle = goc::g_runtime.idle;
      goc::Guard guard(idle.lock);
      return idle.awake <= n;
    });
    const int64_t before = turns;
    eventually([&] { return turns > before + 1000; });
  }
  stop = true;
  group.wait();
}

TEST_F(MaxProcs, StressChangedAllTheTimeLosesNothing) {
  goc::Atom<bool> stop{false};
  std::thread changer([&] {
    for (int i = 0; !stop; ++i) {
      EXPECT_EQ(goc_set_max_procs(1 + i * 5 % 8), GOC_OK);
      goc::os::yield();
    }
  });
  for (int64_t round = 0; round < effort(300); ++round) {
    Group group;
    Chan chan(8, 0);
    for (int i = 0; i < 10; ++i) {
      group.go([&] {
        for (int64_t k = 0; k < 10; ++k) ASSERT_EQ(goc_chan_send(chan, &k, soon()), GOC_OK);
      });
      group.go([&] {
        int64_t value;
        for (int k = 0; k < 10; ++k) {
          ASSERT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
          if (k % 3 == 0) goc_yield();
        }
      });
    }
    group.wait();
  }
  stop = true;
  changer.join();
}

TEST_F(MaxProcs, MayBeChangedByGoroutines) {
  Group group;
  for (int g = 1; g <= 4; ++g)
    group.go([g] {
      for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(goc_set_max_procs(g), GOC_OK);
        goc_yield();
      }
    });
  group.wait();
}

}  // namespace
