// goconc::wait_group, mutex and once.
#include <goconc/goconc.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "counted.h"
#include "cpp_errors.h"
#include "fixture.h"

namespace {

using goc_test::code_of;
using goc_test::Counted;
using goc_test::effort;
using namespace std::chrono_literals;

class CppSync : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppSync);

// --- wait_group ----------------------------------------------------------------------------------

TEST_P(CppSync, AWaitGroupWaitsForItsGoroutines) {
  const goconc::wait_group wg;
  std::atomic<int> ended{0};
  for (int i = 0; i < 50; ++i) wg.go([&] { ++ended; });
  wg.wait();
  EXPECT_EQ(ended, 50);
  EXPECT_EQ(wg.count(), 0);
}

TEST_P(CppSync, AWaitGroupCounts) {
  const goconc::wait_group wg;
  wg.add(2);
  wg.add();
  EXPECT_EQ(wg.count(), 3);
  wg.done();
  EXPECT_EQ(goc_wg_count(wg.native()), 2);
  EXPECT_EQ(code_of([&] { wg.add(-3); }), GOC_ENEGATIVE);
  EXPECT_EQ(code_of([&] { wg.add(INT64_MAX); }), GOC_EOVERFLOW);
  EXPECT_EQ(wg.count(), 2);
}

TEST_P(CppSync, AWaitGroupWaitsNoLongerThanTheTimeGiven) {
  const goconc::wait_group wg;
  EXPECT_TRUE(wg.wait_for(0s)) << "nothing to wait for";
  wg.add();
  EXPECT_FALSE(wg.wait_for(0s));
  EXPECT_FALSE(wg.wait_for(1ms));
  EXPECT_FALSE(wg.wait_for(std::chrono::hours::min()));
  goconc::go([=] { wg.done(); });
  EXPECT_TRUE(wg.wait_for(std::chrono::hours::max()));
}

TEST_P(CppSync, CopiesOfAWaitGroupAreTheSame) {
  const goconc::wait_group wg;
  const goconc::wait_group copy = wg;
  wg.add();
  EXPECT_EQ(copy.count(), 1);
  copy.done();
  EXPECT_TRUE(wg.wait_for(0s));
}

TEST_P(CppSync, WhatAGoroutineHoldsIsDestroyedBeforeTheWaitEnds) {
  for (int round = 0; round < 200; ++round) {
    const goconc::wait_group wg;
    for (int i = 0; i < 3; ++i)
      wg.go([value = Counted(i)]() mutable { EXPECT_GE(value.value(), 0); });
    wg.wait();
    ASSERT_EQ(Counted::alive(), 0);
  }
}

TEST_P(CppSync, AGoroutineThatCannotStartIsNotCounted) {
  const goconc::wait_group wg;
  goconc::go_options impossible;
  impossible.stack_size = SIZE_MAX;
  const auto start = [&] { wg.go([value = Counted(1)] { ADD_FAILURE(); }, impossible); };
  EXPECT_EQ(code_of(start), GOC_EINVAL);
  EXPECT_EQ(wg.count(), 0);
  EXPECT_EQ(Counted::alive(), 0);
}

// --- mutex ---------------------------------------------------------------------------------------

TEST_P(CppSync, AMutexWorksWithGuardsAndLocks) {
  goconc::mutex mu;
  {
    const std::lock_guard guard(mu);
    EXPECT_FALSE(mu.try_lock());
  }
  {
    std::unique_lock lock(mu, std::try_to_lock);
    EXPECT_TRUE(lock.owns_lock());
    EXPECT_FALSE(std::unique_lock(mu, std::try_to_lock).owns_lock());
    lock.unlock();
    EXPECT_TRUE(std::unique_lock(mu, 20s).owns_lock());
    lock.lock();
  }
  goconc::mutex another;
  { const std::scoped_lock both(mu, another); }
  EXPECT_TRUE(mu.try_lock());
  mu.unlock();
}

TEST_P(CppSync, StressAMutexExcludes) {
  goconc::mutex mu;
  const int64_t rounds = effort(20000);
  int64_t counter = 0;
  const goconc::wait_group wg;
  const auto count = [&] {
    for (int64_t i = 0; i < rounds; ++i) {
      const std::lock_guard guard(mu);
      ++counter;
    }
  };
  for (int g = 0; g < 4; ++g) wg.go(count);
  std::thread(count).join();
  wg.wait();
  EXPECT_EQ(counter, 5 * rounds);
}

TEST_P(CppSync, AMutexIsLockedWithinTheTimeGivenOrNot) {
  goconc::mutex mu;
  EXPECT_TRUE(mu.try_lock_for(0s));
  EXPECT_FALSE(mu.try_lock_for(1ms));
  EXPECT_FALSE(mu.try_lock_for(-1s));
  goconc::go([&] { mu.unlock(); });
  EXPECT_TRUE(mu.try_lock_for(20s));
  mu.unlock();
}

TEST_P(CppSync, UnlockingAnUnlockedMutexThrows) {
  goconc::mutex mu;
  EXPECT_EQ(code_of([&] { mu.unlock(); }), GOC_EPERM);
  mu.lock();
  EXPECT_EQ(goc_mutex_lock(mu.native(), GOC_NOW), GOC_EAGAIN);
  mu.unlock();
}

// --- once ----------------------------------------------------------------------------------------

TEST_P(CppSync, AOnceCallsTheFirst) {
  const goconc::once once;
  const goconc::once copy = once;
  std::atomic<int> calls{0};
  const goconc::wait_group wg;
  for (int i = 0; i < 20; ++i)
    wg.go([&] {
      copy.call([&] {
        goconc::yield();
        ++calls;
      });
      EXPECT_EQ(calls, 1);
    });
  once.call([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  wg.wait();
}

TEST_P(CppSync, AnExceptionOfAOnceGoesToItsCallerAndTheCallIsDone) {
  const goconc::once once;
  EXPECT_THROW(once.call([] { throw std::out_of_range("first"); }), std::out_of_range);
  once.call([] { ADD_FAILURE() << "called twice"; });
}

TEST_P(CppSync, ARecursiveCallOfAOnceThrows) {
  const goconc::once once;
  const auto recurse = [&] { once.call([&] { once.call([] { ADD_FAILURE(); }); }); };
  EXPECT_EQ(code_of(recurse), GOC_EDEADLK);
}

TEST_P(CppSync, AOnceMayOutliveItsHandle) {
  auto once = std::make_unique<goconc::once>();
  const goconc::once copy = *once;
  copy.call([&] { once.reset(); });
  copy.call([] { ADD_FAILURE() << "called twice"; });
}

}  // namespace
