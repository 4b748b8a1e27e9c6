// base/biased_lock.h: mutual exclusion, whoever is favoured.
#include "base/biased_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "counter.h"
#include "fixture.h"
#include "single_step.h"

namespace {

using goc::BiasedLock;
using goc::Guard;
using goc_test::Counter;
using goc_test::effort;
using goc_test::eventually;

void lock_often(BiasedLock& lock, int times) {
  for (int i = 0; i < times; ++i) Guard guard(lock);
}

TEST(BiasedLock, ThreadsHaveTokensOfTheirOwn) {
  const uintptr_t mine = goc::thread_token();
  uintptr_t other = 0;
  std::thread([&] { other = goc::thread_token(); }).join();
  EXPECT_NE(mine, 0u);
  EXPECT_EQ(goc::thread_token(), mine);
  EXPECT_NE(other, mine);
}

TEST(BiasedLock, AFavouriteKeepsOthersOutWhileItHoldsIt) {
  BiasedLock lock;
  lock_often(lock, 10000);  // enough for the bias
  goc::Atom<bool> wants{false}, has_it{false};
  lock.lock();
  std::thread other([&] {
    wants = true;
    Guard guard(lock);
    has_it = true;
  });
  eventually([&] { return wants.load(); });
  for (int i = 0; i < 100; ++i) {
    std::this_thread::yield();
    ASSERT_FALSE(has_it.load());
  }
  lock.unlock();
  other.join();
  EXPECT_TRUE(has_it.load());
  lock_often(lock, 10);
}

TEST(BiasedLock, ItPassesFromOneFavouriteToTheNext) {
  BiasedLock lock;
  Counter counter;
  for (int round = 0; round < 20; ++round)
    std::thread([&] {
      for (int i = 0; i < 5000; ++i) {
        Guard guard(lock);
        counter.add();
      }
    }).join();
  EXPECT_EQ(counter.value, 100000);
}

#if defined(GOC_TEST_STEPS)

// Two threads meet in a lock, one of them, its favourite, instruction by instruction: it stops at two of them
// until the other has gone on.
class Encounter {
 public:
  Encounter(int first_stop, int second_stop) : first_(first_stop), second_(second_stop) {}

  // How often they were inside together.
  int run() {
    std::thread other([this] { intrude(); });
    lock_often(lock_, kEnough);  // the favour is ours
    const auto meet = [this] {
      lock_.lock();
      if (other_inside_.load(std::memory_order_relaxed)) ++broken_;
      lock_.unlock();
    };
    goc_test::step_through(meet, [this] { stepped(); });
    stopped_ = 2;  // whatever has not been reached
    other.join();
    return broken_;
  }
  int steps() const { return steps_; }

 private:
  static constexpr int kEnough = 5000;  // more than a favour takes, the second time

  void stepped() {
    ++steps_;
    if (steps_ == first_) stop_until(1, entered_);
    if (steps_ == second_) stop_until(2, left_);
  }
  void stop_until(int number, const goc::Atom<bool>& event) {
    stopped_ = number;
    wait_a_while([&] { return event.load(); });
  }
  // Not for ever: what the other wants may be what the favourite has. On a busy machine a yield lasts.
  template <class Condition>
  static void wait_a_while(Condition condition) {
    const int64_t end = goc_now() + 20 * GOC_MILLISECOND;
    for (int i = 0; i < 3000 && !condition() && goc_now() < end; ++i) std::this_thread::yield();
  }

  void intrude() {
    eventually([this] { return stopped_.load() >= 1; });
    lock_often(lock_, kEnough);  // a favour of its own, if it were given
    lock_.lock();
    other_inside_ = true;
    entered_ = true;
    wait_a_while([this] { return stopped_.load() >= 2; });
    other_inside_ = false;
    lock_.unlock();
    left_ = true;
  }

  BiasedLock lock_;
  const int first_, second_;
  int steps_ = 0;
  int broken_ = 0;
  goc::Atom<int> stopped_{0};
  goc::Atom<bool> entered_{false}, left_{false}, other_inside_{false};
};

TEST(BiasedLock, StressAtEachInstructionTheFavouriteMayLoseItsFavour) {
  Encounter alone(0, 0);
  alone.run();
  for (int first = 1; first <= alone.steps(); ++first)
    for (int second : {1, 2, 3, 4, 5, 6, 7, 8, 1000000})  // further on; the last is never reached
      ASSERT_EQ(Encounter(first, first + second).run(), 0) << "at " << first << " + " << second;
}

#endif

// Long enough to earn the favour, also anew.
TEST(BiasedLock, StressManyThreadsInRunsOfTheirOwn) {
  constexpr int kRun = 3000;
  BiasedLock lock;
  Counter counter;
  const auto runs = static_cast<int>(effort(200));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int run = 0; run < runs; ++run) {
        for (int i = 0; i < kRun; ++i) {
          Guard guard(lock);
          counter.add();
        }
        std::this_thread::yield();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value, 4 * kRun * int64_t{runs});
}

}  // namespace
