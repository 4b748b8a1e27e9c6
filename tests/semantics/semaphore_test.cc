// What the tests of golang.org/x/sync/semaphore show. A deadline stands for their contexts.
#include <atomic>
#include <vector>

#include "chan_tools.h"
#include "lock_fixtures.h"
#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

class SemaphoreOfGo : public goc_test::WithSemaphore {};
GOC_FOR_1_2_4(SemaphoreOfGo);

TEST_P(SemaphoreOfGo, Weighted) {
  const int procs = GetParam();
  make(procs);
  Group group;
  for (int64_t i = 1; i <= 2 * procs; ++i)
    group.go([this, n = 1 + i % procs] {
      for (int64_t round = 0, rounds = effort(2000); round < rounds; ++round) {
        EXPECT_EQ(take(n), GOC_OK);
        if (round % 8 == 0) goc_yield();
        EXPECT_EQ(give(n), GOC_OK);
      }
    });
  group.wait();
  EXPECT_EQ(take(procs, GOC_NOW), GOC_OK);
}

TEST_P(SemaphoreOfGo, WeightedPanic) {
  make(1);
  EXPECT_EQ(give(1), GOC_EPERM);
}

TEST_P(SemaphoreOfGo, TryAcquire) {
  make(2);
  EXPECT_EQ(take(1, GOC_NOW), GOC_OK);
  EXPECT_EQ(take(1, GOC_NOW), GOC_OK);
  EXPECT_EQ(take(1, GOC_NOW), GOC_EAGAIN);
  give(2);
  EXPECT_EQ(take(1, GOC_NOW), GOC_OK);
}

TEST_P(SemaphoreOfGo, Acquire) {
  make(2);
  const auto may_take = [this](int64_t n) {
    return take(n, goc_deadline(GOC_MILLISECOND)) == GOC_OK;
  };
  goc_test::run([&] {
    EXPECT_TRUE(may_take(1));
    EXPECT_TRUE(may_take(1));
    EXPECT_FALSE(may_take(1));
    give(2);
    EXPECT_TRUE(may_take(1));
  });
}

TEST_P(SemaphoreOfGo, DoesntBlockIfTooBig) {
  make(2);
  Group group;
  group.go([&] { EXPECT_EQ(take(3, goc_deadline(20 * GOC_MILLISECOND)), GOC_ETIMEDOUT); });
  Group others;
  for (int i = 0; i < 8; ++i)
    others.go([this] {
      EXPECT_EQ(take(1), GOC_OK);
      give(1);
    });
  others.wait();
  group.wait();
}

// Many who take one in turn do not keep the one away who wants all.
TEST_P(SemaphoreOfGo, LargeAcquireDoesntStarve) {
  const int64_t units = GetParam();
  make(units);
  std::atomic<bool> running{true};
  std::atomic<int> holders{0};
  Group group;
  for (int64_t i = 0; i < units; ++i)
    group.go([&] {
      EXPECT_EQ(take(1), GOC_OK);
      ++holders;
      while (running) {
        goc_yield();
        EXPECT_EQ(give(1), GOC_OK);
        EXPECT_EQ(take(1), GOC_OK);
      }
      EXPECT_EQ(give(1), GOC_OK);
    });
  eventually([&] { return holders == units; });
  EXPECT_EQ(take(units), GOC_OK);
  running = false;
  EXPECT_EQ(give(units), GOC_OK);
  group.wait();
}

// One who gives up at the head of the queue lets those behind it go (golang.org/issue/30603).
TEST_P(SemaphoreOfGo, AllocCancelDoesntStarve) {
  make(10);
  EXPECT_EQ(take(1), GOC_OK);
  Group group;
  std::atomic<bool> given_up{false};
  group.go([&] {
    EXPECT_EQ(take(10, goc_deadline(50 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
    given_up = true;
  });
  eventually([&] { return blocked_on(sem_) == 1 || given_up; });
  EXPECT_EQ(take(1), GOC_OK) << "nine are free once the large one has given up";
  group.wait();
}

// A deadline that has passed fails without waiting; what is free may still be taken, as every call
// here tries once, where Go refuses.
TEST_P(SemaphoreOfGo, AcquireCanceled) {
  make(2);
  EXPECT_EQ(take(1, goc_test::passed()), GOC_OK);
  EXPECT_EQ(take(2, goc_test::passed()), GOC_ETIMEDOUT);
  EXPECT_EQ(take(1, GOC_NOW), GOC_OK) << "nothing was lost";
}

}  // namespace
