// goconc::rw_mutex, condition and semaphore.
#include <goconc/goconc.hpp>

#include <deque>
#include <mutex>
#include <shared_mutex>

#include "chan_tools.h"
#include "cpp_errors.h"

namespace {

using goc_test::code_of;
using goc_test::effort;
using namespace std::chrono_literals;

class CppLock : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(CppLock);

TEST_P(CppLock, AnRwMutexWorksWithTheLocksOfTheStandardLibrary) {
  goconc::rw_mutex rw;
  {
    const std::shared_lock first(rw);
    const std::shared_lock second(rw, std::try_to_lock);
    EXPECT_TRUE(second.owns_lock());
    const std::unique_lock writer(rw, std::try_to_lock);
    EXPECT_FALSE(writer.owns_lock());
    EXPECT_FALSE(rw.try_lock_for(1ms));
  }
  const std::lock_guard writer(rw);
  EXPECT_FALSE(rw.try_lock_shared());
  EXPECT_FALSE(rw.try_lock_shared_for(1ms));
  EXPECT_EQ(code_of([&] { rw.unlock_shared(); }), GOC_EPERM);
}

TEST_P(CppLock, AnRwMutexGuardsWhatIsWrittenSeldom) {
  goconc::rw_mutex rw;
  int64_t value = 0;
  const goconc::wait_group wg;
  for (int i = 0; i < 4; ++i)
    wg.go([&, i] {
      for (int64_t round = 0, rounds = effort(2000); round < rounds; ++round) {
        if (i == 0) {
          const std::lock_guard writer(rw);
          ++value;
        } else {
          const std::shared_lock reader(rw);
          EXPECT_LE(value, rounds);
        }
      }
    });
  wg.wait();
  EXPECT_EQ(value, effort(2000));
}

TEST_P(CppLock, AConditionIsWaitedFor) {
  goconc::mutex mu;
  goconc::condition filled;
  std::deque<int> queue;
  int sum = 0;
  const goconc::wait_group wg;
  wg.go([&] {
    for (int i = 0; i < 100; ++i) {
      std::unique_lock lock(mu);
      filled.wait(lock, [&] { return !queue.empty(); });
      sum += queue.front();
      queue.pop_front();
    }
  });
  for (int i = 0; i < 100; ++i) {
    const std::lock_guard lock(mu);
    queue.push_back(i);
    filled.notify_one();
  }
  wg.wait();
  EXPECT_EQ(sum, 4950);
}

TEST_P(CppLock, AConditionIsNotWaitedForLongerThanTheTimeGiven) {
  goconc::mutex mu;
  goconc::condition never;
  std::unique_lock lock(mu);
  EXPECT_FALSE(never.wait_for(lock, 1ms));
  EXPECT_FALSE(never.wait_for(lock, 1ms, [] { return false; }));
  EXPECT_TRUE(never.wait_for(lock, 1ms, [] { return true; }));
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_FALSE(mu.try_lock());
  lock.unlock();
  EXPECT_EQ(code_of([&] { never.wait(lock); }), GOC_EPERM);
}

TEST_P(CppLock, NotifyAllFreesEverybody) {
  goconc::mutex mu;
  goconc::condition opened;
  bool open = false;
  const goconc::wait_group wg;
  for (int i = 0; i < 10; ++i)
    wg.go([&] {
      std::unique_lock lock(mu);
      opened.wait(lock, [&] { return open; });
    });
  {
    const std::lock_guard lock(mu);
    open = true;
  }
  opened.notify_all();
  wg.wait();
}

TEST_P(CppLock, ASemaphoreGivesOutItsUnits) {
  goconc::semaphore units(3);
  units.acquire();
  units.acquire(2);
  EXPECT_FALSE(units.try_acquire());
  EXPECT_FALSE(units.try_acquire_for(1ms));
  EXPECT_EQ(code_of([&] { units.release(4); }), GOC_EPERM);
  units.release(3);
  EXPECT_TRUE(units.try_acquire(3));
  units.release(3);
  EXPECT_EQ(code_of([] { goconc::semaphore none(-1); }), GOC_EINVAL);
}

}  // namespace
