// What reports by itself: a dump on a signal, before a fatal end, leaks at a shutdown, lines on the
// scheduler. Each in a process of its own.
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/fatal.h"
#include "dump_text.h"
#include "failing_calls.h"
#include "fixture.h"

namespace goc_test {
namespace {

using testing::ExitedWithCode;

// Standard error, to be read by the process itself.
class StandardError {
 public:
  StandardError() {
    alarm(20);
    if (pipe(ends_) != 0 || dup2(ends_[1], STDERR_FILENO) < 0) std::_Exit(99);
  }
  // Reads until the text has so many lines that begin with `start`, which it returns.
  std::vector<std::string> until(const std::string& start, size_t count) {
    std::vector<std::string> found;
    for (char c; found.size() < count;) {
      if (read(ends_[0], &c, 1) != 1) continue;
      line_ += c;
      if (c != '\n') continue;
      if (line_.starts_with(start)) found.push_back(line_);
      line_.clear();
    }
    return found;
  }

 private:
  int ends_[2];
  std::string line_;
};

void start_waiter(goc_chan* never) {
  goc_go([](void* c) { goc_chan_recv(static_cast<goc_chan*>(c), nullptr, GOC_FOREVER); }, never);
}

// Three goroutines that wait, and the channel that they wait for.
goc_chan* start_waiters() {
  goc_chan* never = nullptr;
  goc_chan_new(&never, 0, 0);
  for (int i = 0; i < 3; ++i) start_waiter(never);
  eventually([] {
    goc_stats_t s = GOC_STATS_INIT;
    goc_stats(&s);
    return s.parks == 3 && s.threads_idle == s.threads;  // they have left their stacks
  });
  return never;
}
constexpr const char* kWaiters = "3 goroutines 1-3 [channel receive";

bool everything_sleeps() { return goc::coarse(goc_now()) - goc::g_coarse_clock.load() > 10; }

// --- By a signal ------------------------------------------------------------------------------------

volatile sig_atomic_t g_handled = 0;

void dump_by_signal(const char* name, int signal) {
  setenv("GOCONC_DUMP_SIGNAL", name, 1);
  StandardError error;
  std::signal(signal, [](int) { g_handled = g_handled + 1; });
  start_waiters();
  for (int i = 1; i <= 2; ++i) {
    errno = 17;
    std::raise(signal);
    if (errno != 17 || g_handled != i) std::_Exit(1);
    error.until(kWaiters, 1);
  }
  eventually(everything_sleeps);
  std::raise(signal);
  error.until(kWaiters, 1);
  std::_Exit(0);
}

TEST(WatchDeathTest, ASignalMakesADumpAndTheHandlerOfBeforeIsCalled) {
  EXPECT_EXIT(dump_by_signal("QUIT", SIGQUIT), ExitedWithCode(0), "");
  EXPECT_EXIT(dump_by_signal("SIGUSR1", SIGUSR1), ExitedWithCode(0), "");
  EXPECT_EXIT(dump_by_signal(std::to_string(SIGRTMIN + 3).c_str(), SIGRTMIN + 3), ExitedWithCode(0),
              "");
}

void dump_without_handler() {
  setenv("GOCONC_DUMP_SIGNAL", "3", 1);
  StandardError error;
  start_waiters();
  std::raise(SIGQUIT);  // which would end the process
  error.until(kWaiters, 1);
  goc_shutdown(soon());
  std::raise(SIGQUIT);  // nobody is there to make a dump
  std::_Exit(goc_run([](void*) {}, nullptr) == GOC_OK ? 0 : 1);
}

TEST(WatchDeathTest, TheProcessGoesOn) {
  EXPECT_EXIT(dump_without_handler(), ExitedWithCode(0), "");
}

void ignore(const char* value) {
  for (const char* name : {"GOCONC_DUMP_SIGNAL", "GOCONC_SCHEDTRACE", "GOCONC_DUMP_LEAKS"})
    setenv(name, value, 1);
  goc_run([](void*) { goc_sleep(3 * GOC_MILLISECOND); }, nullptr);
  goc_shutdown(soon());
  std::_Exit(0);
}

TEST(WatchDeathTest, WhatIsNoValueIsIgnored) {
  for (const char* value : {"", "0", "-1", "nonsense", "SIG", "KILL", "9 ", "1x"})
    EXPECT_EXIT(ignore(value), ExitedWithCode(0), "^$") << value;
}

// --- Before the end ---------------------------------------------------------------------------------

TEST(WatchDeathTest, AnUncaughtExceptionIsFollowedByADump) {
  const auto body = [] {
    start_waiters();
    goc_run([](void*) { throw std::runtime_error("boom"); }, nullptr);
  };
  EXPECT_EXIT(body(), testing::KilledBySignal(SIGABRT),
              "^goconc: goroutine 4 ended with an uncaught exception: boom\n"
              "goconc: 4 goroutines\n.*\n3 goroutines 1-3 \\[.*\ngoroutine 4 \\[running\\]");
}

int overflow(volatile int* before) {
  volatile int frame[256];
  frame[0] = *before;
  return frame[0] < 0 ? 0 : overflow(frame) + frame[0];
}

TEST(WatchDeathTest, AnOverflowIsFollowedByADump) {
  const auto body = [] {
    start_waiters();
    goc_run(
        [](void*) {
          volatile int first = 0;
          overflow(&first);
        },
        nullptr);
  };
#if defined(GOC_ASAN) || defined(GOC_TSAN)
  const auto any_end = [](int status) { return status != 0; };
#else
  const auto any_end = testing::KilledBySignal(SIGSEGV);
#endif
  EXPECT_EXIT(body(), any_end, "overflowed its stack.*\ngoconc: 4 goroutines");
}

// The end comes also if the thread that dies holds what a dump needs, or if there is no other.
TEST(WatchDeathTest, TheEndDoesNotWaitForADumpThatCannotBeMade) {
  const auto body = [] {
    start_waiters();
    const FailingCalls no_thread(goc::os::Call::kThread);
    goc::fatal({"out of luck"});
  };
  EXPECT_EXIT(body(), testing::KilledBySignal(SIGABRT), "^goconc: out of luck\n$");
}

TEST(WatchDeathTest, AnEndUnderALockOfTheRuntimeComesLate) {
  const auto body = [] {
    start_waiters();
    goc::g_runtime.idle.lock.lock();
    goc::fatal({"out of luck"});
  };
  EXPECT_EXIT(body(), testing::KilledBySignal(SIGABRT), "^goconc: out of luck\n");
}

// --- Leaks and lines --------------------------------------------------------------------------------

void leave_leaks() {
  setenv("GOCONC_DUMP_LEAKS", "1", 1);
  goc_chan* never = start_waiters();
  goc_chan_release(never);
  std::_Exit(goc_shutdown(soon()));
}

TEST(WatchDeathTest, AShutdownTellsOfLeaks) {
  EXPECT_EXIT(leave_leaks(), ExitedWithCode(3),
              "^goconc: 3 goroutines leaked\n\n3 goroutines 1-3 .*, leaked\\]:\n");
}

void trace_scheduler() {
  setenv("GOCONC_SCHEDTRACE", "1", 1);
  StandardError error;
  goc_chan* never = start_waiters();
  goc::Atom<bool> stop{false};
  goc_go(
      [](void* stop) {
        while (!*static_cast<goc::Atom<bool>*>(stop)) goc_yield();
      },
      &stop);
  const std::regex form(
      "goconc: scheduler after \\d+ ms: procs=\\d+ idle=\\d+ threads=\\d+ asleep=\\d+ "
      "searching=\\d+ "
      "stalled=\\d+ goroutines=4 global=\\d+ local=\\[[\\d ]+\\]\n");
  for (const std::string& line : error.until("goconc: scheduler", 20))
    if (line.find("goroutines=4 ") != std::string::npos && !std::regex_match(line, form))
      std::_Exit(1);
  stop = true;
  // It keeps nobody awake.
  eventually(everything_sleeps);
  goc_chan_close(never);
  std::_Exit(0);
}

TEST(WatchDeathTest, LinesOnTheSchedulerComeWhileAnythingRuns) {
  EXPECT_EXIT(trace_scheduler(), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace goc_test
