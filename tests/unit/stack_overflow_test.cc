// stack/stack_overflow.h: an overflow names the goroutine; a fault that is not ours goes where it
// went before.
#include "stack/stack_overflow.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "fixture.h"

namespace {

using goc_test::soon;

const auto killed_by_segv = testing::KilledBySignal(SIGSEGV);

__attribute__((noinline)) int deep(volatile int* n) {
  volatile char frame[256];
  frame[0] = 1;
  *n = *n + 1;
  return *n < 0 ? 0 : deep(n) + frame[0];  // not a tail call
}

void overflow(void*) {
  volatile int n = 0;
  deep(&n);
}

void start(const char* name, size_t stack_size, goc_fn fn) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = name;
  options.stack_size = stack_size;
  goc_go_with(&options, fn, nullptr);
  goc_shutdown(soon());
}

// Writes where nothing is.
char* g_nowhere;
void fault(void*) { *static_cast<volatile char*>(g_nowhere) = 1; }

void make_nowhere() {
  g_nowhere = static_cast<char*>(
      mmap(nullptr, goc::os::kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void handle(int signal, void (*action)(int, siginfo_t*, void*)) {
  struct sigaction host = {};
  host.sa_sigaction = action;
  host.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(signal, &host, nullptr);
}

// --- Our own faults -------------------------------------------------------------------------------

TEST(StackOverflowDeathTest, NamesTheGoroutineItsSizeAndTheRemedy) {
  EXPECT_EXIT(start("climber", 64 * 1024, &overflow), killed_by_segv,
              "^goconc: goroutine [1-9][0-9]* climber overflowed its stack of 64 KiB; "
              "give it more with goc_go_options.stack_size or goc_options.stack_size\n");
}

TEST(StackOverflowDeathTest, NeedsNoName) {
  EXPECT_EXIT(start(nullptr, 16 * 1024, &overflow), killed_by_segv,
              "^goconc: goroutine [1-9][0-9]* overflowed its stack of 16 KiB;");
}

TEST(StackOverflowDeathTest, TheSizeIsThatOfTheRuntime) {
  auto body = [] {
    goc_options options = GOC_OPTIONS_INIT;
    options.stack_size = 100 * 1024;
    goc_init(&options);
    goc_run(&overflow, nullptr);
  };
  EXPECT_EXIT(body(), killed_by_segv, "overflowed its stack of 128 KiB;");
}

TEST(StackOverflowDeathTest, TheNumberIsThatOfTheGoroutine) {
  auto body = [] {
    goc_set_max_procs(1);
    goc_run(
        [](void*) {
          auto fifth = [](void*) { goc_self() == 5 ? overflow(nullptr) : goc_yield(); };
          for (int i = 0; i < 10; ++i) goc_go(fifth, nullptr);
          goc_sleep(60 * GOC_SECOND);  // the dump takes its time
        },
        nullptr);
  };
  EXPECT_EXIT(body(), killed_by_segv, "^goconc: goroutine 5 overflowed");
}

TEST(StackOverflowDeathTest, TheHandlerOfTheHostIsNotAsked) {
  auto body = [] {
    handle(SIGSEGV, [](int, siginfo_t*, void*) { _exit(7); });
    start("climber", 0, &overflow);
  };
  EXPECT_EXIT(body(), killed_by_segv, "climber overflowed its stack of 256 KiB;");
}

TEST(StackOverflowDeathTest, ACanaryNamesItTooWhereThereAreNoGuards) {
  auto body = [] {
    goc::os::inject_failure.store([](goc::os::Call call) { return call == goc::os::Call::kGuard; });
    start("climber", 64 * 1024, [](void*) {
      *goc::current_goroutine()->stack->usable_low() = 1;
      goc_yield();
    });
  };
  EXPECT_EXIT(
      body(), testing::KilledBySignal(SIGABRT),
      "^goconc: goroutine [1-9][0-9]* climber overflowed its stack of 64 KiB; give it more");
}

TEST(StackOverflowDeathTest, ACanaryIsCheckedWhenTheGoroutineEnds) {
  auto body = [] {
    goc::os::inject_failure.store([](goc::os::Call call) { return call == goc::os::Call::kGuard; });
    start("climber", 64 * 1024, [](void*) { *goc::current_goroutine()->stack->usable_low() = 1; });
  };
  EXPECT_EXIT(body(), testing::KilledBySignal(SIGABRT), "climber overflowed its stack of 64 KiB;");
}

// --- Faults of others -----------------------------------------------------------------------------

TEST(FaultDeathTest, GoesToTheHandlerOfTheHost) {
  auto body = [] {
    make_nowhere();
    handle(SIGSEGV, [](int signal, siginfo_t* info, void* context) {
      _exit(signal == SIGSEGV && info->si_addr == g_nowhere && context != nullptr ? 7 : 8);
    });
    goc_run(&fault, nullptr);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(7), "^$");
}

TEST(FaultDeathTest, GoesToAHandlerWithoutSiginfo) {
  auto body = [] {
    make_nowhere();
    signal(SIGSEGV, [](int) { _exit(7); });
    goc_run(&fault, nullptr);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(7), "^$");
}

TEST(FaultDeathTest, OnAPlainThreadToo) {
  auto body = [] {
    make_nowhere();
    handle(SIGSEGV, [](int, siginfo_t*, void*) { _exit(7); });
    goc_run([](void*) {}, nullptr);
    fault(nullptr);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(7), "^$");
}

TEST(FaultDeathTest, BusErrorsAreHandedOnToo) {
  auto body = [] {
    FILE* file = tmpfile();  // its mapping is longer than the file
    g_nowhere = static_cast<char*>(
        mmap(nullptr, goc::os::kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0));
    handle(SIGBUS, [](int signal, siginfo_t*, void*) { _exit(signal == SIGBUS ? 7 : 8); });
    goc_run(&fault, nullptr);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(7), "^$");
}

// A virtual machine mends faults and goes on.
TEST(FaultDeathTest, TheHostMayMendItAndGoOn) {
  auto body = [] {
    handle(SIGSEGV, [](int, siginfo_t* info, void*) {
      mprotect(info->si_addr, goc::os::kPage, PROT_READ | PROT_WRITE);
    });
    for (int i = 0; i < 3; ++i) {
      make_nowhere();
      goc_run(&fault, nullptr);
      if (*g_nowhere != 1) _exit(8);
    }
    _exit(goc_shutdown(soon()) == 0 ? 7 : 9);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(7), "^$");
}

TEST(FaultDeathTest, WithoutAHandlerTheProcessDiesOfIt) {
  auto body = [](bool ignored) {
    make_nowhere();
    signal(SIGSEGV, ignored ? SIG_IGN : SIG_DFL);
    goc_run(&fault, nullptr);
  };
  EXPECT_EXIT(body(false), killed_by_segv, "^$");
  EXPECT_EXIT(body(true), killed_by_segv, "^$") << "the system lets nobody ignore a fault";
}

TEST(FaultDeathTest, ASignalThatWasSentTakesItsCourseToo) {
  auto body = [](void (*before)(int)) {
    signal(SIGSEGV, before);
    goc_run([](void*) {}, nullptr);
    raise(SIGSEGV);
    start("climber", 0, &overflow);
  };
  EXPECT_EXIT(body(SIG_DFL), killed_by_segv, "^$");
  EXPECT_EXIT(body(SIG_IGN), killed_by_segv, "climber overflowed") << "it was ignored";
}

}  // namespace
