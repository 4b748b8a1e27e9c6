// What a process is given and what it costs: environment, signals, an idle program; and its end by an
// exception.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// --- Environment -----------------------------------------------------------------------------------

bool procs_are(const char* text, int expected) {
  setenv("GOCONC_PROCS", text, 1);
  const int told = goc_max_procs();
  goc_test::run([] {});
  const bool right = told == expected && goc_max_procs() == expected && goc_shutdown(soon()) == 0;
  if (!right) std::fprintf(stderr, "GOCONC_PROCS=%s gave %d\n", text, told);
  return right;
}

// In a process of its own, since goc_set_max_procs of other tests would have the last word.
TEST(Environment, ProcsSetsTheDefaultAndNonsenseDoesNot) {
  auto check = [] {
    unsetenv("GOCONC_PROCS");
    const int standard = goc_max_procs();
    bool right = procs_are("3", 3) && procs_are("1", 1) && procs_are("1024", 1024);
    for (const char* nonsense : {"", "0", "-1", "1025", "x", "3x", "3 ", "99999999999999999999"})
      right = procs_are(nonsense, standard) && right;
    goc_options options = GOC_OPTIONS_INIT;
    options.max_procs = 2;
    setenv("GOCONC_PROCS", "5", 1);
    right = goc_init(&options) == GOC_OK && goc_max_procs() == 2 && right;
    right = goc_shutdown(soon()) == 0 && goc_set_max_procs(7) == GOC_OK && right;
    return goc_max_procs() == 7 && right;
  };
  EXPECT_EXIT(std::_Exit(check() ? 0 : 1), testing::ExitedWithCode(0), "");
}

// --- Signals ---------------------------------------------------------------------------------------

class Signals : public goc_test::Runtime {
 protected:
  static std::set<std::string> threads() {
    std::set<std::string> ids;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      ids.insert(task.path().filename());
    return ids;
  }
  // The mask of blocked signals as the system tells it.
  static unsigned long long blocked_by(const std::string& thread) {
    unsigned long long mask = 0;
    FILE* status = std::fopen(("/proc/self/task/" + thread + "/status").c_str(), "re");
    for (char line[256]; status != nullptr && std::fgets(line, sizeof line, status) != nullptr;)
      std::sscanf(line, "SigBlk: %llx", &mask);
    if (status != nullptr) std::fclose(status);
    return mask;
  }

  const std::set<std::string> before_ = threads();
};

TEST_F(Signals, AsynchronousOnesAreBlockedOnAllThreadsOfTheRuntimeAndFaultsAreNot) {
  goc_test::run([] {});
  int seen = 0;
  for (const std::string& thread : threads()) {
    if (before_.count(thread) != 0) continue;
    ++seen;
    unsigned long long mask = 0;
    goc_test::eventually([&] {  // a thread that begins has all of them blocked for a moment
      mask = blocked_by(thread);
      return (mask >> (SIGABRT - 1) & 1) == 0;
    });
    for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD,
                       SIGPROF, SIGVTALRM, SIGWINCH, SIGIO, SIGPIPE})
      EXPECT_TRUE(mask >> (signal - 1) & 1) << "signal " << signal << ", thread " << thread;
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP})
      EXPECT_FALSE(mask >> (signal - 1) & 1) << "signal " << signal << ", thread " << thread;
  }
  EXPECT_GE(seen, 2) << "a worker and the monitor";
}

volatile sig_atomic_t handled_by = 0;

TEST_F(Signals, OfTheProcessAreHandledByThreadsOfTheProgram) {
  struct sigaction before;
  struct sigaction action = {};
  action.sa_handler = [](int) { handled_by = static_cast<int>(syscall(SYS_gettid)); };
  sigaction(SIGUSR1, &action, &before);
  for (int i = 0; i < 20; ++i) {
    handled_by = 0;
    goc_test::run([] { kill(getpid(), SIGUSR1); });
    eventually([] { return handled_by != 0; });
    EXPECT_EQ(handled_by, getpid()) << "the main thread";
  }
  sigaction(SIGUSR1, &before, nullptr);
}

// --- An idle program -------------------------------------------------------------------------------

int64_t processor_time() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * GOC_SECOND + used.tv_nsec;
}

class IdleProgram : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(IdleProgram);

TEST_P(IdleProgram, UsesNoProcessorTime) {
  Chan gate(0, 0);
  Group group;
  for (int i = 0; i < 100; ++i)
    group.go([&] { EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED); });
  eventually([] {
    goc::Guard guard(goc::g_runtime.idle.lock);
    return goc::g_runtime.monitor.asleep();
  });
  const int64_t used = processor_time();
  goc::os::sleep_until(goc::os::now() + 200 * GOC_MILLISECOND);  // the time that is measured
  EXPECT_LT(processor_time() - used, 50 * GOC_MILLISECOND);
  goc_chan_close(gate);
  group.wait();
}

// --- Exceptions --------------------------------------------------------------------------------------

TEST(UncaughtException, EndsTheProcessNamingTheGoroutineAndWhatItSays) {
  auto throws = [](void*) {
    goc_set_name("courier");
    throw std::runtime_error("lost parcel");
  };
  EXPECT_DEATH(goc_run(throws, nullptr),
               "goconc: goroutine [0-9]+ courier ended with an uncaught exception: lost parcel");
}

TEST(UncaughtException, OfAnotherTypeEndsTheProcessToo) {
  EXPECT_DEATH(goc_run([](void*) { throw 5; }, nullptr),
               "goconc: goroutine [0-9]+ ended with an uncaught exception: not a std::exception");
}

TEST(UncaughtException, OfAFinalizerCountsAsTheGoroutines) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void*) { throw std::logic_error("too late"); };
  EXPECT_DEATH(
      {
        goc_go_with(
            &options, [](void*) {}, nullptr);
        goc_shutdown(soon());
      },
      "uncaught exception: too late");
}

}  // namespace
