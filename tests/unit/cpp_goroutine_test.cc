// goconc::go, run, blocking and what a goroutine may say about itself; errors.
#include <goconc/goconc.hpp>
#include <pthread.h>

#include <stdexcept>
#include <string>

#include "counted.h"
#include "fixture.h"
#include "pipe.h"

namespace {

using goc_test::Counted;
using goc_test::eventually;
using namespace std::chrono_literals;

class CppGoroutine : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppGoroutine);

std::atomic<int> g_calls{0};
void count_call() { ++g_calls; }

// --- go ------------------------------------------------------------------------------------------

TEST_P(CppGoroutine, GoTakesLambdasFunctionsAndMoveOnlyObjects) {
  g_calls = 0;
  goconc::go([] { ++g_calls; });
  goconc::go(count_call);
  goconc::go(&count_call);
  goconc::go(std::function<void()>(count_call));
  goconc::go([value = Counted(1)] { g_calls += value.value(); });
  const auto kept = [] { ++g_calls; };
  goconc::go(kept);
  eventually([] { return goconc::num_goroutines() == 0; });
  EXPECT_EQ(g_calls, 6);
}

TEST_P(CppGoroutine, WhatAGoroutineHeldIsDestroyedAtItsEnd) {
  const goconc::chan<int> gate;
  goconc::go([=, value = Counted(1)] { gate.recv(); });
  EXPECT_EQ(Counted::alive(), 1);
  gate.close();
  eventually([] { return Counted::alive() == 0; });
}

TEST_P(CppGoroutine, GoTakesOptions) {
  goconc::go_options options;
  options.name = "reader";
  options.stack_size = 1 << 20;
  options.pinned = true;
  const goconc::wait_group wg;
  wg.go(
      [] {
        const goc::Goroutine* g = goc::current_goroutine();
        EXPECT_STREQ(g->name(), "reader");
        EXPECT_EQ(g->stack->size(), size_t{1} << 20);
        EXPECT_TRUE(g->locked());
      },
      options);
  wg.wait();
}

TEST_P(CppGoroutine, AGoThatFailsThrowsAndDestroysTheFunction) {
  goconc::go_options options;
  options.stack_size = SIZE_MAX;
  try {
    goconc::go([value = Counted(1)] { ADD_FAILURE(); }, options);
    FAIL() << "it was started";
  } catch (const goconc::error& e) {
    EXPECT_EQ(e.code(), GOC_EINVAL);
  }
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppGoroutine, AnExceptionThatLeavesAGoroutineEndsTheProcess) {
  EXPECT_DEATH(
      {
        goconc::go([] { throw std::runtime_error("nobody catches it"); });
        goc_sleep(20 * GOC_SECOND);
      },
      "nobody catches it");
}

// --- run and blocking ----------------------------------------------------------------------------

// What run() and blocking() have in common.
template <class Call>
void expect_results_and_exceptions(Call call) {
  EXPECT_EQ(call([] { return 42; }), 42);
  EXPECT_EQ(call([] { return std::string(100, 'x'); }), std::string(100, 'x'));
  EXPECT_EQ(*call([] { return std::make_unique<int>(7); }), 7);
  EXPECT_EQ(call([] { return Counted(3); }).value(), 3);
  int target = 5;
  EXPECT_EQ(call([&]() -> int& { return target; }), 5);
  call([&] { target = 6; });
  EXPECT_EQ(target, 6);
  EXPECT_THROW(call([] { throw std::out_of_range("void"); }), std::out_of_range);
  EXPECT_THROW(call([]() -> int { throw 1; }), int);
}

TEST_P(CppGoroutine, RunGivesResultsAndExceptionsBack) {
  expect_results_and_exceptions([](auto f) { return goconc::run(f); });
  goconc::run([] {  // within a goroutine too
    EXPECT_EQ(goc_on_goroutine(), 1);
    expect_results_and_exceptions([](auto f) { return goconc::run(f); });
  });
}

TEST_P(CppGoroutine, BlockingGivesResultsAndExceptionsBack) {
  const auto blocking = [](auto f) { return goconc::blocking(f); };
  expect_results_and_exceptions(blocking);
  goconc::run([&] {
    expect_results_and_exceptions(blocking);
    EXPECT_EQ(goconc::blocking([] { return goc_on_goroutine(); }), 0);
    EXPECT_EQ(goc_on_goroutine(), 1);
  });
}

// --- What a goroutine may say --------------------------------------------------------------------

TEST_P(CppGoroutine, AThreadLockKeepsAGoroutineOnItsThread) {
  EXPECT_THROW(goconc::thread_lock(), goconc::error) << "on a plain thread";
  goconc::run([] {
    const goconc::thread_lock lock;
    const pthread_t thread = pthread_self();
    for (int i = 0; i < 20; ++i) {
      const goconc::thread_lock nested;
      goconc::sleep_for(10us);
      EXPECT_TRUE(pthread_equal(thread, pthread_self()));
    }
    EXPECT_TRUE(goc::current_goroutine()->locked());
  });
  goconc::run([] {
    { const goconc::thread_lock lock; }
    EXPECT_FALSE(goc::current_goroutine()->locked());
  });
}

TEST_P(CppGoroutine, OthersGoOnWithinABlockingScope) {
  const goconc::wait_group wg;
  const goc_test::Pipe pipe;
  std::atomic<int> blocked{0};
  for (int i = 0; i < GetParam(); ++i)
    wg.go([&] {
      const goconc::blocking_scope scope;
      ++blocked;
      pipe.read_one();
    });
  eventually([&] { return blocked == GetParam(); });
  wg.go([&] {
    for (int i = 0; i < GetParam(); ++i) pipe.write_one();
  });
  EXPECT_TRUE(wg.wait_for(30s));
}

TEST_P(CppGoroutine, MaxProcsMayBeReadAndSet) {
  EXPECT_EQ(goconc::max_procs(), GetParam());
  goconc::set_max_procs(3);
  EXPECT_EQ(goconc::max_procs(), 3);
  for (const int bad : {0, -1, 1025}) EXPECT_THROW(goconc::set_max_procs(bad), goconc::error);
  EXPECT_EQ(goconc::max_procs(), 3);
}

TEST_P(CppGoroutine, SleepsAtLeastAsLongAsAsked) {
  const auto sleep = [] {
    const int64_t start = goc_now();
    goconc::sleep_for(2ms);
    EXPECT_GE(goc_now(), start + 2 * GOC_MILLISECOND);
    goconc::sleep_for(-1h);
    goconc::sleep_for(std::chrono::hours::min());
  };
  sleep();
  goconc::run(sleep);
}

// --- Errors --------------------------------------------------------------------------------------

TEST(CppError, KnowsItsCodeAndItsText) {
  const goconc::error error(GOC_ENEGATIVE);
  EXPECT_EQ(error.code(), GOC_ENEGATIVE);
  EXPECT_STREQ(error.what(), goc_strerror(GOC_ENEGATIVE));
  const goconc::closed_error closed;
  EXPECT_EQ(closed.code(), GOC_ECLOSED);
  EXPECT_STREQ(closed.what(), goc_strerror(GOC_ECLOSED));
}

TEST(CppError, IsCaughtAsAStandardException) {
  EXPECT_THROW(throw goconc::closed_error(), goconc::error);
  EXPECT_THROW(throw goconc::error(GOC_ENOMEM), std::exception);
}

}  // namespace
