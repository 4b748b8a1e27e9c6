// Semaphore: units, order, deadlines, misuse, life.
#include <atomic>
#include <memory>
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

class Semaphore : public goc_test::WithSemaphore {
 protected:
  // Starts one that takes n units and gives none back; returns when it waits.
  void start_taker(Group& group, int64_t n, std::atomic<int>& served) {
    const int before = blocked_on(sem_);
    group.go([this, n, &served] {
      EXPECT_EQ(take(n), GOC_OK);
      ++served;
    });
    eventually([&] { return blocked_on(sem_) == before + 1; });
  }
  // Starts one that waits for n units in vain; returns when it waits, or has given up.
  void start_impatient_taker(Group& group, int64_t n) {
    const auto given_up = std::make_shared<std::atomic<bool>>(false);
    group.go([sem = sem_, n, given_up] {
      EXPECT_EQ(goc_sem_wait(sem, n, goc_deadline(50 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
      *given_up = true;
    });
    eventually([&] { return blocked_on(sem_) == 1 || *given_up; });
  }
};
GOC_FOR_ALL_PROCS(Semaphore);

TEST_P(Semaphore, GivesOutNoMoreThanItHas) {
  make(3);
  on_both([this] {
    EXPECT_EQ(take(2), GOC_OK);
    EXPECT_EQ(take(2, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(take(2, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(take(1, GOC_NOW), GOC_OK);
    EXPECT_EQ(take(0, GOC_NOW), GOC_OK) << "nothing is always there";
    EXPECT_EQ(give(3), GOC_OK);
  });
}

TEST_P(Semaphore, SizesOutOfRangeAreRefused) {
  goc_sem* none = nullptr;
  EXPECT_EQ(goc_sem_new(&none, -1), GOC_EINVAL);
  EXPECT_EQ(goc_sem_new(&none, INT64_MAX), GOC_EINVAL);
  EXPECT_EQ(none, nullptr);
  make(INT64_MAX / 2);
  EXPECT_EQ(take(INT64_MAX / 2, GOC_NOW), GOC_OK);
  EXPECT_EQ(take(1, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(give(INT64_MAX), GOC_EPERM);
  EXPECT_EQ(give(INT64_MAX / 2), GOC_OK);
}

TEST_P(Semaphore, MoreThanWasTakenIsNotTakenBack) {
  make(2);
  EXPECT_EQ(give(1), GOC_EPERM);
  EXPECT_EQ(take(1), GOC_OK);
  EXPECT_EQ(give(2), GOC_EPERM);
  EXPECT_EQ(take(1, GOC_NOW), GOC_OK) << "nothing has changed";
  Group group;
  std::atomic<int> served{0};
  start_taker(group, 1, served);
  EXPECT_EQ(give(3), GOC_EPERM) << "with a waiter";
  EXPECT_EQ(give(1), GOC_OK);
  group.wait();
  EXPECT_EQ(take(-1), GOC_EINVAL);
  EXPECT_EQ(give(-1), GOC_EINVAL);
}

TEST_P(Semaphore, WhoAsksForManyIsNotOvertaken) {
  make(4);
  EXPECT_EQ(take(3), GOC_OK);
  Group group;
  std::atomic<int> many{0};
  std::atomic<int> few{0};
  start_taker(group, 4, many);
  start_taker(group, 1, few);
  EXPECT_EQ(take(1, GOC_NOW), GOC_EAGAIN) << "one is free, but not for newcomers";
  EXPECT_EQ(give(2), GOC_OK);
  EXPECT_EQ(blocked_on(sem_), 2);
  EXPECT_EQ(give(1), GOC_OK);
  eventually([&] { return many == 1; });
  EXPECT_EQ(few, 0);
  EXPECT_EQ(give(1), GOC_OK);
  group.wait();
}

TEST_P(Semaphore, GivingManyServesAllWhomItSuffices) {
  make(6);
  EXPECT_EQ(take(6), GOC_OK);
  Group group;
  std::atomic<int> served{0};
  for (const int n : {1, 2, 1, 3}) start_taker(group, n, served);
  EXPECT_EQ(give(5), GOC_OK);
  eventually([&] { return served == 3; });
  EXPECT_EQ(blocked_on(sem_), 1);
  EXPECT_EQ(give(1), GOC_OK);
  eventually([&] { return served == 3 && blocked_on(sem_) == 1; });
  EXPECT_EQ(take(1, GOC_NOW), GOC_EAGAIN) << "two are kept for the one who wants three";
  EXPECT_EQ(give(1), GOC_OK);
  group.wait();
}

// Whoever stands behind a large request must go on when it gives up.
TEST_P(Semaphore, ALargeRequestThatGivesUpStopsNobody) {
  make(3);
  EXPECT_EQ(take(2), GOC_OK);
  Group group;
  start_impatient_taker(group, 3);
  std::atomic<int> served{0};
  group.go([&] {
    EXPECT_EQ(take(1), GOC_OK);
    ++served;
  });
  group.wait();
  EXPECT_EQ(served, 1);
  EXPECT_EQ(give(3), GOC_OK);
}

TEST_P(Semaphore, MoreThanThereIsIsWaitedForBesideTheQueue) {
  make(2);
  EXPECT_EQ(take(3, GOC_NOW), GOC_EAGAIN);
  Group group;
  group.go([this] { EXPECT_EQ(take(3, goc_deadline(5 * GOC_MILLISECOND)), GOC_ETIMEDOUT); });
  EXPECT_EQ(take(2, GOC_NOW), GOC_OK);
  EXPECT_EQ(blocked_on(sem_), 0);
  group.wait();
}

TEST_P(Semaphore, WaitersKeepItAfterTheLastReference) {
  const int64_t before = goc::Semaphore::live_count();
  Group group;
  make(1);
  EXPECT_EQ(take(1), GOC_OK);
  start_impatient_taker(group, 1);
  goc_sem_release(std::exchange(sem_, nullptr));
  group.wait();
  EXPECT_EQ(goc::Semaphore::live_count(), before);
}

TEST_P(Semaphore, AnAbandonedWaiterLetsTheNextGo) {
  make(3);
  EXPECT_EQ(take(2), GOC_OK);
  goc_test::go_for_ever([this] { take(3, GOC_FOREVER); });
  eventually([this] { return blocked_on(sem_) == 1; });
  std::thread next([this] { EXPECT_EQ(take(1), GOC_OK); });
  eventually([this] { return blocked_on(sem_) == 2; });
  eventually([] { return goc_shutdown(goc_now()) == 1; });  // as soon as nobody runs any more
  next.join();
  EXPECT_EQ(give(3), GOC_OK);
}

TEST_P(Semaphore, StressUnitsAreNeitherLostNorMade) {
  constexpr int64_t kUnits = 10;
  make(kUnits);
  const int64_t rounds = effort(3000);
  std::atomic<int64_t> taken{0};
  goc_test::Crew crew;
  for (int member = 0; member < 8; ++member)
    crew.start([&, member] {
      goc_test::Dice dice(static_cast<uint64_t>(member) + 1);
      for (int64_t i = 0; i < rounds; ++i) {
        const int64_t n = 1 + dice.below(kUnits);
        const int64_t deadline =
            dice.one_in(4) ? goc_deadline(dice.below(20 * GOC_MICROSECOND)) : soon();
        if (take(n, deadline) != GOC_OK) continue;
        EXPECT_LE(taken += n, kUnits);
        if (dice.one_in(8)) goc_yield();
        taken -= n;
        ASSERT_EQ(give(n), GOC_OK);
      }
    });
  crew.wait();
  EXPECT_EQ(take(kUnits, GOC_NOW), GOC_OK);
  EXPECT_EQ(give(kUnits), GOC_OK);
}

}  // namespace
