// The ends of a process: exit and its kin, from any thread, with goroutines alive; each gives the status
// that was asked for, and writes nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "child.h"
#include "fixture.h"

// LeakSanitizer does not look into the memory where live goroutines keep theirs; ThreadSanitizer ends
// itself before the workers, which then fall over it.
#if !defined(GOC_ASAN) && !defined(GOC_TSAN)

namespace {

using goc_test::eventually;
using goc_test::soon;
using testing::ExitedWithCode;

// Goroutines that run, are ready, are blocked, sleep, block their thread, and keep it.
void start_all_kinds() {
  goc_go(
      [](void*) {
        for (;;) goc_yield();
      },
      nullptr);
  goc_go(
      [](void*) {
        for (;;) goc::cpu_relax();
      },
      nullptr);
  goc_go([](void*) { goc_select(nullptr, 0, GOC_FOREVER); }, nullptr);
  goc_go(
      [](void*) {
        for (;;) goc_sleep(1);
      },
      nullptr);
  goc_go([](void*) { goc_blocking([](void*) { pause(); }, nullptr); }, nullptr);
  goc_go(
      [](void*) {
        goc_lock_thread();
        for (;;) goc_yield();
      },
      nullptr);
  goc_go(
      [](void*) {
        for (;;) {
          goc_go([](void*) {}, nullptr);
          goc_yield();
        }
      },
      nullptr);
}

// Runs fn as a goroutine among all kinds of others; it is to end the process.
void run_among_others(goc_fn fn) {
  start_all_kinds();
  goc_run(fn, nullptr);
}

// --- exit -------------------------------------------------------------------------------------------

TEST(Exit, WithGoroutinesAliveGivesItsStatus) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EXIT(
        {
          start_all_kinds();
          goc_sleep(i * GOC_MILLISECOND);
          std::exit(7);
        },
        ExitedWithCode(7), "^$");
}

TEST(Exit, FromAGoroutineGivesItsStatus) {
  EXPECT_EXIT(run_among_others([](void*) { std::exit(8); }), ExitedWithCode(8), "^$");
}

TEST(Exit, FromAThreadGivesItsStatus) {
  auto body = [] {
    start_all_kinds();
    std::thread([] { std::exit(9); }).join();
  };
  EXPECT_EXIT(body(), ExitedWithCode(9), "^$");
}

TEST(Exit, WithinABlockingCallGivesItsStatus) {
  auto body = [](void*) { goc_blocking([](void*) { std::exit(10); }, nullptr); };
  EXPECT_EXIT(run_among_others(body), ExitedWithCode(10), "^$");
}

TEST(Exit, BetweenBlockingBeginAndEndGivesItsStatus) {
  auto body = [](void*) {
    goc_blocking_begin();
    std::exit(11);
  };
  EXPECT_EXIT(run_among_others(body), ExitedWithCode(11), "^$");
}

// A destructor of a static object, say.
TEST(Exit, ItsHandlersMayUseTheRuntime) {
  auto body = [] {
    start_all_kinds();
    std::atexit([] {
      int64_t received = 0;
      goc_test::Chan chan(8, 0);
      goc_test::go([&] {
        const int64_t value = 12;
        goc_chan_send(chan, &value, soon());
      });
      goc_chan_recv(chan, &received, soon());
      _exit(static_cast<int>(received));
    });
    std::exit(1);
  };
  EXPECT_EXIT(body(), ExitedWithCode(12), "^$");
}

TEST(Exit, ItsHandlersMayShutDown) {
  auto body = [] {
    goc_go([](void*) { goc_select(nullptr, 0, GOC_FOREVER); }, nullptr);
    std::atexit([] { _exit(goc_shutdown(soon()) == 1 ? 13 : 1); });
    std::exit(1);
  };
  EXPECT_EXIT(body(), ExitedWithCode(13), "^$");
}

// --- The others -------------------------------------------------------------------------------------

TEST(Exit, QuickExitRunsItsHandlersAndGivesItsStatus) {
  auto on_quick_exit = [] { static_cast<void>(!write(STDERR_FILENO, "quick\n", 6)); };
  auto from_main = [&] {
    std::at_quick_exit(on_quick_exit);
    start_all_kinds();
    std::quick_exit(14);
  };
  EXPECT_EXIT(from_main(), ExitedWithCode(14), "^quick\n$");
  auto from_goroutine = [&] {
    std::at_quick_exit(on_quick_exit);
    run_among_others([](void*) { std::quick_exit(15); });
  };
  EXPECT_EXIT(from_goroutine(), ExitedWithCode(15), "^quick\n$");
}

TEST(Exit, AtOnceFromAGoroutineGivesItsStatus) {
  EXPECT_EXIT(run_among_others([](void*) { _exit(16); }), ExitedWithCode(16), "^$");
}

TEST(Exit, AbortIsSeenAsASignal) {
  const auto aborted = testing::KilledBySignal(SIGABRT);
  auto from_main = [] {
    start_all_kinds();
    std::abort();
  };
  EXPECT_EXIT(from_main(), aborted, "^$");
  EXPECT_EXIT(run_among_others([](void*) { std::abort(); }), aborted, "^$");
}

TEST(Exit, MainMayLeaveByPthreadExitAndGoroutinesGoOn) {
  EXPECT_EQ(goc_test::status_of(GOC_TEST_MAIN_LEAVES, {}), 17);
}

}  // namespace

#endif
