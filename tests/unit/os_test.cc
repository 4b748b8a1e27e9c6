// base/os.h: the door to the operating system, and the hook that makes its calls fail.
#include "base/os.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <thread>
#include <vector>

#include "fixture.h"
#include "pipe.h"
#include "resident.h"

namespace {

namespace os = goc::os;
using goc_test::eventually;
using goc_test::has_memory;
using goc_test::readable;
using goc_test::system_populates;

// Makes the calls fail for which `decide` is true, for a scope.
class Failing {
 public:
  explicit Failing(bool (*decide)(os::Call)) { os::inject_failure.store(decide); }
  ~Failing() { os::inject_failure.store(nullptr); }
};

// Some pages of memory, for a scope.
class Pages {
 public:
  explicit Pages(size_t count)
      : bytes_(count * os::kPage), at_(static_cast<char*>(os::map(bytes_))) {}
  ~Pages() { os::unmap(at_, bytes_); }
  char* operator[](size_t page) const { return at_ + page * os::kPage; }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_;
  char* at_;
};

// --- Memory ---------------------------------------------------------------------------------------

TEST(OsMemory, MapGivesZeroedMemory) {
  const Pages pages(2);
  ASSERT_NE(pages[0], nullptr);
  for (size_t i = 0; i < pages.bytes(); ++i) ASSERT_EQ(pages[0][i], 0);
  std::memset(pages[0], 0x55, pages.bytes());
}

TEST(OsMemory, WhatWasGivenBackReadsAsZero) {
  const Pages pages(3);
  std::memset(pages[0], 0x55, pages.bytes());
  os::give_back(pages[1], os::kPage);
  EXPECT_EQ(pages[0][os::kPage - 1], 0x55);
  EXPECT_EQ(pages[1][0], 0);
  EXPECT_EQ(pages[1][os::kPage - 1], 0);
  EXPECT_EQ(pages[2][0], 0x55);
}

void expect_to_populate_odd_pages() {
  const Pages pages(100);
  os::no_huge_pages(pages[0], pages.bytes());
  std::vector<void*> odd;
  for (size_t page = 1; page < 100; page += 2) odd.push_back(pages[page]);
  os::populate_pages(odd.data(), odd.size());
  const bool populates = system_populates();
  for (size_t page = 0; page < 100; ++page)
    EXPECT_EQ(has_memory(pages[page]), page % 2 == 1 && populates) << page;
}

TEST(OsMemory, OnlyThosePagesArePopulatedThatWereAskedFor) { expect_to_populate_odd_pages(); }

TEST(OsMemory, PagesArePopulatedOneByOneToo) {
  const Failing ranges([](os::Call call) { return call == os::Call::kRanges; });
  expect_to_populate_odd_pages();
}

TEST(OsMemory, CallsFailAsInjected) {
  const Failing all([](os::Call) { return true; });
  EXPECT_EQ(os::map(os::kPage), nullptr);
  EXPECT_EQ(os::allocate(1), nullptr);
  pthread_t thread;
  EXPECT_FALSE(os::start_thread(
      &thread, [](void*) -> void* { return nullptr; }, nullptr));
}

TEST(OsMemory, AllocateWorksWithoutAHook) {
  void* memory = os::allocate(100);
  ASSERT_NE(memory, nullptr);
  std::memset(memory, 1, 100);
  os::release(memory);
  os::release(nullptr);
}

TEST(OsMemory, ImpossibleSizesAreRefused) {
  EXPECT_EQ(os::map(SIZE_MAX / 2), nullptr);
  EXPECT_EQ(os::map(0), nullptr);
}

// --- Guards ---------------------------------------------------------------------------------------

void expect_guards(const Pages& pages, os::GuardKind kind) {
  for (size_t page = 0; page < 8; ++page) {
    const bool guarded = page % 4 == 0 && kind != os::GuardKind::kNone;
    EXPECT_EQ(readable(pages[page]), !guarded) << page;
    EXPECT_EQ(readable(pages[page] + os::kPage - 1), !guarded) << page;
  }
}

TEST(OsGuard, EveryRangeFaultsAndNothingElse) {
  const Pages pages(8);
  const os::GuardKind kind = os::guard(pages[0], os::kPage, 4 * os::kPage, 2);
  EXPECT_NE(kind, os::GuardKind::kNone);
  expect_guards(pages, kind);
}

TEST(OsGuard, RangesAreGuardedOneByOneToo) {
  const Failing ranges([](os::Call call) { return call == os::Call::kRanges; });
  const Pages pages(8);
  const os::GuardKind kind = os::guard(pages[0], os::kPage, 4 * os::kPage, 2);
  EXPECT_NE(kind, os::GuardKind::kNone);
  expect_guards(pages, kind);
}

TEST(OsGuard, AGuardOutlivesGivingBack) {
  const Pages pages(8);
  const os::GuardKind kind = os::guard(pages[0], os::kPage, 4 * os::kPage, 2);
  os::give_back(pages[1], 3 * os::kPage);
  os::give_back(pages[5], 3 * os::kPage);
  expect_guards(pages, kind);
}

TEST(OsGuard, WithoutMarkersPagesAreProtected) {
  static int asked;
  asked = 0;
  const Failing first([](os::Call call) { return call == os::Call::kGuard && ++asked == 1; });
  const Pages pages(8);
  EXPECT_EQ(os::guard(pages[0], os::kPage, 4 * os::kPage, 2), os::GuardKind::kProtect);
  expect_guards(pages, os::GuardKind::kProtect);
}

TEST(OsGuard, WithoutEitherThereIsNone) {
  const Failing guards([](os::Call call) { return call == os::Call::kGuard; });
  const Pages pages(8);
  EXPECT_EQ(os::guard(pages[0], os::kPage, 4 * os::kPage, 2), os::GuardKind::kNone);
  expect_guards(pages, os::GuardKind::kNone);
}

// --- Waiting --------------------------------------------------------------------------------------

TEST(OsFutex, DoesNotSleepOnAnotherValue) {
  goc::Atom<uint32_t> word{1};
  EXPECT_TRUE(os::futex_wait(word, 2, INT64_MAX));
}

TEST(OsFutex, ADeadlineEndsTheSleep) {
  goc::Atom<uint32_t> word{1};
  const int64_t deadline = os::deadline_in(2000000);
  while (os::futex_wait(word, 1, deadline)) {
  }
  EXPECT_GE(os::now(), deadline);
}

TEST(OsFutex, APastDeadlineHasPassed) {
  goc::Atom<uint32_t> word{1};
  EXPECT_FALSE(os::futex_wait(word, 1, 1));
  EXPECT_FALSE(os::futex_wait(word, 1, 0));
  EXPECT_FALSE(os::futex_wait(word, 1, INT64_MIN));
}

TEST(OsFutex, AWakeUpEndsTheSleep) {
  goc::Atom<uint32_t> word{0};
  std::thread sleeper([&] {
    while (word.load() == 0) ASSERT_TRUE(os::futex_wait(word, 0, goc_test::soon()));
  });
  word.store(1);
  os::futex_wake(word, 1);
  sleeper.join();
}

// --- Time -----------------------------------------------------------------------------------------

TEST(OsTime, NowNeverGoesBack) {
  int64_t before = os::now();
  for (int i = 0; i < 10000; ++i) {
    const int64_t now = os::now();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(OsTime, DeadlinesDoNotOverflow) {
  const int64_t before = os::now();
  const int64_t deadline = os::deadline_in(GOC_SECOND);
  const int64_t after = os::now();
  EXPECT_GE(deadline, before + GOC_SECOND);
  EXPECT_LE(deadline, after + GOC_SECOND);
  EXPECT_EQ(os::deadline_in(INT64_MAX), INT64_MAX);
  EXPECT_EQ(os::deadline_in(INT64_MAX - 1), INT64_MAX);
  for (int64_t ns : {int64_t{0}, int64_t{-1}, INT64_MIN}) {
    const int64_t at_once = os::deadline_in(ns);
    EXPECT_GE(at_once, after);
    EXPECT_LE(at_once, os::deadline_in(GOC_SECOND) - GOC_SECOND);
  }
}

TEST(OsTime, SleepsUntilTheDeadline) {
  const int64_t deadline = os::deadline_in(2000000);
  os::sleep_until(deadline);
  EXPECT_GE(os::now(), deadline);
  os::sleep_until(0);
  os::sleep_until(INT64_MIN);
}

TEST(OsTime, AThreadThatComputesUsesItsClock) {
  const int64_t before = os::thread_cpu_time(pthread_self());
  eventually([&] { return os::thread_cpu_time(pthread_self()) > before; });
}

TEST(OsTime, AThreadThatSleepsDoesNot) {
  goc::Atom<uint32_t> word{0};
  std::thread sleeper([&] {
    while (word.load() == 0) os::futex_wait(word, 0, INT64_MAX);
  });
  int64_t before = -1;
  eventually([&] {  // once it sleeps, its clock stands still
    const int64_t now = os::thread_cpu_time(sleeper.native_handle());
    const bool still = now == before;
    before = now;
    os::sleep_until(os::deadline_in(1000000));
    return still;
  });
  word.store(1);
  os::futex_wake(word, 1);
  sleeper.join();
}

// --- Threads and processors -----------------------------------------------------------------------

TEST(OsThread, BlocksAsynchronousSignalsOnly) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  sigset_t inside;
  pthread_t thread;
  auto body = [](void* set) -> void* {
    pthread_sigmask(SIG_SETMASK, nullptr, static_cast<sigset_t*>(set));
    return set;
  };
  ASSERT_TRUE(os::start_thread(&thread, body, &inside));
  void* result = nullptr;
  pthread_join(thread, &result);
  EXPECT_EQ(result, &inside);
  for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGCHLD, SIGALRM, SIGPIPE, SIGPROF})
    EXPECT_TRUE(sigismember(&inside, signal)) << strsignal(signal);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    EXPECT_FALSE(sigismember(&inside, signal)) << strsignal(signal);

  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < NSIG; ++signal)
    EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal)) << strsignal(signal);
}

TEST(OsThread, PreciseTimersAreAsPreciseAsCanBe) {
  int slack = 0;
  std::thread([&] {
    os::precise_timers();
    slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  }).join();
  EXPECT_EQ(slack, 1);
}

TEST(OsThread, ProcessorsAreThoseThatTheThreadMayUse) {
  EXPECT_GE(os::processors(), 1);
  EXPECT_LE(os::processors(), sysconf(_SC_NPROCESSORS_ONLN));
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(os::processors(), 1);
  }).join();
}

}  // namespace
