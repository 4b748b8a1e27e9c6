// goc_blocking, goc_blocking_begin and _end: blocking a thread without keeping other goroutines.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
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

class Blocking : public goc_test::Procs {
 protected:
  static void blocking(const std::function<void()>& f) {
    ASSERT_EQ(goc_blocking([](void* b) { (*static_cast<const std::function<void()>*>(b))(); },
                           const_cast<std::function<void()>*>(&f)),
              GOC_OK);
  }
};
GOC_FOR_ALL_PROCS(Blocking);

TEST_P(Blocking, WithoutAFunctionItIsRefused) {
  EXPECT_EQ(goc_blocking(nullptr, nullptr), GOC_EINVAL);
  goc_test::run([] { EXPECT_EQ(goc_blocking(nullptr, nullptr), GOC_EINVAL); });
}

TEST_P(Blocking, OnAPlainThreadTheFunctionIsCalledDirectly) {
  const auto caller = std::this_thread::get_id();
  blocking([&] { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST_P(Blocking, TheFunctionIsNotAGoroutineAndTheCallerIsOneAgainAfterwards) {
  goc_test::run([] {
    const uint64_t id = goc_self();
    int calls = 0;
    blocking([&] {
      ++calls;
      EXPECT_EQ(goc_on_goroutine(), 0);
      EXPECT_EQ(goc_self(), 0u);
      EXPECT_EQ(goc_set_name("nobody"), GOC_EPERM);
      EXPECT_EQ(goc_lock_thread(), GOC_EPERM);
    });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(goc_self(), id);
  });
}

// A goroutine's stack holds 256 KiB; a thread's holds megabytes.
__attribute__((noinline)) void use_much_stack() {
  char much[1 << 20];
  std::memset(much, 1, sizeof much);
  __asm__ volatile("" : : "r"(much) : "memory");
}

TEST_P(Blocking, TheFunctionRunsOnTheStackOfAThread) {
  goc_test::run([] { blocking(&use_much_stack); });
}

TEST_P(Blocking, NestedItIsCalledDirectly) {
  goc_test::run([] {
    int depth = 0;
    blocking([&] { blocking([&] { ++depth; }); });
    EXPECT_EQ(depth, 1);
  });
}

TEST_P(Blocking, TheFunctionMayDoWhatAPlainThreadMayDo) {
  Chan chan(8, 0);
  goc_test::run([&] {
    blocking([&] {
      Group group;
      group.go([&] {
        const int64_t value = 5;
        EXPECT_EQ(goc_chan_send(chan, &value, soon()), GOC_OK);
      });
      int64_t value = 0;
      EXPECT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
      EXPECT_EQ(value, 5);
      group.wait();
      EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM);
    });
  });
}

TEST_P(Blocking, OthersGoOnWhileItBlocks) {
  Pipe pipe;
  Group group;
  goc::Atom<int> blocked{0};
  for (int i = 0; i < 10; ++i)
    group.go([&] {
      blocking([&] {
        ++blocked;
        pipe.read_one();
      });
    });
  group.go([&] {
    while (blocked != 10) goc_yield();
    for (int i = 0; i < 10; ++i) pipe.write_one();
  });
  group.wait();
}

TEST_P(Blocking, BetweenBeginAndEndOthersGoOn) {
  Pipe pipe;
  Group group;
  goc::Atom<int> blocked{0};
  for (int i = 0; i < 10; ++i)
    group.go([&] {
      const uint64_t id = goc_self();
      goc_blocking_begin();
      ++blocked;
      pipe.read_one();
      goc_blocking_end();
      EXPECT_EQ(goc_self(), id);
      goc_yield();
    });
  group.go([&] {
    while (blocked != 10) goc_yield();
    for (int i = 0; i < 10; ++i) pipe.write_one();
  });
  group.wait();
}

TEST_P(Blocking, BeginAndEndDoNothingOnAPlainThread) {
  goc_blocking_begin();
  goc_blocking_end();
  EXPECT_EQ(goc_self(), 0u);
}

// After its stall a worker gets back into the line: no more than max_procs of them are awake.
TEST_P(Blocking, AfterwardsNoMoreThanMaxProcsWorkersAreAwake) {
  Pipe pipe;
  Group group;
  goc::Atom<bool> stop{false};
  for (int i = 0; i < 10; ++i)
    group.go([&] {
      blocking([&] { pipe.read_one(); });
      while (!stop) goc_yield();
    });
  for (int i = 0; i < 10; ++i) pipe.write_one();
  eventually([&] {
    goc::Idle& idle = goc::g_runtime.idle;
    goc::Guard guard(idle.lock);
    return idle.stalled == 0 && idle.awake <= GetParam();
  });
  stop = true;
  group.wait();
}

TEST_P(Blocking, StressCallsReturnOnceEach) {
  goc::Atom<int64_t> calls{0};
  Group group;
  for (int g = 0; g < 20; ++g)
    group.go([&] {
      for (int64_t i = 0; i < effort(2000); ++i) {
        blocking([&] { ++calls; });
        if (i % 8 == 0) goc_yield();
        goc_blocking_begin();
        goc_blocking_end();
      }
    });
  group.wait();
  EXPECT_EQ(calls, 20 * effort(2000));
}

}  // namespace
