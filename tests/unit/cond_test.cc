// Cond: signal, broadcast, order, the mutex, deadlines, misuse, life.
#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "chan_tools.h"
#include "lock_fixtures.h"
#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::on_both;
using goc_test::soon;

class Cond : public goc_test::WithCond {
 protected:
  int wait(int64_t deadline = soon()) { return goc_cond_wait(cond_, mu_, deadline); }
  // Starts one that waits, and then calls `after` with the mutex locked; returns when it waits.
  void start_waiter(Group& group, std::function<void()> after) {
    const int before = blocked_on(cond_);
    group.go([this, after = std::move(after)] {
      lock();
      EXPECT_EQ(wait(), GOC_OK);
      after();
      unlock();
    });
    eventually([&] { return blocked_on(cond_) == before + 1; });
  }
};
GOC_FOR_ALL_PROCS(Cond);

TEST_P(Cond, WaitUnlocksTheMutexAndLocksItAgain) {
  Group group;
  start_waiter(group, [this] { EXPECT_EQ(goc_mutex_lock(mu_, GOC_NOW), GOC_EAGAIN); });
  lock();
  EXPECT_EQ(goc_cond_signal(cond_), GOC_OK);
  unlock();
  group.wait();
}

TEST_P(Cond, ASignalFreesTheOneThatHasWaitedLongest) {
  Group group;
  std::vector<int> order;
  std::atomic<int> served{0};
  for (int i = 0; i < 5; ++i)
    start_waiter(group, [&, i] {
      order.push_back(i);
      ++served;
    });
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(goc_cond_signal(cond_), GOC_OK);
    eventually([&] { return served == i + 1; });
    EXPECT_EQ(blocked_on(cond_), 4 - i) << "one at a time";
  }
  group.wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_P(Cond, ABroadcastFreesAllThatWait) {
  Group group;
  int served = 0;
  for (int i = 0; i < 20; ++i) start_waiter(group, [&] { ++served; });
  EXPECT_EQ(goc_cond_broadcast(cond_), GOC_OK);
  group.wait();
  EXPECT_EQ(served, 20);
}

TEST_P(Cond, ASignalThatNobodyWaitsForIsForgotten) {
  EXPECT_EQ(goc_cond_signal(cond_), GOC_OK);
  EXPECT_EQ(goc_cond_broadcast(cond_), GOC_OK);
  on_both([this] {
    lock();
    EXPECT_EQ(wait(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_mutex_lock(mu_, GOC_NOW), GOC_EAGAIN) << "it is locked again";
    unlock();
  });
}

TEST_P(Cond, WaitingNeedsTheMutex) {
  on_both([this] {
    EXPECT_EQ(wait(), GOC_EPERM);
    EXPECT_EQ(goc_mutex_lock(mu_, GOC_NOW), GOC_OK);
    EXPECT_EQ(wait(GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(wait(goc_test::passed()), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_cond_wait(cond_, nullptr, soon()), GOC_EINVAL);
    EXPECT_EQ(goc_cond_wait(nullptr, mu_, soon()), GOC_EINVAL);
    EXPECT_EQ(goc_mutex_unlock(mu_), GOC_OK) << "it is still locked";
  });
}

TEST_P(Cond, AMutexThatIsReleasedMeanwhileIsTold) {
  Group group;
  group.go([this] {
    lock();
    EXPECT_EQ(wait(), GOC_EBADHANDLE);
  });
  eventually([this] { return blocked_on(cond_) == 1; });
  goc_mutex_release(std::exchange(mu_, nullptr));
  EXPECT_EQ(goc_cond_signal(cond_), GOC_OK);
  group.wait();
}

TEST_P(Cond, WaitersKeepItAfterTheLastReference) {
  const int64_t before = goc::Cond::live_count();
  Group group;
  std::atomic<bool> given_up{false};
  group.go([&, cond = cond_] {
    lock();
    EXPECT_EQ(goc_cond_wait(cond, mu_, goc_deadline(20 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
    given_up = true;
    unlock();
  });
  eventually([&] { return blocked_on(cond_) == 1 || given_up; });
  goc_cond_release(std::exchange(cond_, nullptr));
  group.wait();
  EXPECT_EQ(goc::Cond::live_count(), before - 1);
}

TEST_P(Cond, WaitersMayBeAbandoned) {
  goc_test::go_for_ever([this] {
    lock();
    wait(GOC_FOREVER);
  });
  eventually([this] { return blocked_on(cond_) == 1; });
  expect_left_blocked(1);
}

// A queue that holds four, of which every value arrives once: a lost signal would end in a time-out.
TEST_P(Cond, StressABoundedQueueLosesNothing) {
  const int64_t values = effort(10000);
  goc_cond* not_full = nullptr;
  ASSERT_EQ(goc_cond_new(&not_full), GOC_OK);
  std::deque<int64_t> queue;
  std::atomic<int64_t> sum{0};
  goc_test::Crew crew;
  for (int producer = 0; producer < 4; ++producer)
    crew.start([&] {
      for (int64_t i = 1; i <= values; ++i) {
        lock();
        while (queue.size() == 4) ASSERT_EQ(goc_cond_wait(not_full, mu_, soon()), GOC_OK);
        queue.push_back(i);
        unlock();
        goc_cond_signal(cond_);
      }
    });
  for (int consumer = 0; consumer < 4; ++consumer)
    crew.start([&, consumer] {
      for (int64_t i = 0; i < values; ++i) {
        lock();
        while (queue.empty()) {
          const int64_t deadline = consumer % 2 == 0 ? soon() : goc_deadline(GOC_MICROSECOND * 50);
          const int result = wait(deadline);
          ASSERT_TRUE(result == GOC_OK || (consumer % 2 != 0 && result == GOC_ETIMEDOUT)) << result;
        }
        sum += queue.front();
        queue.pop_front();
        goc_cond_signal(not_full);
        unlock();
      }
    });
  crew.wait();
  EXPECT_EQ(sum, 4 * values * (values + 1) / 2);
  goc_cond_release(not_full);
}

}  // namespace
